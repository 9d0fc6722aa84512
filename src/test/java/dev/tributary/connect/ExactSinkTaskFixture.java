package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.FakeTable;
import dev.tributary.connect.sink.clickhouse.Fate;
import dev.tributary.connect.util.ManualTime;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.common.TopicPartition;

/** A sink task with {@code delivery=exactly_once}, on a ClickHouse and a Kafka in memory. */
abstract class ExactSinkTaskFixture {

  static final TopicPartition P0 = new TopicPartition("t", 0);
  static final TopicPartition P1 = new TopicPartition("t", 1);

  final ManualTime time = new ManualTime();
  final FakeCluster cluster = new FakeCluster();
  final FakeTable table =
      new FakeTable("t", "id Int64", "_topic String", "_partition Int32", "_offset Int64")
          .window(1_000);
  final FakeClickHouse clickHouse = new FakeClickHouse(time).with(table);
  final SimulatedConnect connect =
      new SimulatedConnect(time, cluster, clickHouse)
          .topic("t", 2)
          .exactlyOnce()
          .with("batch.max.rows", "10")
          .with("batch.max.delay.ms", "1000")
          .with("retry.backoff.ms", "100")
          .with("retry.backoff.max.ms", "1000");

  void send(TopicPartition partition, int count) {
    for (int i = 0; i < count; i++) {
      connect.send(partition, Map.of("id", (long) connect.log(partition).size()));
    }
  }

  void assertOnce(TopicPartition partition, long from, long end) {
    Map<Long, Integer> expected = new HashMap<>();
    LongStream.range(from, end).forEach(offset -> expected.put(offset, 1));
    assertThat(table.offsets(partition.topic(), partition.partition())).isEqualTo(expected);
  }

  String token(int attempt) {
    return clickHouse.attempts().get(attempt).token();
  }

  void onAttempt(int number, Fate fate) {
    clickHouse.onInsert(attempt -> attempt.number() == number ? fate : Fate.pass());
  }

  /** What is left when its process is gone: nothing but what it has sent. */
  SimulatedTask afterKill() {
    cluster.loseInFlight();
    return connect.start();
  }
}
