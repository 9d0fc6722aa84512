package dev.tributary.connect.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {

  @ParameterizedTest
  @CsvSource({
    "250ms, 250",
    "30s, 30000",
    "5m, 300000",
    "24h, 86400000",
    "7d, 604800000",
    "' 5 m ', 300000",
    "PT5M, 300000",
    "P7D, 604800000",
    "PT0.5S, 500"
  })
  void reads_short_and_iso_durations(String text, long millis) {
    assertThat(Durations.parseMillis("window", text)).isEqualTo(millis);
  }

  @Test
  void names_key_finding_need_and_example() {
    assertThatThrownBy(() -> Durations.validator().ensureValid("window", "25x"))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "Invalid value 25x for configuration window: must be a duration written"
                + " <number><ms|s|m|h|d>, such as 30s, 5m, 24h or 7d, or in ISO-8601, such as"
                + " PT5M.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5",
        "m",
        "5M5",
        "-5m",
        "5.5m",
        "0s",
        "PT0S",
        "PT-5M",
        "36501d",
        "999999999999999d",
        "PT99999999999999999H"
      })
  void refuses_what_is_no_duration_of_use(String text) {
    assertThatThrownBy(() -> Durations.parseMillis("window", text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("for configuration window");
  }
}
