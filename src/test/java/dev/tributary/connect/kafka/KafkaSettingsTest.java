package dev.tributary.connect.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class KafkaSettingsTest {

  private static final Map<String, String> SINK =
      Map.of(
          "state.bootstrap.servers", "sink:9092",
          "state.kafka.security.protocol", "SSL",
          "state.kafka.client.rack", "a");
  private static final Map<String, String> ENVIRONMENT =
      Map.of("CONNECT_BOOTSTRAP_SERVERS", "worker:9092", "BOOTSTRAP_SERVERS", "image:9092");

  private static KafkaSettings resolve(
      String own, Map<String, String> sink, Map<String, String> environment) {
    return KafkaSettings.resolve(own, Map.of(), sink, environment);
  }

  @Test
  void the_own_setting_wins_then_the_sinks_then_the_workers() {
    assertThat(resolve("own:9092", SINK, ENVIRONMENT).bootstrapServers()).isEqualTo("own:9092");
    assertThat(resolve("", SINK, ENVIRONMENT).bootstrapServers()).isEqualTo("sink:9092");
    assertThat(resolve("", Map.of(), ENVIRONMENT).bootstrapServers()).isEqualTo("worker:9092");
    assertThat(resolve("", Map.of(), Map.of("BOOTSTRAP_SERVERS", "image:9092")).bootstrapServers())
        .isEqualTo("image:9092");
  }

  @Test
  void client_properties_fall_back_to_the_sinks_one_by_one() {
    KafkaSettings settings =
        KafkaSettings.resolve("", Map.of("security.protocol", "SASL_SSL"), SINK, ENVIRONMENT);
    assertThat(settings.clientProperties())
        .containsOnly(Map.entry("security.protocol", "SASL_SSL"), Map.entry("client.rack", "a"));
  }

  @Test
  void no_servers_anywhere_is_an_error_that_names_the_key() {
    assertThatThrownBy(() -> resolve(" ", Map.of(), Map.of("BOOTSTRAP_SERVERS", " ")))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("'state.bootstrap.servers'")
        .hasMessageContaining("kafka-1:9092");
  }
}
