package dev.tributary.it.tables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.JsonConverter;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tables that the sink makes and lets grow. */
@ExtendWith(StackExtension.class)
class SchemaEvolutionIT {

  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.678Z");

  private static List<String> types(Stack stack, String table) {
    return stack
        .clickHouse()
        .sql()
        .query(
            "SELECT name, type FROM system.columns WHERE table = '" + table + "' ORDER BY position")
        .lines()
        .map(line -> line.replace('\t', ' ').replace("\\'", "'"))
        .toList();
  }

  @Test
  void schema_makes_the_table(Stack stack) {
    try (Pipeline pipeline =
        Pipeline.withoutTable(stack, "growth_schema", 1)
            .with("value.converter", "org.apache.kafka.connect.json.JsonConverter")
            .with("value.converter.schemas.enable", "true")
            .with("table.create", "auto")
            .with("table.engine", "ReplacingMergeTree(_offset)")
            .with("table.order.by", "(id, day)")
            .with("table.partition.by", "toYYYYMM(day)")
            .with("table.settings", "index_granularity = 1024")
            .with("field.to.column", "user.name:user_name")
            .with("metadata.columns", "offset:_offset,timestamp:_ts,key:_key")
            .start()) {
      pipeline.send(
          0,
          TIME,
          "k",
          """
          {"schema":{"type":"struct","fields":[
             {"field":"id","type":"int64"},
             {"field":"day","type":"int32","name":"org.apache.kafka.connect.data.Date","optional":true},
             {"field":"at","type":"int64","name":"org.apache.kafka.connect.data.Timestamp","optional":true},
             {"field":"price","type":"bytes","name":"org.apache.kafka.connect.data.Decimal",
              "parameters":{"scale":"2"}},
             {"field":"tags","type":"array","items":{"type":"string"}},
             {"field":"user","type":"struct","optional":true,
              "fields":[{"field":"name","type":"string"}]},
             {"field":"more","type":"struct","fields":[{"field":"x","type":"int8"}]}]},
           "payload":{"id":1,"day":20000,"at":1767323045678,"price":"BNI=","tags":["a"],
                      "user":{"name":"Ann"},"more":{"x":1}}}
          """);
      pipeline.awaitDone();

      assertThat(types(stack, "growth_schema"))
          .containsExactly(
              "id Int64",
              "day Date32",
              "at Nullable(DateTime64(3, 'UTC'))",
              "price Decimal(38, 2)",
              "tags Array(String)",
              "more String",
              "user_name Nullable(String)",
              "_offset Int64",
              "_ts DateTime64(3, 'UTC')",
              "_key Nullable(String)");
      assertThat(pipeline.select("*", ""))
          .containsExactly(
              "1\t2024-10-04\t2026-01-02 03:04:05.678\t12.34\t['a']\t{\"x\":1}\tAnn\t0"
                  + "\t2026-01-02 03:04:05.678\tk");
      assertThat(
              stack
                  .clickHouse()
                  .sql()
                  .query("SELECT engine_full FROM system.tables WHERE name = 'growth_schema'"))
          .contains(
              "ReplacingMergeTree(_offset) PARTITION BY toYYYYMM(day) ORDER BY (id, day)",
              "index_granularity = 1024");
    }
  }

