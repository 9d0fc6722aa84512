package dev.tributary.connect.dedup;

import com.dynatrace.hash4j.hashing.HashStream128;
import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.apache.kafka.common.Uuid;

/**
 * Marks as records of the state topic.
 *
 * <pre>
 *   key   = identity (16 bytes) | key hash (16) | partition (4) | offset (8)
 *   value = event time (8) [ | flags (1), absent when 0 ]
 * </pre>
 *
 * All big-endian. The identity says whose marks they are and what they mean; marks of another
 * identity in the same topic are not ours. Flag 1: the event time does not move stream time.
 */
final class MarkCodec {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private static final int KEY_LENGTH = 44;
  private static final int TIME_LENGTH = 8;
  private static final byte STANDS_STILL = 1;

  private final long identityHigh;
  private final long identityLow;

  /**
   * The codec of one identity.
   *
   * @param definition the settings that say what a mark means
   */
  MarkCodec(String connector, String alias, Uuid sourceTopic, List<String> definition) {
    HashStream128 stream = Hashing.xxh3_128().hashStream();
    stream.putString("tributary-marks-1").putString(connector).putString(alias);
    stream.putLong(sourceTopic.getMostSignificantBits());
    stream.putLong(sourceTopic.getLeastSignificantBits());
    definition.forEach(stream::putString);
    HashValue128 identity = stream.get();
    identityHigh = identity.getMostSignificantBits();
    identityLow = identity.getLeastSignificantBits();
  }

  byte[] key(long high, long low, int partition, long offset) {
    byte[] key = new byte[KEY_LENGTH];
    LONG.set(key, 0, identityHigh);
    LONG.set(key, 8, identityLow);
    LONG.set(key, 16, high);
    LONG.set(key, 24, low);
    INT.set(key, 32, partition);
    LONG.set(key, 36, offset);
    return key;
  }

  static byte[] value(long time, boolean movesStreamTime) {
    byte[] value = new byte[movesStreamTime ? TIME_LENGTH : TIME_LENGTH + 1];
    LONG.set(value, 0, time);
    if (!movesStreamTime) {
      value[TIME_LENGTH] = STANDS_STILL;
    }
    return value;
  }

  /** Whether a record is a mark of this identity and source partition. */
  boolean isOwn(ByteBuffer key, ByteBuffer value, int partition) {
    int at = key.position();
    return isMark(key, value)
        && key.getLong(at) == identityHigh
        && key.getLong(at + 8) == identityLow
        && key.getInt(at + 32) == partition;
  }

  /** Whether a record is a mark, of whatever identity. */
  static boolean isMark(ByteBuffer key, ByteBuffer value) {
    return key.remaining() == KEY_LENGTH && value.remaining() >= TIME_LENGTH;
  }

  /** Hands a mark to a visitor. */
  static void read(ByteBuffer key, ByteBuffer value, MarkIndex.Visitor visitor) {
    int at = key.position();
    visitor.mark(
        key.getLong(at + 16),
        key.getLong(at + 24),
        key.getLong(at + 36),
        time(value),
        value.remaining() == TIME_LENGTH
            || (value.get(value.position() + TIME_LENGTH) & STANDS_STILL) == 0);
  }

  /** The event time of a mark. */
  static long time(ByteBuffer value) {
    return value.getLong(value.position());
  }
}
