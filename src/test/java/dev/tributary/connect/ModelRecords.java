package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.clickhouse.FakeTable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** The records of one schedule of {@link DeliveryModel}, and how many rows each should have. */
final class ModelRecords {

  /** In each partition. */
  static final int COUNT = 8;

  private final List<TopicPartition> partitions;

  /** Which a transform drops, by partition and offset: duplicates, say. */
  private final Set<String> dropped = new HashSet<>();

  private final Set<String> bad = new HashSet<>();

  /** The rows of each record that are there for another reason than its delivery. */
  private final Map<String, Integer> before = new HashMap<>();

  /** Sends them. */
  ModelRecords(Random random, SimulatedConnect connect) {
    partitions = List.copyOf(connect.partitions());
    for (TopicPartition partition : partitions) {
      for (long offset = 0; offset < COUNT; offset++) {
        connect.send(partition, Map.of("id", offset));
        if (random.nextInt(6) == 0) {
          dropped.add(name(partition, offset));
        } else if (random.nextInt(25) == 0) {
          bad.add(name(partition, offset));
        }
      }
    }
  }

  private static String name(TopicPartition partition, long offset) {
    return partition + "@" + offset;
  }

  private static String name(SinkRecord record) {
    return name(
        new TopicPartition(record.originalTopic(), record.originalKafkaPartition()),
        record.originalKafkaOffset());
  }

  /** The record of a row, by partition and offset. */
  static String name(Map<String, @Nullable Object> row) {
    return row.get("_topic") + "-" + row.get("_partition") + "@" + row.get("_offset");
  }

  boolean isDropped(SinkRecord record) {
    return dropped.contains(name(record));
  }

  /** Whether the table refuses the row. */
  boolean isBad(Map<String, @Nullable Object> row) {
    return bad.contains(name(row));
  }

  /** How many rows each record has in a table. */
  Map<String, Integer> rows(FakeTable table) {
    Map<String, Integer> rows = new HashMap<>();
    for (TopicPartition partition : partitions) {
      table
          .offsets(partition.topic(), partition.partition())
          .forEach((offset, count) -> rows.put(name(partition, offset), count));
    }
    return rows;
  }

  /** How many rows each record should have in the end. */
  Map<String, Integer> expected() {
    Map<String, Integer> expected = new HashMap<>(before);
    for (TopicPartition partition : partitions) {
      for (long offset = 0; offset < COUNT; offset++) {
        String name = name(partition, offset);
        if (!dropped.contains(name) && !bad.contains(name)) {
          expected.merge(name, 1, Integer::sum);
        }
      }
    }
    expected.values().removeIf(count -> count == 0);
    return expected;
  }

  /** Those of a partition from an offset on are delivered again, whatever the table has of them. */
  void comeAgain(TopicPartition partition, long offset, FakeTable table) {
    Map<String, Integer> now = rows(table);
    for (long later = offset; later < COUNT; later++) {
      String name = name(partition, later);
      before.put(name, now.getOrDefault(name, 0));
    }
  }

  /** All are delivered again, whatever the table has of them. */
  void allComeAgain(FakeTable table) {
    before.putAll(rows(table));
  }

  /** Asserts that all below the committed offsets are in the table, dropped, or dead letters. */
  void check(
      ToLongFunction<TopicPartition> committed, List<SinkRecord> deadLetters, FakeTable table) {
    Map<String, Integer> rows = rows(table);
    Set<String> letters = new HashSet<>();
    deadLetters.forEach(record -> letters.add(name(record)));
    for (TopicPartition partition : partitions) {
      for (long offset = 0; offset < committed.applyAsLong(partition); offset++) {
        String name = name(partition, offset);
        if (!dropped.contains(name) && !letters.contains(name)) {
          assertThat(rows.getOrDefault(name, 0))
              .as(name + " is committed")
              .isGreaterThan(before.getOrDefault(name, 0));
        }
      }
    }
  }
}