  @Test
  void sample_makes_the_table_and_later_fields_of_any_record_make_columns(Stack stack) {
    try (Pipeline pipeline =
        Pipeline.withoutTable(stack, "growth_sample", 1)
            .with("value.converter", JsonConverter.class.getName())
            .with("table.create", "auto")
            .with("table.evolve", "add")
            .with("table.order.by", "id")
            .with("batch.max.delay.ms", "1000")) {
      pipeline.send("{\"id\":1,\"n\":5,\"list\":[],\"none\":null}");
      pipeline.send("{\"id\":2,\"n\":5.5,\"o\":{\"a\":[1,null]}}");
      pipeline.flush();
      pipeline.start();
      pipeline.awaitDone();

      assertThat(types(stack, "growth_sample"))
          .containsExactly("id Int64", "n Nullable(Float64)", "o Nullable(String)");
      IntStream.range(3, 100).forEach(i -> pipeline.send("{\"id\":%d}".formatted(i)));
      pipeline.send("{\"id\":100,\"list\":[true],\"big\":18446744073709551615}");
      pipeline.send("{\"id\":101,\"no`ne\":\"x\",\"none\":\"y\"}");
      pipeline.awaitDone();

      assertThat(types(stack, "growth_sample"))
          .contains(
              "list Array(Bool)",
              "big Nullable(UInt64)",
              "no`ne Nullable(String)",
              "none Nullable(String)");
      assertThat(
              pipeline.select(
                  "id, n, o, list, big, `no\\`ne`, none",
                  "WHERE id IN (1, 2, 3, 100, 101) ORDER BY id"))
          .containsExactly(
              "1\t5\t\\N\t[]\t\\N\t\\N\t\\N",
              "2\t5.5\t{\"a\":[1,null]}\t[]\t\\N\t\\N\t\\N",
              "3\t\\N\t\\N\t[]\t\\N\t\\N\t\\N",
              "100\t\\N\t\\N\t[true]\t18446744073709551615\t\\N\t\\N",
              "101\t\\N\t\\N\t[]\t\\N\tx\ty");
      assertThat(pipeline.count("count()")).isEqualTo(101);
    }
  }

  @Test
  void wider_values_widen_their_columns_and_nothing_else_does(Stack stack) {
    String columns =
        "id UInt32, n UInt8, f Float32, d Decimal(4, 2), t DateTime('UTC'), s FixedString(2), m Int8";
    try (Pipeline pipeline =
        new Pipeline(stack, "growth_widen", 1, columns)
            .with("value.converter", JsonConverter.class.getName())
            .with("table.evolve", "widen")
            .withDeadLetters("growth_widen_dlq")
            .with("batch.max.delay.ms", "500")
            .start()) {
      pipeline.send("{\"id\":1,\"n\":255,\"f\":1.5,\"d\":99.99,\"t\":1,\"s\":\"ab\",\"m\":1}");
      pipeline.send("{\"id\":2,\"n\":-1,\"f\":1e300,\"d\":100.125,\"m\":null}");
      pipeline.send("{\"id\":3,\"s\":\"too long\"}");
      pipeline.send("{\"id\":4,\"n\":18446744073709551615}");
      pipeline.awaitDone();

      assertThat(types(stack, "growth_widen"))
          .containsExactly(
              "id UInt32",
              "n Int128",
              "f Float64",
              "d Decimal(6, 3)",
              "t DateTime('UTC')",
              "s FixedString(2)",
              "m Nullable(Int8)");
      assertThat(pipeline.select("id, n, f, d, m", "ORDER BY id"))
          .containsExactly(
              "1\t255\t1.5\t99.99\t1",
              "2\t-1\t1e300\t100.125\t\\N",
              "4\t18446744073709551615\t0\t0\t\\N");
      assertThat(
              Pipeline.header(
                  pipeline.awaitDeadLetters("growth_widen_dlq", 1).get(0),
                  "__connect.errors.exception.message"))
          .contains("offset 2", "`s` FixedString(2)");
    }
  }

