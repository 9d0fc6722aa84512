package dev.tributary.connect.sink.columns;

import static dev.tributary.connect.sink.columns.Cells.bytes;
import static dev.tributary.connect.sink.columns.Cells.column;
import static dev.tributary.connect.sink.columns.Cells.hex;
import static dev.tributary.connect.sink.columns.Cells.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.BigRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Float32, Float64, Bool and Decimal. */
class NumberWritersTest {

  @Test
  void decimalsAreRoundedOnRequestAndOnlyAfterThePoint() {
    ColumnWriter column =
        ColumnWriter.create(
            "Decimal(4, 2)", new ColumnOptions(ZoneOffset.UTC, true, false, TimeFormat.USUAL));
    for (String text : List.of("1.005", "-1.005", "1.004999", "99.994")) {
      column.append(text);
    }
    assertThat(Cells.hex(column)).isEqualTo("65000000" + "9bffffff" + "64000000" + "0f270000");
    for (String text : List.of("99.995", "-99.995", "100")) {
      assertThatThrownBy(() -> column.append(text))
          .isInstanceOf(ValueException.class)
          .hasMessageContaining("the most is 2 digits before the point");
    }
    assertThat(column.rows()).isEqualTo(4);
  }

  private static double float64(Object value) {
    ColumnWriter column = column("Float64");
    column.append(value);
    return ByteBuffer.wrap(bytes(column)).order(ByteOrder.LITTLE_ENDIAN).getDouble();
  }

  private static float float32(Object value) {
    ColumnWriter column = column("Float32");
    column.append(value);
    return ByteBuffer.wrap(bytes(column)).order(ByteOrder.LITTLE_ENDIAN).getFloat();
  }

  @Test
  void floatsTakeTheNearestValueOfAnyNumber() {
    assertThat(float64(0.1)).isEqualTo(0.1);
    assertThat(float64(0.1f)).isEqualTo((double) 0.1f);
    assertThat(float64(new BigDecimal("0.1"))).isEqualTo(0.1);
    assertThat(float64("1e-400")).isZero();
    assertThat(float64(Long.MAX_VALUE)).isEqualTo(0x1p63);
    assertThat(float64(BigInteger.TWO.pow(100))).isEqualTo(0x1p100);
    assertThat(float64(-0.0)).isEqualTo(-0.0);
    assertThat(float32(0.1)).isEqualTo(0.1f);
    assertThat(float32("16777217.0000001")).isEqualTo(16777218f);
    assertThat(float32((byte) 3)).isEqualTo(3f);
  }

  @ParameterizedTest
  @CsvSource({
    "NaN,NaN",
    "nan,NaN",
    "inf,Infinity",
    "+Inf,Infinity",
    "-INF,-Infinity",
    "Infinity,Infinity",
    "-infinity,-Infinity"
  })
  void floatsTakeTheSpecialValuesAlsoAsText(String text, Double expected) {
    assertThat(float64(text)).isEqualTo(expected);
    assertThat(float64(expected)).isEqualTo(expected);
    assertThat(float32(text)).isEqualTo((Float) expected.floatValue());
    assertThat(float32(expected)).isEqualTo((Float) expected.floatValue());
    assertThat(float32(expected.floatValue())).isEqualTo((Float) expected.floatValue());
  }

  @Test
  void nothingFiniteBecomesInfinite() {
    for (Object value : List.of("1e309", new BigDecimal("-1e309"), BigInteger.TEN.pow(309))) {
      assertThat(refusal("Float64", value)).contains("it would become infinite");
    }
    for (Object value : List.of(3.5e38, -Double.MAX_VALUE, "3.5e38", BigInteger.TEN.pow(39))) {
      assertThat(refusal("Float32", value)).contains("it would become infinite");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " 1", "1f", "0x1p3", "1,5", "Infinit", "--1"})
  void floatsRefuseOtherText(String text) {
    assertThat(refusal("Float64", text)).contains("does not suit Float64");
    assertThat(refusal("Float32", text)).contains("does not suit Float32");
  }

  @Test
  void floatsRefuseWhatIsNoNumber() {
    for (Object value : List.of(true, new byte[8], List.of(), Map.of())) {
      refusal("Float64", value);
      refusal("Float32", value);
    }
  }

