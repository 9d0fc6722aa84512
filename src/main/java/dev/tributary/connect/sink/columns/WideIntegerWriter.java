package dev.tributary.connect.sink.columns;

import java.math.BigInteger;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/** Int128, Int256, UInt128 and UInt256; takes what {@link IntegerWriter} takes. */
final class WideIntegerWriter extends FixedWidthWriter {

  private final boolean signed;

  WideIntegerWriter(String type, int width, boolean signed) {
    super(type, width);
    this.signed = signed;
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    if (Integers.isLong(value) && (signed || ((Number) value).longValue() >= 0)) {
      data.putWide(((Number) value).longValue(), width);
      return;
    }
    BigInteger integer = Integers.of(Integers.withoutBits(value, schema), columnType());
    int bits = width * 8;
    if (signed ? integer.bitLength() >= bits : integer.signum() < 0 || integer.bitLength() > bits) {
      throw ValueException.outOfRange(
          value,
          columnType(),
          signed ? "-2^" + (bits - 1) + "..2^" + (bits - 1) + "-1" : "0..2^" + bits + "-1");
    }
    data.putWide(integer, width);
  }
}
