package dev.tributary.connect;

import dev.tributary.connect.Fixture.Commit;
import dev.tributary.connect.Fixture.Rows;
import dev.tributary.connect.Fixture.Stored;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Stack;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Reads what a connector has left in Kafka and in ClickHouse; its topic has the same name. */
final class Remains {

  private final Stack stack;
  private final String name;

  Remains(Stack stack, String name) {
    this.stack = stack;
    this.name = name;
  }

  Fixture.Connector connector(Map<String, String> settings, int partitions)
      throws InterruptedException, ExecutionException {
    String group = "connect-" + name;
    Map<String, String> config = new TreeMap<>(settings);
    config.keySet().removeIf(key -> key.startsWith("clickhouse."));
    try (KafkaAdmin admin = stack.broker().admin()) {
      Map<TopicPartition, OffsetAndMetadata> committed =
          admin.client().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
      List<Commit> commits = new ArrayList<>();
      for (int partition = 0; partition < partitions; partition++) {
        OffsetAndMetadata commit = committed.get(new TopicPartition(name, partition));
        if (commit != null) {
          commits.add(new Commit(partition, commit.offset(), commit.metadata()));
        }
      }
      String id = admin.topicId(name).toString();
      return new Fixture.Connector(name, group, name, id, partitions, config, commits);
    }
  }

  /** All committed records of a topic, by partition and offset. */
  List<Stored> stored(String topic) {
    List<Stored> all = new ArrayList<>();
    try (KafkaAdmin admin = stack.broker().admin();
        var consumer = stack.broker().consumer()) {
      List<TopicPartition> partitions = List.copyOf(admin.endOffsets(topic).keySet());
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream()
          .anyMatch(one -> consumer.position(one) < ends.getOrDefault(one, 0L))) {
        consumer.poll(Duration.ofMillis(100)).forEach(record -> all.add(stored(record)));
      }
    }
    all.sort(Comparator.comparingInt(Stored::partition).thenComparingLong(Stored::offset));
    return all;
  }

  private static Stored stored(ConsumerRecord<byte[], byte[]> record) {
    HexFormat hex = HexFormat.of();
    Map<String, String> headers = new LinkedHashMap<>();
    record.headers().forEach(header -> headers.put(header.key(), hex.formatHex(header.value())));
    return new Stored(
        record.partition(),
        record.offset(),
        record.timestamp(),
        hex.formatHex(record.key()),
        hex.formatHex(record.value()),
        headers);
  }

  /** The number of rows that the tables hold of each record. */
  List<Rows> rows(List<String> tables) {
    List<Rows> rows = new ArrayList<>();
    for (String table : tables) {
      String sql =
          "SELECT _partition, _offset, count() FROM " + table + " GROUP BY ALL ORDER BY ALL";
      stack
          .clickHouse()
          .sql()
          .queryTsv(sql)
          .forEach(
              row ->
                  rows.add(
                      new Rows(
                          table,
                          Integer.parseInt(row.get(0)),
                          Long.parseLong(row.get(1)),
                          Long.parseLong(row.get(2)))));
    }
    return rows;
  }
}
