package dev.tributary.it.tables;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which table and which columns a record goes to. */
@ExtendWith(StackExtension.class)
class MappingIT {

  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.678Z");

  @Test
  void metadata_columns_hold_where_a_record_was_before_transforms_renamed_its_topic(Stack stack) {
    String columns =
        "id UInt32, _topic LowCardinality(String), _partition UInt16, _offset UInt64,"
            + " _ts DateTime64(6, 'UTC'), ms Int64, _key Nullable(String), trace String DEFAULT '-'";
    try (Pipeline pipeline =
        new Pipeline(stack, "mapping_metadata", 2, columns)
            .with("header.converter", "org.apache.kafka.connect.storage.StringConverter")
            .with("transforms", "rename")
            .with("transforms.rename.type", "org.apache.kafka.connect.transforms.RegexRouter")
            .with("transforms.rename.regex", ".*")
            .with("transforms.rename.replacement", "renamed")
            .with("topic.to.table", "renamed:mapping_metadata")
            .with(
                "metadata.columns",
                "topic:_topic,partition:_partition,offset:_offset,timestamp:_ts,timestamp:ms,"
                    + "key:_key,header.trace.id:trace")
            .start()) {
      pipeline.send(1, TIME, "k", "{\"id\":1}", Map.of("trace.id", "abc"));
      pipeline.send(1, TIME, null, "{\"id\":2,\"trace\":\"no header\"}");
      pipeline.awaitDone();

      assertThat(pipeline.select("*", "ORDER BY id"))
          .containsExactly(
              "1\tmapping_metadata\t1\t0\t2026-01-02 03:04:05.678000\t1767323045678\tk\tabc",
              "2\tmapping_metadata\t1\t1\t2026-01-02 03:04:05.678000\t1767323045678\t\\N\t-");
    }
  }

