package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.config.SinkConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReferencePageTest {

  @Test
  void page_says_what_the_definitions_say() throws IOException {
    if (Boolean.getBoolean("tributary.docs.write")) {
      ReferencePage.write();
    }

    assertThat(Files.readString(ReferencePage.FILE)).isEqualTo(ReferencePage.text());
  }

  static Stream<ConfigKey> keys() {
    return Stream.of(SinkConfig.CONFIG_DEF, Deduplicate.CONFIG_DEF, TemporalJoin.CONFIG_DEF)
        .map(ConfigDef::configKeys)
        .flatMap(keys -> keys.values().stream());
  }

  @ParameterizedTest
  @MethodSource("keys")
  void every_setting_says_what_it_is(ConfigKey key) {
    assertThat(key.documentation).endsWith(".");
    assertThat(key.displayName).isNotBlank().isNotEqualTo(key.name);
    assertThat(key.group).isNotBlank();
    assertThat(key.orderInGroup).isPositive();
  }
}
