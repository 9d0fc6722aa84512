package dev.tributary.connect.dedup;

import dev.tributary.bench.NanosPerOperation;
import dev.tributary.connect.json.JsonReader;
import dev.tributary.connect.record.FieldPath;
import dev.tributary.connect.record.KeyHasher;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.SinkRecord;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * What deduplication decides a record in: the hash of its key, a field of a JSON record, and the
 * search among the marks, whose number stays constant, because they expire as fast as they are
 * made.
 *
 * <p>The records of a poll are made before the clock runs, and committed after it stops. The rival
 * is a {@link HashMap} from hash to mark with a queue of what expires, the least that forgets; it
 * decides by the time alone and knows nothing of redelivery. {@link DedupBench} measures memory and
 * more marks than a rival can hold. Run it with
 *
 * <pre>{@code
 * mvn -q -Pbench test-compile exec:exec@bench -Dbench.main=org.openjdk.jmh.Main -Dbench.args="DecisionJmh"
 * }</pre>
 */
public class DecisionJmh extends NanosPerOperation {

  private static final int POLL = 500;

  /** Which keys the records have, as {@link KeyStream} makes them. */
  public enum Keys {
    NEW,
    DUPLICATE,
    /** One duplicate in ten. */
    MIXED
  }

  /** What the marks are held in. */
  public enum Index {
    MARKS,
    HASH_MAP
  }

  @Param({"1000", "1000000", "10000000"})
  long marks;

  @Param Keys keys;
  @Param Index index;

  private final byte[] text =
      "{\"event_id\":\"00000000000000000000000000000000\",\"user_id\":4711,\"amount\":49.99}"
          .getBytes(StandardCharsets.UTF_8);
  private final JsonReader reader = new JsonReader();
  private final KeyHasher hasher = new KeyHasher(List.of(FieldPath.parse("key", "event_id")));
  private final SinkRecord[] poll = new SinkRecord[POLL];
  private final boolean[] isDuplicate = new boolean[POLL];
  private KeyStream stream;
  private Decisions decisions;
  private long next;

  /** Fills the window and its grace. */
  @Setup
  public void fill() {
    stream = new KeyStream(marks);
    decisions =
        switch (index) {
          case MARKS -> new Marks(stream.window());
          case HASH_MAP -> new Rival(stream.window(), marks);
        };
    for (long offset = 0; offset < marks; offset++) {
      if (decide(record(offset, offset, KeyStream.time(offset)))) {
        throw new IllegalStateException("a new key is no duplicate");
      }
      if (offset % POLL == 0) {
        decisions.committed(offset);
      }
    }
    next = marks;
  }

  /** Makes the records of the next poll. */
  @Setup(Level.Invocation)
  public void poll() {
    for (int i = 0; i < POLL; i++) {
      long offset = next + i;
      isDuplicate[i] =
          switch (keys) {
            case NEW -> false;
            case DUPLICATE -> true;
            case MIXED -> stream.isDuplicate(offset);
          };
      // Without new keys time stands still.
      long now = keys == Keys.DUPLICATE ? marks : offset;
      long key = isDuplicate[i] ? stream.earlier(now) : offset;
      poll[i] = record(offset, key, KeyStream.time(now));
    }
    next += POLL;
  }

  private SinkRecord record(long offset, long key, long time) {
    byte[] own = text.clone();
    hex(own, 13, KeyStream.mix(2 * key));
    hex(own, 29, KeyStream.mix(2 * key + 1));
    return new SinkRecord(
        "events",
        0,
        null,
        null,
        null,
        reader.readLazily(own),
        offset,
        time,
        TimestampType.CREATE_TIME);
  }

  private static void hex(byte[] target, int from, long number) {
    HexFormat format = HexFormat.of();
    for (int i = 0; i < 16; i++) {
      target[from + i] = (byte) format.toLowHexDigit((int) (number >>> (60 - 4 * i)));
    }
  }

  /** The records of a poll. */
  @Benchmark
  @OperationsPerInvocation(POLL)
  public void decide() {
    for (int i = 0; i < POLL; i++) {
      if (decide(poll[i]) != isDuplicate[i]) {
        throw new IllegalStateException("decided wrongly at offset " + poll[i].kafkaOffset());
      }
    }
    decisions.committed(next);
  }

  private boolean decide(SinkRecord record) {
    if (!hasher.hash(record)) {
      throw new IllegalStateException(hasher.absence());
    }
    return decisions.isDuplicate(
        hasher.high(), hasher.low(), record.kafkaOffset(), record.timestamp());
  }

  private interface Decisions {

    boolean isDuplicate(long high, long low, long offset, long time);

    void committed(long offset);
  }

  private static final class Marks implements Decisions {

    private final PartitionMarks marks;

    Marks(long window) {
      marks = new PartitionMarks(window, 0);
    }

    @Override
    public boolean isDuplicate(long high, long low, long offset, long time) {
      return marks.decide(high, low, offset, time, true) == Decision.DUPLICATE;
    }

    @Override
    public void committed(long offset) {
      marks.committed(offset);
    }
  }

  private static final class Rival implements Decisions {

    private record Hash(long high, long low) {}

    private final long window;
    private final long most;
    private final Map<Hash, Long> times = new HashMap<>();
    private final Queue<Hash> oldest = new ArrayDeque<>();

    Rival(long window, long most) {
      this.window = window;
      this.most = most;
    }

    @Override
    public boolean isDuplicate(long high, long low, long offset, long time) {
      Hash hash = new Hash(high, low);
      Long accepted = times.get(hash);
      if (accepted != null && time - accepted < window) {
        return true;
      }
      times.put(hash, time);
      oldest.add(hash);
      return false;
    }

    @Override
    public void committed(long offset) {
      while (oldest.size() > most) {
        times.remove(oldest.remove());
      }
    }
  }
}
