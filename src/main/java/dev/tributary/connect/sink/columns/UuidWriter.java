package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import dev.tributary.connect.record.BytesValues;
import dev.tributary.connect.record.ValueKinds;
import java.util.UUID;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * UUID: takes the canonical text of 36 characters in any case, 16 bytes in network order, and
 * {@link UUID}. ClickHouse keeps the two halves as little-endian numbers, the higher first.
 */
final class UuidWriter extends FixedWidthWriter {

  private static final String NEEDED = "the canonical text of a UUID, or 16 bytes";

  private static final int TEXT_LENGTH = 36;

  UuidWriter(String type) {
    super(type, 16);
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    if (value instanceof String text) {
      putText(text);
    } else if (value instanceof UUID uuid) {
      put(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
    } else if (BytesValues.is(value) && BytesValues.length(value) == 16) {
      put(bigEndian(value, 0), bigEndian(value, 8));
    } else {
      throw ValueException.unsuited(value, columnType(), NEEDED);
    }
  }

  @Override
  boolean appendJson(JsonSlice slice) {
    byte[] text = slice.text();
    int from = slice.contentFrom();
    if (!slice.isPlainString()
        || slice.contentTo() - from != TEXT_LENGTH
        || text[from + 8] != '-'
        || text[from + 13] != '-'
        || text[from + 18] != '-'
        || text[from + 23] != '-') {
      return false;
    }
    long first = hex(text, from, 8);
    long second = hex(text, from + 9, 4);
    long third = hex(text, from + 14, 4);
    long fourth = hex(text, from + 19, 4);
    long last = hex(text, from + 24, 12);
    if ((first | second | third | fourth | last) < 0) {
      return false;
    }
    put(first << 32 | second << 16 | third, fourth << 48 | last);
    return true;
  }

  /** The value of {@code count} hexadecimal digits; negative if one of them is none. */
  private static long hex(byte[] text, int from, int count) {
    long bits = 0;
    int seen = 0;
    for (int i = from; i < from + count; i++) {
      int digit = Hex.digit((char) text[i]);
      seen |= digit;
      bits = (bits << 4) | digit;
    }
    return seen < 0 ? -1 : bits;
  }

  private void put(long high, long low) {
    data.putLong(high);
    data.putLong(low);
  }

  private void putText(String text) {
    if (text.length() != TEXT_LENGTH
        || text.charAt(8) != '-'
        || text.charAt(13) != '-'
        || text.charAt(18) != '-'
        || text.charAt(23) != '-') {
      throw notUuid(text);
    }
    long high = (hex(text, 0, 8) << 32) | (hex(text, 9, 13) << 16) | hex(text, 14, 18);
    long low = (hex(text, 19, 23) << 48) | hex(text, 24, 36);
    put(high, low);
  }

  private static long hex(String text, int from, int to) {
    long bits = 0;
    int seen = 0;
    for (int i = from; i < to; i++) {
      int digit = Hex.digit(text.charAt(i));
      seen |= digit;
      bits = (bits << 4) | digit;
    }
    if (seen < 0) {
      throw notUuid(text);
    }
    return bits;
  }

  private static long bigEndian(Object bytes, int from) {
    long bits = 0;
    for (int i = from; i < from + 8; i++) {
      bits = (bits << 8) | (BytesValues.at(bytes, i) & 0xFF);
    }
    return bits;
  }

  private static ValueException notUuid(String text) {
    return new ValueException(ValueKinds.of(text) + " is not a UUID; UUID takes " + NEEDED);
  }
}