  @Test
  void raw_values_go_byte_for_byte_into_one_column(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "mapping_raw", 1, "value String, o Int64, n UInt8 DEFAULT 7")
            .with("value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter")
            .with("value.mode", "raw")
            .with("metadata.columns", "offset:o")
            .start()) {
      pipeline.send("{\"n\":1");
      pipeline.send("");
      pipeline.sendBytes(new byte[] {0, (byte) 0xff, '\t'});
      pipeline.awaitDone();

      assertThat(pipeline.select("hex(value), o, n", "ORDER BY o"))
          .containsExactly("7B226E223A31\t0\t7", "\t1\t7", "00FF09\t2\t7");
    }
  }

  @Test
  void text_that_spells_json_is_a_record(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "mapping_text", 1, "id UInt64, tags Array(String)")
            .with("value.converter", "org.apache.kafka.connect.storage.StringConverter")
            .start()) {
      pipeline.send("{\"id\":18446744073709551615,\"tags\":[\"a\"]}");
      pipeline.awaitDone();

      assertThat(pipeline.select("*", "")).containsExactly("18446744073709551615\t['a']");
    }
  }

  @Test
  void many_topics_go_to_many_databases_whose_names_need_quotes(Stack stack) throws Exception {
    ClickHouseSql sql = stack.clickHouse().sql();
    List<String> topics = List.of("pg-src.shop_a.orders", "pg-src.shop-b.orders", "pg.plain-1");
    sql.execute("CREATE DATABASE `map-b`");
    sql.execute("CREATE DATABASE `map ü\\`b`");
    sql.execute("CREATE TABLE `map-b`.`orders.shop_a` (id UInt32) ENGINE = MergeTree ORDER BY id");
    sql.execute("CREATE TABLE `map-b`.`orders.shop-b` (id UInt32) ENGINE = MergeTree ORDER BY id");
    String odd = "`map ü\\`b`.`pg.plain-1 \\\\'\\``";
    sql.execute(
        "CREATE TABLE "
            + odd
            + " (id UInt32, `a-b.c 'ü\\` \\\\` String) ENGINE = MergeTree ORDER BY id");
    try (Pipeline pipeline =
            new Pipeline(stack, "mapping_many", 1, "id UInt32")
                .with("topics", "mapping_many," + String.join(",", topics))
                .with("table.name.format", "`map ü``b`.`${topic} \\'```")
                .with(
                    "topic.to.table",
                    "mapping_many:default.mapping_many,pg-src\\.([\\w-]+)\\.(\\w+):`map-b`.`$2.$1`");
        KafkaAdmin admin = stack.broker().admin();
        KafkaProducer<byte[], byte[]> producer = stack.broker().producer()) {
      topics.forEach(topic -> admin.createTopic(topic, 1));
      pipeline.start();
      pipeline.send("{\"id\":1}");
      for (int i = 0; i < topics.size(); i++) {
        String value = "{\"id\":%d,\"a-b.c 'ü` \\\\\":\"x\"}".formatted(i + 2);
        producer.send(new ProducerRecord<>(topics.get(i), value.getBytes(UTF_8))).get();
      }
      pipeline.awaitDone();
      topics.forEach(topic -> await().until(() -> admin.sinkLag("mapping_many", topic) == 0));

      assertThat(pipeline.select("*", "")).containsExactly("1");
      assertThat(sql.query("SELECT * FROM `map-b`.`orders.shop_a`").strip()).isEqualTo("2");
      assertThat(sql.query("SELECT * FROM `map-b`.`orders.shop-b`").strip()).isEqualTo("3");
      assertThat(sql.query("SELECT * FROM " + odd).strip()).isEqualTo("4\tx");
    } finally {
      sql.execute("DROP DATABASE `map-b`");
      sql.execute("DROP DATABASE `map ü\\`b`");
    }
  }

  @Test
  void names_with_dots_are_paths_where_no_field_has_them(Stack stack) {
    String columns =
        "id UInt32, `address.city` String, n Nested(a Int32, b String), sku Array(String)";
    try (Pipeline pipeline =
        new Pipeline(stack, "mapping_paths", 1, columns)
            .with("unknown.fields", "error")
            .with("field.to.column", "items.sku:sku,`a.b`.id:id")
            .start()) {
      pipeline.send(
          """
          {"a.b":{"id":1},"address":{"city":"Bonn"},"n":[{"a":1,"b":"x"},{"a":2,"b":"y"}],
           "items":[{"sku":"s"},{"sku":"t"}]}
          """);
      pipeline.send(
          "{\"a.b\":{\"id\":2},\"address.city\":\"Ulm\",\"n\":{\"a\":[3],\"b\":[\"z\"]}}");
      pipeline.awaitDone();

      assertThat(pipeline.select("*", "ORDER BY id"))
          .containsExactly("1\tBonn\t[1,2]\t['x','y']\t['s','t']", "2\tUlm\t[3]\t['z']\t[]");
    }
  }

  @Test
  void columns_that_take_no_value_do_not_stop_the_others(Stack stack) {
    String columns =
        "id UInt32, raw String EPHEMERAL, up String DEFAULT upper(raw), twice UInt32 MATERIALIZED id * 2,"
            + " other UInt32 ALIAS id + 1, total AggregateFunction(sum, UInt32)"
            + " DEFAULT initializeAggregation('sumState', 5::UInt32)";
    try (Pipeline pipeline =
        new Pipeline(stack, "mapping_kinds", 1, columns)
            .withDeadLetters("mapping_kinds_dlq")
            .with("batch.max.delay.ms", "1000")) {
      pipeline.send("{\"id\":1,\"raw\":\"x\",\"twice\":7,\"other\":7,\"nobody\":7}");
      pipeline.send("{\"id\":2,\"up\":\"given\"}");
      pipeline.send("{\"id\":3,\"total\":\"x\"}");
      pipeline.send("{\"id\":4}");
      pipeline.start();
      pipeline.awaitDone();

      assertThat(pipeline.select("id, up, twice, other, finalizeAggregation(total)", "ORDER BY id"))
          .containsExactly("1\tX\t2\t2\t5", "2\tgiven\t4\t3\t5", "4\t\t8\t5\t5");
      assertThat(
              Pipeline.header(
                  pipeline.awaitDeadLetters("mapping_kinds_dlq", 1).get(0),
                  "__connect.errors.exception.message"))
          .contains("offset 2", "`total`", "AggregateFunction(sum, UInt32)");
    }
  }
}
