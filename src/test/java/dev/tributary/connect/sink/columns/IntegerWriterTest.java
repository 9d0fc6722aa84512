package dev.tributary.connect.sink.columns;

import static dev.tributary.connect.sink.columns.Cells.column;
import static dev.tributary.connect.sink.columns.Cells.date;
import static dev.tributary.connect.sink.columns.Cells.hex;
import static dev.tributary.connect.sink.columns.Cells.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.BigRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class IntegerWriterTest {

  private static final BigInteger ONE = BigInteger.ONE;

  static Stream<Arguments> limits() {
    return Stream.of(8, 16, 32, 64, 128, 256)
        .flatMap(
            bits -> {
              BigInteger half = ONE.shiftLeft(bits - 1);
              BigInteger whole = ONE.shiftLeft(bits);
              return Stream.of(
                  Arguments.of("Int" + bits, bits, half.negate(), half.subtract(ONE)),
                  Arguments.of("UInt" + bits, bits, BigInteger.ZERO, whole.subtract(ONE)));
            });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("limits")
  void takesItsLimitsInEveryFormAndNothingBeyond(
      String type, int bits, BigInteger min, BigInteger max) {
    for (BigInteger limit : List.of(min, max)) {
      String expected = littleEndian(limit, bits);
      assertThat(hex(type, limit)).isEqualTo(expected);
      assertThat(hex(type, new BigDecimal(limit))).isEqualTo(expected);
      assertThat(hex(type, new BigDecimal(limit).stripTrailingZeros())).isEqualTo(expected);
      assertThat(hex(type, new BigDecimal(limit).setScale(3))).isEqualTo(expected);
      assertThat(hex(type, limit.toString())).isEqualTo(expected);
      assertThat(hex(type, limit + ".00")).isEqualTo(expected);
      if (limit.bitLength() < 64) {
        assertThat(hex(type, limit.longValue())).isEqualTo(expected);
      }
    }
    for (BigInteger beyond : List.of(min.subtract(ONE), max.add(ONE))) {
      assertThat(refusal(type, beyond)).contains("out of the range of " + type);
      assertThat(refusal(type, beyond.toString())).contains("out of the range of " + type);
      assertThat(refusal(type, new BigDecimal(beyond))).contains("out of the range of " + type);
      if (beyond.bitLength() < 64) {
        assertThat(refusal(type, beyond.longValue())).contains("out of the range of " + type);
      }
    }
  }

  @Property
  void everyIntegerArrivesOrIsRefused(
      @ForAll
          @BigRange(
              min =
                  "-231584178474632390847141970017375815706539969331281128078915168015826259279872",
              max =
                  "231584178474632390847141970017375815706539969331281128078915168015826259279872")
          BigInteger number) {
    limits()
        .forEach(
            arguments -> {
              Object[] a = arguments.get();
              boolean fits =
                  number.compareTo((BigInteger) a[2]) >= 0
                      && number.compareTo((BigInteger) a[3]) <= 0;
              if (fits) {
                assertThat(hex((String) a[0], number)).isEqualTo(littleEndian(number, (int) a[1]));
              } else {
                refusal((String) a[0], number);
              }
            });
  }

  @Test
  void wholeFloatingPointNumbersUpToWhereTheyAreExact() {
    assertThat(hex("Int64", 9007199254740992.0, -0.0, 5.0f))
        .isEqualTo("0000000000002000" + "0000000000000000" + "0500000000000000");
    assertThat(refusal("Int64", 9007199254740994.0)).contains("too large to be exact");
    assertThat(refusal("UInt256", 1e30)).contains("too large to be exact");
    assertThat(refusal("Int64", 16777218f)).contains("too large to be exact");
    assertThat(refusal("Int32", 1.5)).contains("not a whole number");
    assertThat(refusal("Int32", Double.NaN)).contains("not a whole number");
    assertThat(refusal("Int32", Double.POSITIVE_INFINITY)).contains("not a whole number");
    assertThat(refusal("Int32", new BigDecimal("0.5"))).contains("not a whole number");
  }

  @ParameterizedTest
  @CsvSource({
    "0,00",
    "-0,00",
    "+7,07",
    "127,7f",
    "1e2,64",
    "1270E-1,7f",
    ".0,00",
    "0000000000000000000000000005,05"
  })
  void takesDecimalText(String text, String expected) {
    assertThat(hex("Int8", text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "''",
    "' 1'",
    "'1 '",
    "-",
    "+",
    ".",
    "1_0",
    "0x10",
    "1e",
    "e1",
    "١",
    "1d",
    "NaN",
    "true",
    "1e9999999"
  })
  void refusesOtherText(String text) {
    assertThat(refusal("Int64", text)).contains("a string of " + text.length() + " character");
  }

  @Test
  void hugeExponentsCostNothing() {
    assertThat(refusal("UInt256", "1e999999")).contains("out of the range");
    assertThat(refusal("UInt256", new BigDecimal("1e2000000000"))).contains("out of the range");
    assertThat(refusal("UInt256", new BigDecimal("1e-2000000000"))).contains("not a whole number");
    assertThat(hex("Int128", new BigDecimal("12e20")))
        .isEqualTo(littleEndian(BigInteger.TEN.pow(20).multiply(BigInteger.valueOf(12)), 128));
    assertThat(hex("UInt8", new BigDecimal("0e2000000000"))).isEqualTo("00");
  }

  @Test
  void booleansOnlyIntoOneByte() {
    assertThat(hex("UInt8", true, false)).isEqualTo("0100");
    assertThat(hex("Int8", true)).isEqualTo("01");
    assertThat(refusal("UInt16", true))
        .isEqualTo("a boolean does not suit UInt16, which takes integers, also as decimal text");
  }

  @Test
  void refusesWhatIsNoNumber() {
    for (Object value :
        List.of(
            new byte[] {1},
            ByteBuffer.allocate(1),
            List.of(1),
            Map.of(),
            date("1970-01-01T00:00:00Z"),
            new Object())) {
      assertThat(refusal("Int64", value)).contains("does not suit Int64");
      assertThat(refusal("Int128", value)).contains("does not suit Int128");
    }
  }

  @Test
  void nullSaysWhatToDo() {
    assertThat(refusal("UInt8", null))
        .isEqualTo(
            "null, and UInt8 is not Nullable: make the column Nullable or set null.as.default=true");
  }

  @Test
  void messagesNeverHoldTheValue() {
    assertThat(refusal("UInt8", 300))
        .isEqualTo("an integer (Integer) is out of the range of UInt8: 0..255");
    assertThat(refusal("UInt64", -1L)).contains("0..18446744073709551615");
    assertThat(refusal("UInt8", "secret")).doesNotContain("secret");
  }

  @Test
  void rowsAreTakenBackAndForgotten() {
    ColumnWriter column = column("Int16");
    column.append(1);
    column.append(2);
    column.append(3);
    column.truncate(1);
    column.append(4);
    assertThat(hex(column)).isEqualTo("01000400");
    assertThat(column.bytes()).isEqualTo(4);
    column.clear();
    assertThat(column.rows()).isZero();
    column.append(5);
    assertThat(hex(column)).isEqualTo("0500");
  }

  private static String littleEndian(BigInteger value, int bits) {
    StringBuilder hex = new StringBuilder();
    for (int i = 0; i < bits / 8; i++) {
      hex.append(String.format("%02x", value.shiftRight(8 * i).intValue() & 0xFF));
    }
    return hex.toString();
  }
}
