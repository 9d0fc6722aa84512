package dev.tributary.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.config.SinkConfig;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseServer;
import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.Fault;
import dev.tributary.stack.FaultProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A task between topics that always have more and a server that is slow. The framework's part is
 * played here, so that the task can be looked into after each of its steps.
 */
@ExtendWith(StackExtension.class)
class HeldMemoryIT {

  private static final int POLL = 500;
  private static final int TEXT = 2_000;

  private final RecordingContext context = new RecordingContext();

  /** Feeds the topics in turn; returns how many polls found the partitions paused. */
  private int feed(ClickHouseServer server, int topics, int records, Map<String, String> more) {
    ClickHouseSql sql = server.sql();
    try (FaultProxy proxy = FaultProxy.to(server);
        TaskScope scope = TaskScope.enter("held", "connect-held", Map.of())) {
      Map<String, String> properties = new HashMap<>(more);
      properties.put("clickhouse.url", proxy.url());
      properties.put("batch.max.rows", "1000000");
      properties.put("batch.max.bytes", "1000000");
      SinkConfig config = new SinkConfig(properties);
      long bound = config.heldBytesMax();
      assertThat(bound).isEqualTo(3_000_000);
      Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
      for (int topic = 0; topic < topics; topic++) {
        sql.execute("CREATE TABLE held_" + topic + " (id UInt32, text String) ENGINE = Memory");
        positions.put(new TopicPartition("held_" + topic, 0), new OffsetAndMetadata(0));
      }
      proxy.faulty(new Fault.Slow(Duration.ofMillis(30)));
      String text = "x".repeat(TEXT);
      int fed = 0;
      int pauses = 0;
      long most = 0;
      StartedSinkTask task =
          StartedSinkTask.start("HeldMemoryIT", config, context, scope, SinkPorts.real());
      try {
        task.open(positions.keySet());
        while (fed < records || task.heldBytes() > 0) {
          List<SinkRecord> poll = new ArrayList<>();
          if (context.paused.isEmpty()) {
            for (int i = 0; i < POLL && fed < records; i++, fed++) {
              Map<String, Object> value = Map.of("id", fed, "text", text);
              poll.add(
                  new SinkRecord("held_" + fed % topics, 0, null, null, null, value, fed / topics));
            }
          } else {
            assertThat(context.paused).isEqualTo(positions.keySet());
            pauses++;
          }
          task.put(poll);
          most = Math.max(most, task.heldBytes());
        }
        int each = records / topics;
        positions.replaceAll((partition, offset) -> new OffsetAndMetadata(each));
        assertThat(task.preCommit(positions)).isEqualTo(positions);
      } finally {
        task.close();
      }
      long oneRow = 4L * TEXT;
      assertThat(most).isBetween(bound / 2, bound + oneRow);
      long rows = 0;
      for (int topic = 0; topic < topics; topic++) {
        rows += sql.queryLong("SELECT uniqExact(id) FROM held_" + topic);
        sql.execute("DROP TABLE held_" + topic);
      }
      assertThat(rows).isEqualTo(records);
      return pauses;
    }
  }

  @Test
  void task_before_a_slow_server_stays_within_its_memory_by_pausing(ClickHouseServer server) {
    assertThat(feed(server, 1, 20_000, Map.of("batch.max.delay.ms", "1000"))).isPositive();
  }

  /** No batch is ever full: only the memory of all together has them sent. */
  @Test
  @Timeout(40)
  void many_tables_together_stay_within_it(ClickHouseServer server) {
    feed(server, 20, 10_000, Map.of("batch.max.delay.ms", "4000"));
  }
}
