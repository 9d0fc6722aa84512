package dev.tributary.connect.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.transforms.RegexRouter;
import org.apache.kafka.connect.transforms.TimestampRouter;
import org.apache.kafka.connect.transforms.predicates.TopicNameMatches;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The names that transforms give to topics, against the transforms themselves. */
class TopicRoutesTest {

  private static final String KAFKAS = "org.apache.kafka.connect.transforms.";

  private static Optional<Set<String>> names(String topic, String chain, String... settings) {
    return new TopicRoutes(properties(chain, settings)).namesOf(topic);
  }

  private static Map<String, String> properties(String chain, String... settings) {
    Map<String, String> properties = new HashMap<>();
    properties.put("transforms", chain);
    for (int i = 0; i < settings.length; i += 2) {
      properties.put(settings[i], settings[i + 1]);
    }
    return properties;
  }

  private static SinkRecord record(String topic, long time) {
    return new SinkRecord(topic, 0, null, null, null, "x", 0, time, TimestampType.CREATE_TIME);
  }

  @ParameterizedTest
  @CsvSource({
    "orders, .*, renamed",
    "orders, (.*), $1_v2",
    "shop.orders, shop\\.(.*), $1",
    "orders, users, renamed",
    "aXbX, X, -",
    "orders, (or)(.*), $2$1",
  })
  void regex_router_is_followed(String topic, String regex, String replacement) {
    try (RegexRouter<SinkRecord> router = new RegexRouter<>()) {
      router.configure(Map.of("regex", regex, "replacement", replacement));
      String routed = router.apply(record(topic, 0)).topic();
      for (String type : Set.of("RegexRouter", KAFKAS + "RegexRouter")) {
        assertThat(
                names(
                    topic,
                    "r",
                    "transforms.r.type",
                    type,
                    "transforms.r.regex",
                    regex,
                    "transforms.r.replacement",
                    replacement))
            .contains(Set.of(routed));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "${topic}", "fixed", "${topic}-${timestamp}", "x_${timestamp}"})
  void timestamp_router_is_followed_for_times_far_from_each_other(String format) {
    Map<String, String> settings = new TreeMap<>(Map.of("timestamp.format", "yyyy.MM"));
    if (!format.isEmpty()) {
      settings.put("topic.format", format);
    }
    Map<String, String> properties = properties("t", "transforms.t.type", "TimestampRouter");
    settings.forEach((key, value) -> properties.put("transforms.t." + key, value));
    TopicRoutes routes = new TopicRoutes(properties);
    try (TimestampRouter<SinkRecord> router = new TimestampRouter<>()) {
      router.configure(settings);
      assertThat(routes.namesOf("orders").orElseThrow())
          .contains(router.apply(record("orders", 0)).topic())
          .contains(router.apply(record("orders", 1_234_567_890_123L)).topic());
    }
    assertThat(routes.dependOnTime()).isTrue();
  }

  @Test
  void routers_follow_each_other() {
    assertThat(
            names(
                "orders",
                "a, b",
                "transforms.a.type",
                "RegexRouter",
                "transforms.a.regex",
                "orders",
                "transforms.a.replacement",
                "users",
                "transforms.b.type",
                "RegexRouter",
                "transforms.b.regex",
                "users",
                "transforms.b.replacement",
                "people"))
        .contains(Set.of("people"));
  }

  @Test
  void predicate_on_the_name_decides_by_the_name() {
    for (String topic : Set.of("orders", "users")) {
      for (boolean negated : new boolean[] {false, true}) {
        try (TopicNameMatches<SinkRecord> predicate = new TopicNameMatches<>()) {
          predicate.configure(Map.of("pattern", "ord.*"));
          boolean applies = predicate.test(record(topic, 0)) != negated;
          assertThat(predicated(topic, "TopicNameMatches", String.valueOf(negated)))
              .contains(Set.of(applies ? "renamed" : topic));
        }
      }
    }
  }

  @Test
  void any_other_predicate_may_apply_or_not() {
    assertThat(predicated("orders", "HasHeaderKey", "false")).contains(Set.of("orders", "renamed"));
  }

  private static Optional<Set<String>> predicated(String topic, String predicate, String negated) {
    return names(
        topic,
        "r",
        "transforms.r.type",
        "RegexRouter",
        "transforms.r.regex",
        ".*",
        "transforms.r.replacement",
        "renamed",
        "transforms.r.predicate",
        "p",
        "transforms.r.negate",
        negated,
        "predicates.p.type",
        KAFKAS + "predicates." + predicate,
        "predicates.p.pattern",
        "ord.*");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Deduplicate",
        "dev.tributary.connect.TemporalJoin",
        "Compute",
        "Cast$Value",
        KAFKAS + "InsertField$Key",
        KAFKAS + "Filter",
        "InsertHeader"
      })
  void transforms_that_rename_no_topic_leave_its_name(String type) {
    assertThat(names("orders", "x", "transforms.x.type", type)).contains(Set.of("orders"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"io.debezium.transforms.ByLogicalTableRouter", "com.example.Cast", "", "Router"})
  void other_transforms_may_give_any_name(String type) {
    assertThat(names("orders", "x", "transforms.x.type", type)).isEmpty();
  }
}
