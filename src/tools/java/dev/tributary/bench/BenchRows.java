package dev.tributary.bench;

import dev.tributary.bench.BenchRow.Source;
import dev.tributary.connect.ClickHouseSinkConnector;
import dev.tributary.connect.Deduplicate;
import dev.tributary.connect.JsonConverter;
import dev.tributary.foreign.CountingSinkConnector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The lines of the table, all with the default settings of the sink. */
final class BenchRows {

  /** The topic of the users that events are joined with. */
  static final String USERS = "tributary_bench_users";

  /** The line that others are compared with. */
  static final String SINK = "json";

  static final String JOIN = "dev.tributary.connect.TemporalJoin";

  private static final String VALUE_CONVERTER = "value.converter";
  private static final String MAX_POLL = "consumer.override.max.poll.records";
  private static final String KAFKA_JSON = "org.apache.kafka.connect.json.JsonConverter";
  private static final String BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";

  private BenchRows() {}

  static List<BenchRow> all() {
    BenchRow floor =
        new BenchRow(
            "floor-bytes",
            "counting sink, byte arrays",
            Source.EVENTS,
            true,
            Map.of(
                "connector.class",
                CountingSinkConnector.class.getName(),
                VALUE_CONVERTER,
                BYTES,
                MAX_POLL,
                "20000",
                "tasks.max",
                "1"));
    BenchRow sink = sink();
    Map<String, String> kafkaJson =
        Map.of(VALUE_CONVERTER, KAFKA_JSON, VALUE_CONVERTER + ".schemas.enable", "false");
    List<BenchRow> rows = new ArrayList<>();
    rows.add(floor);
    rows.add(
        floor.with(
            "floor-json",
            "counting sink, our JsonConverter",
            Map.of(VALUE_CONVERTER, JsonConverter.class.getName())));
    rows.add(floor.with("floor-kafka-json", "counting sink, Kafka's JsonConverter", kafkaJson));
    rows.add(sink);
    rows.add(sink.with("kafka-json", "sink, Kafka's JsonConverter", kafkaJson));
    rows.add(sink.with("poll-500", "sink, 500 records a poll", Map.of(MAX_POLL, "500")));
    BenchRow resumed = sink.with("one-task", "sink, one task, resumed", Map.of()).resumed(SINK);
    rows.add(resumed);
    rows.add(
        resumed
            .with("two-tasks", "sink, two tasks, resumed", Map.of("tasks.max", "2"))
            .resumed(resumed.id()));
    rows.add(deduplicating(sink));
    if (hasJoin()) {
      rows.add(joining(sink));
    }
    rows.add(
        sink.with("latency", "latency", Map.of("batch.max.delay.ms", "100")).from(Source.TRICKLE));
    return rows;
  }

  /** The line that others are compared with. */
  static BenchRow sink() {
    return new BenchRow(
        SINK,
        "sink, our JsonConverter",
        Source.EVENTS,
        false,
        Map.of(
            "connector.class",
            ClickHouseSinkConnector.class.getName(),
            VALUE_CONVERTER,
            JsonConverter.class.getName(),
            MAX_POLL,
            "20000",
            "tasks.max",
            "1",
            "clickhouse.url",
            "${env:CLICKHOUSE_URL}",
            "clickhouse.username",
            "${env:CLICKHOUSE_USER}",
            "clickhouse.password",
            "${env:CLICKHOUSE_PASSWORD}"));
  }

  private static BenchRow deduplicating(BenchRow sink) {
    return sink.with(
            "dedup",
            "Deduplicate and sink",
            Map.of(
                "transforms",
                "dedup",
                "transforms.dedup.type",
                Deduplicate.class.getName(),
                "transforms.dedup.key.fields",
                "event_id",
                "transforms.dedup.window",
                "1h"))
        .from(Source.REPEATED);
  }

  static boolean hasJoin() {
    try {
      Class.forName(JOIN);
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static BenchRow joining(BenchRow sink) {
    return sink.with(
        "join",
        "TemporalJoin and sink",
        Map.of(
            "transforms",
            "join",
            "transforms.join.type",
            JOIN,
            "transforms.join.right.topic",
            USERS,
            "transforms.join.left.key",
            "user_id",
            "transforms.join.right.key",
            "user_id",
            "transforms.join.right.fields",
            "tier",
            "transforms.join.window.before",
            "36500d",
            "transforms.join.window.after",
            "0s"));
  }
}
