package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import java.math.BigInteger;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Int8 to Int64 and UInt8 to UInt64.
 *
 * <p>Takes every number that is whole and in range, however it is delivered, and its decimal text.
 * A double beyond 2^53 (a float beyond 2^24) is refused: what the producer wrote may have been
 * another number. Booleans go into the one-byte types, ClickHouse's older way to keep them.
 */
final class IntegerWriter extends FixedWidthWriter {

  private final boolean signed;
  private final long min;
  private final long max;
  private final String range;

  IntegerWriter(String type, int width, boolean signed) {
    super(type, width);
    int bits = width * 8;
    this.signed = signed;
    this.min = signed ? -1L << (bits - 1) : 0;
    this.max = (signed || bits == 64) ? -1L >>> (signed ? 65 - bits : 1) : (1L << bits) - 1;
    this.range = min + ".." + (bits == 64 && !signed ? "18446744073709551615" : max);
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    if (Integers.isLong(value)) {
      putInRange(((Number) value).longValue(), value);
    } else if (value instanceof Boolean flag && width == 1) {
      data.putByte(flag ? 1 : 0);
    } else {
      appendOther(Integers.withoutBits(value, schema));
    }
  }

  @Override
  boolean appendJson(JsonSlice slice) {
    long number = slice.smallInteger();
    if (number == JsonSlice.NOT_SMALL || number < min || number > max) {
      return false;
    }
    putNumber(number);
    return true;
  }

  private void appendOther(Object value) {
    if (value instanceof String text) {
      long small = NumberText.smallInteger(text);
      if (small != NumberText.NOT_SMALL) {
        putInRange(small, value);
        return;
      }
    }
    BigInteger integer = Integers.of(value, columnType());
    if (signed
        ? integer.bitLength() >= width * 8
        : integer.signum() < 0 || integer.bitLength() > width * 8) {
      throw ValueException.outOfRange(value, columnType(), range);
    }
    putNumber(integer.longValue());
  }

  private void putInRange(long number, Object value) {
    if (number < min || number > max) {
      throw ValueException.outOfRange(value, columnType(), range);
    }
    putNumber(number);
  }
}
