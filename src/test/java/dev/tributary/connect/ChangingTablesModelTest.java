package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.FakeTable;
import dev.tributary.connect.sink.columns.ColumnWriter;
import dev.tributary.connect.sink.columns.ValueException;
import dev.tributary.connect.util.ManualTime;
import java.math.BigDecimal;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random ALTERs, records, pauses and outages: a record is refused only if the table has been one
 * that does not take it since the record was sent, and every other one is a row.
 *
 * <p>{@code -Dchanges.runs} sets how many random runs there are, {@code -Dchanges.seed} the first.
 */
class ChangingTablesModelTest {

  private static final int RUNS = Integer.getInteger("changes.runs", 300);
  private static final long SEED = Long.getLong("changes.seed", 1);
  private static final TopicPartition P0 = new TopicPartition("t", 0);

  private static final List<String> TYPES =
      List.of(
          "Int8",
          "UInt16",
          "Int64",
          "Nullable(Int8)",
          "Nullable(Int64)",
          "String",
          "Float64",
          "Bool",
          "Enum8('a' = 1)",
          "Enum8('a' = 1, 'b' = 2)",
          "Date",
          "Date32",
          "Decimal(4, 2)",
          "Decimal(18, 6)");

  private static final List<@Nullable Object> VALUES =
      Arrays.asList(
          1L, -1L, 300L, 70_000L, null, "a", "b", "1900-01-01", 1.25, new BigDecimal("1.000001"));

  @Test
  void record_is_refused_only_by_the_table_as_it_was_after_it_was_sent() {
    int refused = 0;
    int stored = 0;
    for (long seed = SEED; seed < SEED + RUNS; seed++) {
      Run run = new Run(seed);
      run.go();
      refused += run.connect.deadLetters.size();
      stored += run.table.rows().size();
    }
    assertThat(refused).isGreaterThan(RUNS);
    assertThat(stored).isGreaterThan(RUNS);
  }

  private static boolean takes(String type, @Nullable Object value) {
    try {
      ColumnWriter.create(type, ZoneOffset.UTC).append(value);
      return true;
    } catch (ValueException e) {
      return false;
    }
  }

  private static final class Run {

    private final long seed;
    private final Random random;
    private final ManualTime time = new ManualTime();
    private final FakeClickHouse clickHouse = new FakeClickHouse(time);
    private final FakeTable table;
    private final SimulatedConnect connect;

    /** All types that the column has had, and how many there were when a record was sent. */
    private final List<String> types = new ArrayList<>();

    private final List<Integer> typesWhenSent = new ArrayList<>();
    private final List<@Nullable Object> sent = new ArrayList<>();
    private int refused;
    private boolean away;

    Run(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
      types.add(any(TYPES));
      table = new FakeTable("t", "id Int64", "v " + types.get(0));
      clickHouse
          .with(table)
          .onSelect(
              sql -> {
                if (random.nextInt(20) == 0) {
                  alter();
                }
                return away ? Optional.of(FakeClickHouse.unreachable()) : Optional.empty();
              });
      connect =
          new SimulatedConnect(time, new FakeCluster(), clickHouse)
              .topic("t", 1)
              .with("batch.max.delay.ms", "100")
              .with("batch.max.rows", "5")
              .with("retry.backoff.ms", "100")
              .with("retry.backoff.max.ms", "1000")
              .with("errors.deadletterqueue.topic.name", "dlq");
    }

    private <T> T any(List<T> list) {
      return list.get(random.nextInt(list.size()));
    }

    /** Never back to a former type: an insert that met the one between would look unchanged. */
    private void alter() {
      List<String> unused = TYPES.stream().filter(type -> !types.contains(type)).toList();
      if (unused.isEmpty()) {
        return;
      }
      types.add(any(unused));
      table.alter("id Int64", "v " + types.get(types.size() - 1));
    }

    void go() {
      SimulatedTask task = connect.start();
      for (int step = 0; step < 60; step++) {
        step(task);
        task.iterate(random.nextInt(10) + 1);
        checkRefused();
        if (random.nextInt(3) > 0) {
          task.background.runDue();
        }
        time.advance(random.nextInt(5) == 0 ? 5_000 : random.nextInt(300));
      }
      away = false;
      for (int i = 0; i < 200; i++) {
        task.iterate(100);
        checkRefused();
        task.background.runDue();
        time.advance(100);
      }
      task.commit();
      assertThat(connect.committed(P0)).as("seed %s", seed).isEqualTo(sent.size());
      assertThat(table.rows().size() + connect.deadLetters.size())
          .as("seed %s", seed)
          .isEqualTo(sent.size());
      assertThat(table.rows().stream().map(row -> row.get("id")).distinct())
          .as("seed %s", seed)
          .hasSize(table.rows().size());
    }

    private void step(SimulatedTask task) {
      switch (random.nextInt(10)) {
        case 0, 1 -> alter();
        case 2 -> away = random.nextInt(3) == 0;
        case 3 -> task.run(random.nextInt(3));
        default -> {
          for (int i = random.nextInt(4); i >= 0; i--) {
            send();
          }
        }
      }
    }

    private void send() {
      Object value = any(VALUES);
      Map<String, @Nullable Object> fields = new HashMap<>();
      fields.put("id", (long) sent.size());
      fields.put("v", value);
      sent.add(value);
      typesWhenSent.add(types.size());
      connect.send(P0, fields);
    }

    private void checkRefused() {
      for (; refused < connect.deadLetters.size(); refused++) {
        SinkRecord record = connect.deadLetters.get(refused);
        int offset = (int) record.originalKafkaOffset();
        Object value = sent.get(offset);
        assertThat(types.subList(typesWhenSent.get(offset) - 1, types.size()))
            .as("seed %s offset %s value %s", seed, offset, value)
            .anyMatch(type -> !takes(type, value));
      }
    }
  }
}
