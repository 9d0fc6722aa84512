package dev.tributary.connect.join;

import dev.tributary.bench.NanosPerOperation;
import dev.tributary.connect.join.right.FakeRightTopic;
import dev.tributary.connect.json.JsonReader;
import dev.tributary.connect.record.HeldValue;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.TransformId;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What a join adds to a left record, with the given number of right rows in memory: the hash of its
 * key, the version that holds at its time, and the record with three more fields; or that there is
 * none.
 *
 * <p>Lefts and rights are JSON of the join's own converter; the lefts of a poll are made before the
 * clock runs. Whether more of the right topic has come is asked once a poll, and is left out. Run
 * it with
 *
 * <pre>{@code
 * mvn -q -Pbench test-compile exec:exec@bench -Dbench.main=org.openjdk.jmh.Main -Dbench.args="LookupJmh"
 * }</pre>
 */
public class LookupJmh extends NanosPerOperation {

  private static final int POLL = 500;
  private static final int FEW = 500;
  private static final int HELD = 10_000;

  /** What the lefts find. */
  public enum Left {
    /** Each a row of a random user. */
    RANDOM_USER,
    /** Each a row of one of 500 users. */
    FEW_USERS,
    /** None, and the join drops them. */
    MISS,
    /** None, and each is held with 10,000 others, in place of one that was delivered before. */
    HELD
  }

  @Param({"1000", "100000", "1000000"})
  int rows;

  @Param Left left;

  private final SplittableRandom random = new SplittableRandom(1);
  private final JsonReader reader = new JsonReader();
  private final SinkRecord[] poll = new SinkRecord[POLL];
  private TaskScope scope;
  private JoinOperator joiner;
  private long next;

  /** Reads the right rows. */
  @Setup
  public void start() throws InterruptedException {
    FakeRightTopic topic = new FakeRightTopic("users", 1);
    for (int user = 0; user < rows; user++) {
      topic.send(Rights.START, null, new String(Rights.value(user), StandardCharsets.UTF_8));
    }
    Map<String, String> settings = new HashMap<>();
    settings.put("right.topic", "users");
    settings.put("left.key", "user_id");
    settings.put("right.fields", "name:user_name,tier:user_tier,country:user_country");
    settings.put("window.after", left == Left.HELD ? "1h" : "0s");
    scope = TaskScope.enter("bench", "connect-bench", Map.of());
    joiner =
        JoinOperator.start(
            new TemporalJoinConfig(settings),
            new TransformId("TemporalJoin", "bench", "0", "join"),
            Optional.of(scope),
            new JoinMetrics(),
            topic.factory(),
            Map.of("BOOTSTRAP_SERVERS", "none"),
            Time.SYSTEM);
    while (!joiner.isReady(new TopicPartition("orders", 0))) {
      Thread.sleep(1);
    }
  }

  @TearDown
  public void close() {
    joiner.close();
    scope.close();
  }

  /** Makes the lefts of the next poll. */
  @Setup(Level.Invocation)
  public void poll() {
    for (int i = 0; i < POLL; i++) {
      long offset = left == Left.HELD ? next % HELD : next;
      poll[i] = left(offset, user(offset));
      next++;
    }
  }

  private long user(long offset) {
    return switch (left) {
      case RANDOM_USER -> random.nextInt(rows);
      case FEW_USERS -> random.nextInt(Math.min(rows, FEW));
      case MISS -> rows + random.nextInt(rows);
      case HELD -> rows + offset;
    };
  }

  private SinkRecord left(long offset, long user) {
    String text =
        String.format(
            Locale.ROOT,
            "{\"id\":%d,\"user_id\":%d,\"amount\":49.99,\"currency\":\"USD\",\"merchant\":\"Amazon\"}",
            offset,
            user);
    return new SinkRecord(
        "orders",
        0,
        null,
        null,
        null,
        reader.readLazily(text.getBytes(StandardCharsets.UTF_8)),
        offset,
        Rights.START,
        TimestampType.CREATE_TIME);
  }

  /** The lefts of a poll. */
  @Benchmark
  @OperationsPerInvocation(POLL)
  public void join(Blackhole results) {
    for (SinkRecord record : poll) {
      SinkRecord joined = joiner.join(record);
      if (!isExpected(joined)) {
        throw new IllegalStateException("not what is expected of " + left);
      }
      results.consume(joined);
    }
  }

  private boolean isExpected(@Nullable SinkRecord joined) {
    return switch (left) {
      case RANDOM_USER, FEW_USERS -> joined != null && !(joined.value() instanceof HeldValue);
      case MISS -> joined == null;
      case HELD -> joined != null && joined.value() instanceof HeldValue;
    };
  }
}
