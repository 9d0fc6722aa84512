package dev.tributary.connect.sink.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.table.SinkKeys;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SinkConfigDefTest {

  private static SinkConfig config(String url) {
    return config(url, Map.of());
  }

  private static SinkConfig config(String url, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("name", "shop");
    settings.put("topics", "orders");
    settings.put(SinkKeys.URL, url);
    return new SinkConfig(settings);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://user:secret@host:8123",
        "http://user:secret@host",
        "http://user:secret@host:port",
        "http://user:secret@",
        "http://user:se@secret@host:8123",
        "ftp://user:secret@host:8123",
        "user:secret@host:8123",
        "http://user:secret@host:8123 ",
        "http://us er:secret@host:8123",
        "http://user:secret@ho_st:8123",
        "http://user:secret/@host:8123",
        "http://user:sec?secret@host:8123",
        "http://host?password=secret",
        "http://ho st:8123/?password=secret",
        "http://fine:8123,http://user:secret@host"
      })
  void no_message_shows_a_password_that_a_url_carries(String url) {
    assertThatThrownBy(() -> config(url))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(SinkKeys.URL)
        .hasMessageContaining("[hidden]")
        .hasMessageNotContaining("secret");
  }

  @Test
  void fractions_of_a_second_are_cut_unless_they_are_errors() {
    String url = "http://host:8123";
    assertThat(config(url).rowMapping().truncateTimes()).isTrue();
    for (String value : List.of("error", "ERROR")) {
      assertThat(config(url, Map.of("time.precision", value)).rowMapping().truncateTimes())
          .isFalse();
    }
    assertThatThrownBy(() -> config(url, Map.of("time.precision", "round")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("time.precision");
  }

  @Test
  void url_that_is_wrong_is_shown_with_what_is_needed() {
    assertThatThrownBy(() -> config("localhost:8123"))
        .hasMessageContaining("localhost:8123")
        .hasMessageContaining("must be http://host:port or https://host:port");
    assertThat(config("http://a:8123, https://b:8443").urls()).hasSize(2);
  }

  @Test
  void a_name_that_makes_no_progress_topic_is_refused_with_the_setting_that_mends_it() {
    for (String name : List.of("my sink", "заказы", "x".repeat(241))) {
      Map<String, String> settings =
          Map.of(
              "name",
              name,
              "delivery",
              "exactly_once",
              "metadata.columns",
              "topic:_topic,partition:_partition,offset:_offset");
      assertThat(SinkConfig.settingErrors(settings)).containsOnlyKeys("state.topic");
      Map<String, String> mended = new HashMap<>(settings);
      mended.put("state.topic", "orders-progress");
      assertThat(SinkConfig.settingErrors(mended)).isEmpty();
      mended.remove("state.topic");
      mended.put("delivery", "at_least_once");
      assertThat(SinkConfig.settingErrors(mended)).isEmpty();
    }
  }
}