  @Test
  void boolTakesTruthValuesOnly() {
    assertThat(hex("Bool", true, false, 1L, 0, 1.0, BigDecimal.ZERO, "true", "False"))
        .isEqualTo("0100010001000100");
    for (Object value : List.of(2, -1, 0.5, "1", "yes", "", new byte[1], List.of())) {
      refusal("Bool", value);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Decimal(1),9",
    "'Decimal(9, 2)',9999999.99",
    "'Decimal(9, 9)',0.999999999",
    "'Decimal(10, 0)',9999999999",
    "'Decimal(18, 3)',999999999999999.999",
    "'Decimal(19, 3)',9999999999999999.999",
    "'Decimal(38, 38)',0.99999999999999999999999999999999999999",
    "'Decimal(39, 0)',999999999999999999999999999999999999999",
    "'Decimal(76, 1)',999999999999999999999999999999999999999999999999999999999999999999999999999.9"
  })
  void decimalsTakeTheirLimitsAndNothingBeyond(String type, String limit) {
    BigDecimal max = new BigDecimal(limit);
    BigDecimal step = BigDecimal.ONE.movePointLeft(max.scale());
    for (BigDecimal number : List.of(max, max.negate())) {
      assertThat(hex(type, number)).isEqualTo(expected(type, number.unscaledValue()));
      assertThat(hex(type, number.toString())).isEqualTo(expected(type, number.unscaledValue()));
    }
    assertThat(refusal(type, max.add(step))).contains("digits before the point");
    assertThat(refusal(type, max.add(step).negate().toString()))
        .contains("digits before the point");
    assertThat(refusal(type, step.movePointLeft(1))).contains("beyond the column's scale");
  }

  @Test
  void decimalsOfWholeNumbersStayInRange() {
    assertThat(hex("Decimal(9, 2)", 9999999L)).isEqualTo("9cc99a3b");
    assertThat(refusal("Decimal(9, 2)", 10_000_000L)).contains("7 digits before the point");
    assertThat(refusal("Decimal(18, 2)", Long.MIN_VALUE)).contains("digits before the point");
    assertThat(refusal("Decimal(9, 9)", 1)).contains("0 digits before the point");
    assertThat(hex("Decimal(9, 9)", 0)).isEqualTo("00000000");
  }

  @Test
  void decimalsTakeADoubleAsItsShortestText() {
    assertThat(hex("Decimal(9, 1)", 0.1, -2.5f, 1e3))
        .isEqualTo("01000000" + "e7ffffff" + "10270000");
    assertThat(refusal("Decimal(9, 1)", 0.15)).contains("beyond the column's scale of 1");
    assertThat(refusal("Decimal(9, 1)", Double.NaN)).contains("not finite");
    assertThat(refusal("Decimal(9, 1)", Float.NEGATIVE_INFINITY)).contains("not finite");
  }

  @Test
  void zerosBeyondTheScaleAreNoDigits() {
    assertThat(hex("Decimal(9, 1)", "1.5000000000", new BigDecimal("0E-2000000000")))
        .isEqualTo("0f000000" + "00000000");
    assertThat(refusal("Decimal(76, 1)", new BigDecimal("1e2000000000"))).contains("digits");
    assertThat(refusal("Decimal(76, 1)", new BigDecimal("1e-2000000000"))).contains("digits");
  }

  @Test
  void decimalsRefuseWhatIsNoNumber() {
    for (Object value : List.of(true, "1,5", "", "NaN", new byte[4], List.of(), Map.of())) {
      assertThat(refusal("Decimal(9, 1)", value)).contains("does not suit");
    }
  }

  @Property
  void everyDecimalArrivesOrIsRefused(
      @ForAll @BigRange(min = "-1e40", max = "1e40") BigDecimal number,
      @ForAll @IntRange(min = 1, max = 76) int precision,
      @ForAll @IntRange(min = 0, max = 20) int scale) {
    if (scale > precision) {
      return;
    }
    String type = "Decimal(" + precision + ", " + scale + ")";
    BigDecimal shifted = number.movePointRight(scale);
    boolean fits =
        shifted.abs().compareTo(BigDecimal.TEN.pow(precision)) < 0
            && shifted.stripTrailingZeros().scale() <= 0;
    if (fits) {
      assertThat(hex(type, number)).isEqualTo(expected(type, shifted.toBigIntegerExact()));
    } else {
      refusal(type, number);
    }
  }

  private static String expected(String type, BigInteger unscaled) {
    int precision = Integer.parseInt(type.replaceAll("Decimal\\((\\d+).*", "$1"));
    int width = precision <= 9 ? 4 : precision <= 18 ? 8 : precision <= 38 ? 16 : 32;
    StringBuilder hex = new StringBuilder();
    for (int i = 0; i < width; i++) {
      hex.append(String.format("%02x", unscaled.shiftRight(8 * i).intValue() & 0xFF));
    }
    return hex.toString();
  }
}