  @Test
  void key_an_aggregate_and_a_shape_keep_their_types_whatever_the_records_ask_for(Stack stack) {
    stack
        .clickHouse()
        .sql()
        .execute(
            "CREATE TABLE growth_never (id Int32, p Date, v SimpleAggregateFunction(sum, UInt64),"
                + " g Ring, d Int32 DEFAULT 5, f Float32) ENGINE = AggregatingMergeTree"
                + " PARTITION BY toYYYYMM(p) ORDER BY id"
                + " SETTINGS allow_dimensions_outside_sorting_key = 1");
    try (Pipeline pipeline =
        Pipeline.withoutTable(stack, "growth_never", 1)
            .with("value.converter", JsonConverter.class.getName())
            .with("table.evolve", "widen")
            .withDeadLetters("growth_never_dlq")
            .start()) {
      List<String> before = types(stack, "growth_never");
      pipeline.send("{\"id\":1,\"v\":5,\"_row_exists\":1}");
      pipeline.send("{\"id\":null}");
      pipeline.send("{\"id\":5000000000}");
      pipeline.send("{\"id\":2,\"p\":null}");
      pipeline.send("{\"id\":2,\"v\":null}");
      pipeline.send("{\"id\":2,\"g\":null}");
      pipeline.send("{\"id\":2,\"d\":null}");
      pipeline.send("{\"id\":2,\"f\":1e400}");
      pipeline.send("{\"id\":1,\"v\":6}");
      pipeline.awaitDone();

      assertThat(pipeline.awaitDeadLetters("growth_never_dlq", 7)).hasSize(7);
      assertThat(types(stack, "growth_never")).isEqualTo(before);
      assertThat(pipeline.count("sum(v)")).isEqualTo(11);
    }
  }

  @Test
  void table_is_made_and_grows_without_the_names_that_the_server_reserves(Stack stack) {
    try (Pipeline pipeline =
        Pipeline.withoutTable(stack, "growth_reserved", 1)
            .with("value.converter", JsonConverter.class.getName())
            .with("table.create", "auto")
            .with("table.evolve", "add")
            .with("table.order.by", "id")
            .start()) {
      pipeline.send("{\"id\":1,\"_row_exists\":1}");
      pipeline.send("{\"id\":2,\"_block_number\":1,\"a\":1}");
      pipeline.awaitDone();
      pipeline.send("{\"id\":3,\"_block_offset\":1,\"b\":1}");
      pipeline.awaitDone();

      assertThat(types(stack, "growth_reserved"))
          .containsExactly("id Int64", "a Nullable(Int64)", "b Nullable(Int64)");
      assertThat(pipeline.count("count()")).isEqualTo(3);
    }
  }

  @Test
  void tasks_that_make_and_change_one_table_do_not_collide(Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    try (Pipeline pipeline =
        Pipeline.withoutTable(stack, "growth_tasks", 4)
            .with("value.converter", JsonConverter.class.getName())
            .with("tasks.max", "4")
            .with("table.create", "auto")
            .with("table.evolve", "widen")) {
      for (int i = 0; i < 4_000; i++) {
        String value = "{\"id\":%d,\"n\":%d,\"f%d\":%d}".formatted(i, i, i % 40, i);
        pipeline.send(i % 4, TIME, null, value);
      }
      pipeline.send(3, TIME, null, "{\"id\":4000,\"n\":9223372036854775808}");
      pipeline.flush();
      pipeline.start();
      pipeline.awaitDone();

      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(4_001);
      assertThat(types(stack, "growth_tasks")).hasSize(42).contains("n Nullable(Int128)");
      for (int field = 0; field < 40; field++) {
        // A rebalance while the tasks start may deliver rows twice.
        assertThat(
                sql.query(
                        "SELECT uniqExactIf(id, f%1$d = id), countIf(f%1$d != id) FROM growth_tasks"
                            .formatted(field))
                    .strip())
            .isEqualTo("100\t0");
      }
    }
  }

  @Test
  void statement_that_the_server_refuses_stops_the_task_and_no_record_is_lost(Stack stack) {
    try (Pipeline pipeline =
        Pipeline.withoutTable(stack, "growth_refused", 1)
            .with("table.create", "auto")
            .with("table.order.by", "nobody")
            .withDeadLetters("growth_refused_dlq")
            .start()) {
      pipeline.send("{\"id\":1}");

      assertThat(pipeline.awaitFailure())
          .contains("Table `default`.`growth_refused` could not be changed", "ORDER BY nobody");
      assertThat(pipeline.committed()).isZero();
    }
  }
}
