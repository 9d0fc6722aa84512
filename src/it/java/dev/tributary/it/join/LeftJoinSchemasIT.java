package dev.tributary.it.join;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.it.fixture.SideTopic;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The columns that a left join of values with schemas makes, and a right topic that changes. */
@ExtendWith(StackExtension.class)
class LeftJoinSchemasIT {

  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05Z");
  private static final String CONVERTER = "org.apache.kafka.connect.json.JsonConverter";

  private static Pipeline pipeline(Stack stack, SideTopic users, String name, String rightFields) {
    return Pipeline.withoutTable(stack, name, 1)
        .joining("join", users.name(), "user", rightFields)
        .with("transforms.join.join.type", "left")
        .with("transforms.join.right.key", "key:")
        .with("transforms.join.right.value.converter", CONVERTER)
        .with("value.converter", CONVERTER)
        .with("value.converter.schemas.enable", "true")
        .with("table.create", "auto")
        .with("table.evolve", "add")
        .with("table.order.by", "id");
  }

  private static void order(Pipeline pipeline, int id, String user) {
    pipeline.send(
        0,
        TIME,
        null,
        """
        {"schema":{"type":"struct","fields":[
           {"field":"id","type":"int64"},{"field":"user","type":"string"}]},
         "payload":{"id":%d,"user":"%s"}}\
        """
            .formatted(id, user));
    pipeline.awaitDone();
  }

  private static void user(SideTopic users, int partition, String user, String name, int score) {
    users.send(
        partition,
        TIME,
        '"' + user + '"',
        """
            {"schema":{"type":"struct","fields":[
               {"field":"name","type":"string"},
               {"field":"score","type":"int64"},
               {"field":"address","type":"struct","fields":[{"field":"city","type":"string"}]}]},
             "payload":{"name":"%s","score":%d,"address":{"city":"Bonn"}}}\
            """
            .formatted(name, score));
    var unused = users.flush();
  }

  private static List<String> types(Stack stack, String table) {
    return stack
        .clickHouse()
        .sql()
        .query(
            "SELECT name, type FROM system.columns WHERE table = '" + table + "' ORDER BY position")
        .lines()
        .map(line -> line.replace('\t', ' '))
        .toList();
  }

  @Test
  void unmatched_lefts_make_the_columns_of_matched_ones_and_none_of_unknown_type(Stack stack) {
    String fields = "name:user_name,score:user_score,address:user_address,none:user_none";
    try (SideTopic users = new SideTopic(stack, "left_schemas_users");
        Pipeline pipeline = pipeline(stack, users, "left_schemas", fields).start()) {
      order(pipeline, 1, "u9");
      assertThat(types(stack, "left_schemas")).containsExactly("id Int64", "user String");

      user(users, 0, "u1", "Ann", 5);
      order(pipeline, 2, "u9");
      List<String> columns =
          List.of(
              "id Int64",
              "user String",
              "user_name Nullable(String)",
              "user_score Nullable(Int64)",
              "user_address Nullable(String)");
      assertThat(types(stack, "left_schemas")).isEqualTo(columns);

      order(pipeline, 3, "u1");
      assertThat(types(stack, "left_schemas")).isEqualTo(columns);
      assertThat(pipeline.select("id, user_name, user_score, user_address", "ORDER BY id"))
          .containsExactly(
              "1\t\\N\t\\N\t\\N", "2\t\\N\t\\N\t\\N", "3\tAnn\t5\t{\"city\":\"Bonn\"}");
    }
  }

  @Test
  void a_right_topic_that_grows_or_is_recreated_is_seen_by_the_next_left(Stack stack) {
    try (SideTopic users = new SideTopic(stack, "left_changes_users");
        Pipeline pipeline = pipeline(stack, users, "left_changes", "name").start()) {
      user(users, 0, "u1", "Ann", 1);
      user(users, 0, "u2", "Bob", 1);
      order(pipeline, 1, "u1");
      users.grow(2);
      user(users, 1, "u3", "Cid", 1);
      order(pipeline, 2, "u3");
      users.recreate(1);
      user(users, 0, "u1", "Eve", 1);
      order(pipeline, 3, "u1");
      order(pipeline, 4, "u2");
      assertThat(pipeline.select("id, name", "ORDER BY id"))
          .containsExactly("1\tAnn", "2\tCid", "3\tEve", "4\t\\N");
    }
  }
}
