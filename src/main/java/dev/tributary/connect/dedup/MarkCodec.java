package dev.tributary.connect.dedup;

import com.dynatrace.hash4j.hashing.HashStream128;
import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;
import dev.tributary.connect.dedup.index.MarkIndex;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.apache.kafka.common.Uuid;

/**
 * Marks as records of the state topic, many in a record.
 *
 * <pre>
 *   key   = identity (16 bytes) | source partition (4) | hash of the value (16)
 *   value = mark, mark, ...
 *   mark  = key hash (16) | varint of zigzag(offset - offset before) * 2 + flag
 *                         | varint of zigzag(time - time before)
 * </pre>
 *
 * Big-endian; the differences of the first mark are from 0. Flag 1: the event time does not move
 * stream time. The identity says whose marks they are and what they mean; marks of another identity
 * in the same topic are not ours.
 *
 * <p>A key is derived from the content of its record, so compaction removes exact copies only.
 */
final class MarkCodec {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private static final int KEY_LENGTH = 36;
  private static final int LEAST_MARK = 18;

  private final long identityHigh;
  private final long identityLow;

  /**
   * The codec of one identity.
   *
   * @param definition the settings that say what a mark means
   */
  MarkCodec(String connector, String alias, Uuid sourceTopic, List<String> definition) {
    HashStream128 stream = Hashing.xxh3_128().hashStream();
    stream.putString("tributary-marks-2").putString(connector).putString(alias);
    stream.putLong(sourceTopic.getMostSignificantBits());
    stream.putLong(sourceTopic.getLeastSignificantBits());
    definition.forEach(stream::putString);
    HashValue128 identity = stream.get();
    identityHigh = identity.getMostSignificantBits();
    identityLow = identity.getLeastSignificantBits();
  }

  /** The key of the record that holds these marks, see {@link MarkBlock#take}. */
  byte[] key(int partition, byte[] value) {
    HashValue128 content = Hashing.xxh3_128().hashBytesTo128Bits(value);
    byte[] key = new byte[KEY_LENGTH];
    LONG.set(key, 0, identityHigh);
    LONG.set(key, 8, identityLow);
    INT.set(key, 16, partition);
    LONG.set(key, 20, content.getMostSignificantBits());
    LONG.set(key, 28, content.getLeastSignificantBits());
    return key;
  }

  /** Whether a record holds marks of this identity and source partition. */
  boolean isOwn(ByteBuffer key, int partition) {
    int at = key.position();
    return holdsMarks(key)
        && key.getLong(at) == identityHigh
        && key.getLong(at + 8) == identityLow
        && key.getInt(at + 16) == partition;
  }

  /** Whether a record holds marks, of whatever identity. */
  static boolean holdsMarks(ByteBuffer key) {
    return key.remaining() == KEY_LENGTH;
  }

  /** An upper bound for the number of marks in a record, of whatever identity. */
  static long marksAtMost(ByteBuffer value) {
    return Math.max(1, value.remaining() / LEAST_MARK);
  }

  /** Hands the marks of a record to a visitor. */
  static void read(ByteBuffer value, MarkIndex.Visitor visitor) {
    ByteBuffer left = value.duplicate();
    long offset = 0;
    long time = 0;
    while (left.hasRemaining()) {
      long high = left.getLong();
      long low = left.getLong();
      long flagged = varint(left);
      offset += unzigzag(flagged >>> 1);
      time += unzigzag(varint(left));
      visitor.mark(high, low, offset, time, (flagged & 1) == 0);
    }
  }

  private static long varint(ByteBuffer from) {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = from.get();
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalStateException("A mark in the state topic is not readable");
  }

  private static long unzigzag(long value) {
    return (value >>> 1) ^ -(value & 1);
  }
}
