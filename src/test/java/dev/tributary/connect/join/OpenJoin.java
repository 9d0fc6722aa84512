package dev.tributary.connect.join;

import dev.tributary.connect.join.right.FakeRightTopic;
import dev.tributary.connect.util.ManualTime;
import dev.tributary.connect.util.TransformId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** A join in front of a foreign sink, which holds nothing; each left is a poll of its own. */
final class OpenJoin implements AutoCloseable {

  private final ManualTime clock;
  private final JoinOperator join;
  private long offset;

  OpenJoin(FakeRightTopic right, ManualTime clock, String... more) {
    this.clock = clock;
    Map<String, String> settings = new HashMap<>();
    settings.put("right.topic", "users");
    settings.put("left.key", "user_id");
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    join =
        JoinOperator.start(
            new TemporalJoinConfig(settings),
            new TransformId(JoinOperator.TYPE, "shop", "0", "join"),
            Optional.empty(),
            new JoinMetrics(),
            right.factory(),
            Map.of("CONNECT_BOOTSTRAP_SERVERS", "kafka:9092"),
            clock);
  }

  @Nullable SinkRecord join(long time, @Nullable Schema schema, Object value) {
    clock.advance(20);
    return join.join(
        new SinkRecord(
            "orders", 0, null, null, schema, value, offset++, time, TimestampType.CREATE_TIME));
  }

  /** The joined value of a map. */
  @Nullable Object join(long time, Map<String, ?> value) {
    SinkRecord joined = join(time, null, value);
    return joined == null ? null : joined.value();
  }

  @Override
  public void close() {
    join.close();
  }
}
