package dev.tributary.connect.record;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import java.util.function.BiConsumer;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.header.Headers;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * About how much heap a record takes while it waits, in bytes: its own objects, and the bytes that
 * it was read from, which the framework keeps with it for the dead letter queue. Everything that
 * bounds the memory of records uses this estimate, so that a record counts the same wherever it
 * waits.
 *
 * <p>The sizes are those of a 64-bit HotSpot JVM with compressed references, as it is with heaps
 * below 32 GiB: an object has a header of 12 bytes, an array one of 16, a reference takes 4, and
 * each object ends at a multiple of 8. What cannot be seen is assumed: tables of maps are the
 * default ones; a text whose middle letter is in Latin-1 has one byte a letter, else two; the bytes
 * read are as long as the texts and binaries in them, and 8 for a number. A name in a map is
 * counted once: it is among the bytes read and, unless records share it, in the heap. Schemas are
 * shared and count nothing.
 *
 * <p>It is computed for every record. It looks at values once, and neither decodes nor copies any;
 * it allocates nothing for lazily read JSON, structs and arrays, and one small object for a map.
 */
public final class MemoryEstimate {

  /** A value that estimates its own memory, such as one that is decoded lazily. */
  public interface SelfEstimated {

    /** In bytes, with what it refers to, and with the bytes that it was read from. */
    long memoryEstimate();
  }

  /**
   * The record (80), its headers' holder (16), partition (16) and timestamp (24); the framework's
   * context (32); the consumer's record (72) with its headers (48), leader epoch (32) and the
   * arrays of key and value (2 times 16, and 8 of padding).
   */
  private static final int RECORD = 360;

  /**
   * The header (24), its schema and value (24) and node (24); the consumer's one (32), its array.
   */
  private static final int HEADER = 24 + 24 + 24 + 32 + 4 + 16;

  private static final int ARRAY = 16;

  /** String (24) and its array, with half of the padding. */
  private static final int TEXT = 24 + ARRAY + 4;

  /** A number's object, and the number in the bytes read. */
  private static final int NUMBER = 24 + 8;

  /** Without its digits: a bit takes an eighth of a byte, and up to a third in the bytes read. */
  private static final int BIG_INTEGER = 40 + ARRAY + 8;

  private static final int BIG_DECIMAL = 40 + 8;

  /** What wraps an array of bytes. */
  private static final int BUFFER = 56;

  /** A LinkedHashMap, and the array of its table. */
  private static final int MAP = 56 + ARRAY;

  private static final int ENTRY = 40;
  private static final int LEAST_TABLE = 16;

  /** An ArrayList, and its array. */
  private static final int LIST = 24 + ARRAY;

  private static final int STRUCT = 24 + ARRAY;
  private static final int REFERENCE = 4;

  /** An object of another class, such as a date. */
  private static final int OTHER = 24;

  private static final int LATIN_1 = 0xFF;
  private static final int MOST_LEVELS = 400;

  private MemoryEstimate() {}

  public static long of(SinkRecord record) {
    long size = RECORD + of(record.key()) + of(record.value());
    Headers headers = record.headers();
    return headers.isEmpty() ? size : size + of(headers);
  }

  private static long of(Headers headers) {
    long size = 0;
    for (Header header : headers) {
      size += HEADER + of(header.key()) + of(header.value());
    }
    return size;
  }

  /**
   * A value with what it refers to, and the bytes that it was read from. What is nested deeper than
   * 400 levels counts nothing, since each level takes some of the thread's stack.
   */
  public static long of(@Nullable Object value) {
    return of(value, 0);
  }

  private static long of(@Nullable Object value, int level) {
    // Classes first: whether something is of an interface takes longer.
    if (value == null || value instanceof Boolean) {
      return 0;
    }
    if (value instanceof String text) {
      return TEXT + 2 * length(text);
    }
    if (value instanceof Number number) {
      return ofNumber(number);
    }
    if (value instanceof Struct struct) {
      return level < MOST_LEVELS ? ofStruct(struct, level) : STRUCT;
    }
    if (BytesValues.is(value)) {
      return (value instanceof byte[] ? 0 : BUFFER) + ARRAY + 2L * BytesValues.length(value);
    }
    if (value instanceof SelfEstimated itself) {
      return itself.memoryEstimate();
    }
    if (value instanceof Map<?, ?> map) {
      return level < MOST_LEVELS ? ofMap(map, level) : MAP;
    }
    if (value instanceof List<?> list) {
      return level < MOST_LEVELS ? ofList(list, level) : LIST;
    }
    return OTHER;
  }

  /** Of its array, and about that of the bytes read. */
  private static long length(String text) {
    int length = text.length();
    boolean wide = length > 0 && text.charAt(length >> 1) > LATIN_1;
    return wide ? 2L * length : length;
  }

  private static long ofNumber(Number number) {
    if (number instanceof BigInteger integer) {
      return BIG_INTEGER + integer.bitLength() / 3L;
    }
    return number instanceof BigDecimal ? BIG_DECIMAL : NUMBER;
  }

  private static long ofStruct(Struct struct, int level) {
    List<Field> fields = struct.schema().fields();
    long size = STRUCT;
    for (int i = 0; i < fields.size(); i++) {
      size += REFERENCE + of(struct.getWithoutDefault(fields.get(i).name()), level + 1);
    }
    return size;
  }

  private static long ofMap(Map<?, ?> map, int level) {
    Entries entries = new Entries(level + 1);
    map.forEach(entries);
    return MAP + (long) REFERENCE * Math.max(LEAST_TABLE, 2 * map.size()) + entries.size;
  }

  /** The entries of a map, without an iterator and without the view that the map would keep. */
  private static final class Entries implements BiConsumer<Object, @Nullable Object> {

    private final int level;
    private long size;

    Entries(int level) {
      this.level = level;
    }

    @Override
    public void accept(Object name, @Nullable Object value) {
      size +=
          ENTRY
              + (name instanceof String text ? TEXT + length(text) : of(name, level))
              + of(value, level);
    }
  }

  private static long ofList(List<?> list, int level) {
    long size = LIST + (long) REFERENCE * list.size();
    if (list instanceof RandomAccess) {
      for (int i = 0; i < list.size(); i++) {
        size += of(list.get(i), level + 1);
      }
    } else {
      for (Object element : list) {
        size += of(element, level + 1);
      }
    }
    return size;
  }
}
