package dev.tributary.connect.chain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.Deduplicate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which transforms may follow which. */
class TransformChainTest {

  private static Map<String, String> errors(String chain, String... settings) {
    Map<String, String> properties = new HashMap<>();
    properties.put("transforms", chain);
    properties.put("transforms.dedup.type", Deduplicate.class.getName());
    properties.put("transforms.filter.type", "org.apache.kafka.connect.transforms.Filter");
    properties.put("transforms.compute.type", "Compute");
    for (String join : new String[] {"join", "second"}) {
      properties.put("transforms." + join + ".type", "TemporalJoin");
      properties.put("transforms." + join + ".right.topic", "users");
      properties.put("transforms." + join + ".left.key", "user_id");
    }
    for (int i = 0; i < settings.length; i += 2) {
      properties.put("transforms." + settings[i], settings[i + 1]);
    }
    return TransformChain.of(properties).errors();
  }

  @Test
  void deduplicate_and_others_may_stand_in_front() {
    assertThat(errors("dedup, filter, join, second, compute", "join.window", "5m")).isEmpty();
  }

  private static Map<String, String> stateTopicErrors(String connector, String stateTopic) {
    return TransformChain.of(
            Map.of(
                "transforms", "dedup, filter",
                "transforms.dedup.type", "Deduplicate",
                "transforms.dedup.state.topic", stateTopic,
                "transforms.filter.type", "Filter"))
        .stateTopicErrors(connector);
  }

  @ParameterizedTest
  @ValueSource(strings = {"my sink", "заказы", "a→b", "sink:1"})
  void a_name_that_makes_no_state_topic_is_refused_with_the_setting_that_mends_it(String name) {
    for (String connector : List.of(name, "x".repeat(244))) {
      assertThat(stateTopicErrors(connector, ""))
          .containsOnlyKeys("transforms.dedup.state.topic")
          .hasEntrySatisfying(
              "transforms.dedup.state.topic",
              error -> assertThat(error).contains(connector, "Set state.topic"));
      assertThat(stateTopicErrors(connector, "orders-state")).isEmpty();
    }
    assertThat(stateTopicErrors("orders", name)).containsOnlyKeys("transforms.dedup.state.topic");
    assertThat(stateTopicErrors("x".repeat(243), "")).isEmpty();
    assertThat(stateTopicErrors("orders", "")).isEmpty();
  }

  @Test
  void deduplicate_never_follows_a_join() {
    assertThat(errors("join, dedup"))
        .containsOnlyKeys("transforms.dedup.type")
        .hasEntrySatisfying(
            "transforms.dedup.type", error -> assertThat(error).contains("'join'", "in front"));
  }

  @Test
  void anything_may_follow_a_join_that_holds_nothing() {
    assertThat(errors("join, filter", "join.window.before", "5m")).isEmpty();
    assertThat(errors("join, filter", "join.window.after", "0s")).isEmpty();
  }

  @Test
  void only_joins_and_computed_fields_may_follow_one_that_holds() {
    assertThat(errors("join, filter", "join.window", "5m"))
        .containsOnlyKeys("transforms.filter.type");
    assertThat(errors("join, filter", "join.window.after", "1s"))
        .containsOnlyKeys("transforms.filter.type");
    assertThat(errors("join, second, filter", "join.window", "5m"))
        .containsOnlyKeys("transforms.filter.type");
  }

  @Test
  void and_without_a_predicate() {
    assertThat(errors("join, second", "join.window", "5m", "second.predicate", "p"))
        .containsOnlyKeys("transforms.second.predicate");
    assertThat(errors("join, second", "join.window", "5m", "join.predicate", "p")).isEmpty();
  }

  @Test
  void settings_that_do_not_go_together_are_reported() {
    assertThat(errors("join", "join.window", "5m", "join.window.after", "1m"))
        .containsOnlyKeys("transforms.join.type");
    assertThat(errors("join", "join.window", "5x")).isEmpty(); // reported by the definition
  }
}
