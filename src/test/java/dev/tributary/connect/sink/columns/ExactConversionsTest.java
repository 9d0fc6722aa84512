package dev.tributary.connect.sink.columns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Conversions that are right for nearly all values, and for the others only with care. */
class ExactConversionsTest {

  private static float bfloat16(Object value) {
    ColumnWriter column = Cells.column("BFloat16");
    column.append(value);
    byte[] bytes = Cells.bytes(column);
    return Float.intBitsToFloat((bytes[1] << 24) | ((bytes[0] & 0xFF) << 16));
  }

  /** No neighbour is nearer, and of two that are as near it is the even one. */
  private static void assertNearest(BigDecimal exact, Object value) {
    float found = bfloat16(value);
    int bits = Float.floatToIntBits(found) >>> 16;
    BigDecimal off = exact.subtract(new BigDecimal(found)).abs();
    for (int neighbour : new int[] {bits - 1, bits + 1}) {
      BigDecimal other =
          exact.subtract(new BigDecimal(Float.intBitsToFloat(neighbour << 16))).abs();
      assertThat(off.compareTo(other))
          .as("%s as %s", exact, found)
          .isLessThanOrEqualTo((bits & 1) == 0 ? 0 : -1);
    }
  }

  @Test
  void a_bfloat16_is_the_nearest_however_near_the_number_is_to_the_middle_of_two() {
    Random random = new Random(8);
    for (int i = 0; i < 20_000; i++) {
      int bits = (0x3000 + random.nextInt(0x1800)) << 16; // neither zero nor infinite
      BigDecimal middle = new BigDecimal(Float.intBitsToFloat(bits | 0x8000));
      BigDecimal off =
          new BigDecimal(BigInteger.valueOf(random.nextInt(3) - 1), random.nextInt(60) + 10);
      BigDecimal exact = random.nextBoolean() ? middle.add(off) : middle.add(off).negate();
      assertNearest(exact, exact);
      assertNearest(exact, exact.toString());
      assertNearest(new BigDecimal(exact.doubleValue()), exact.doubleValue());
      assertNearest(new BigDecimal(exact.floatValue()), exact.floatValue());
    }
    assertThat(bfloat16(1.0039062501)).isEqualTo(1.0078125f);
    assertThat(bfloat16((1L << 60) + (1L << 52) + 1)).isEqualTo(0x1.02p60f);
    assertThat(bfloat16(Double.NEGATIVE_INFINITY)).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(bfloat16(new BigDecimal("-1e-999999999"))).isZero();
    assertThat(Cells.refusal("BFloat16", 3.4e38)).contains("infinite");
    assertThat(Cells.refusal("BFloat16", "-1e39")).contains("infinite");
  }

  @ParameterizedTest
  @CsvSource({
    "12345678.5, 12345678.5",
    "12345678.0, 12345678.0",
    "1.0E-4, 0.0001",
    "5.0, 5.0",
    "-0.0, -0.0",
    "1.0E21, 1000000000000000000000.0",
    "-1.2345E-9, -0.0000000012345",
    "NaN, NaN"
  })
  void a_double_in_text_has_no_exponent(double number, String text) {
    assertThat(Cells.hex("String", number)).isEqualTo(Cells.hex("String", text));
  }

  @Test
  void a_float_or_double_in_text_is_the_same_number() {
    Random random = new Random(4);
    for (int i = 0; i < 5_000; i++) {
      double number = Double.longBitsToDouble(random.nextLong());
      float small = Float.intBitsToFloat(random.nextInt());
      if (Double.isFinite(number) && Float.isFinite(small)) {
        assertThat(Double.parseDouble(text(number))).isEqualTo(number);
        assertThat(Float.parseFloat(text(small))).isEqualTo(small);
        assertThat(text(number) + text(small)).doesNotContain("E");
      }
    }
  }

  private static String text(Object number) {
    Bytes encoded = new Texts().encode(number, null, "String");
    return new String(encoded.array(), 0, encoded.size(), java.nio.charset.StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SHOP", "HELP", "P", "-P", "+P", "5 P", "12PT5M", "-xPT5M", "xPT5M", "PPT5M", "PT", "P T5M",
        " PT5M", "PT5M ", "--PT5M", "P1", "P1M1", "PT5", "PTT5M"
      })
  void what_is_no_duration_is_no_interval(String text) {
    assertThat(Cells.refusal("IntervalMinute", text)).contains("IntervalMinute");
  }

  @ParameterizedTest
  @CsvSource({"PT5M, 5", "-PT5M, -5", "+PT5M, 5", "P1DT5M, 1445", "-P1DT5M, -1445", "PT-5M, -5"})
  void a_duration_is_its_minutes(String text, long minutes) {
    assertThat(Cells.hex("IntervalMinute", text)).isEqualTo(Cells.hex("IntervalMinute", minutes));
  }

  @Test
  void decimals_that_are_rounded_are_rounded_whatever_their_scale() {
    ColumnOptions rounds = ColumnOptions.of("c", ZoneOffset.UTC, true, false, TimeFormats.none());
    Random random = new Random(2);
    for (int i = 0; i < 5_000; i++) {
      BigDecimal number =
          new BigDecimal(BigInteger.valueOf(random.nextInt(2_000) - 1_000), random.nextInt(12));
      ColumnWriter column = ColumnWriter.create("Decimal(9, 2)", rounds);
      column.append(number);
      long unscaled =
          ByteBuffer.wrap(Cells.bytes(column)).order(java.nio.ByteOrder.LITTLE_ENDIAN).getInt();
      assertThat(unscaled)
          .as(number.toString())
          .isEqualTo(
              number.setScale(2, java.math.RoundingMode.HALF_UP).unscaledValue().longValue());
    }
    ColumnWriter column = ColumnWriter.create("Decimal(9, 2)", rounds);
    column.append(new BigDecimal("1e-999999999"));
    column.append(new BigDecimal("-9e-60000000"));
    assertThat(Cells.bytes(column)).containsOnly(0);
  }

  @Test
  void a_shape_whose_parts_are_no_points_is_refused() {
    for (Object coordinates : List.of(List.of(1), List.of(List.of(1)), List.of(), List.of("x"))) {
      for (String type : List.of("Polygon", "LineString", "Ring", "Point", "MultiPolygon")) {
        Object value = Map.of("type", type, "coordinates", coordinates);
        for (String column : List.of("Ring", "Point", "Geometry")) {
          Throwable thrown = catchThrowable(() -> Cells.column(column).append(value));
          assertThat(thrown == null || thrown instanceof ValueException)
              .as("%s into %s: %s", value, column, thrown)
              .isTrue();
        }
      }
    }
    List<?> closed = List.of(List.of(0, 0), List.of(1, 1.5), List.of(0.0, new BigDecimal("0.00")));
    Object line = Map.of("type", "LineString", "coordinates", closed);
    assertThat(Cells.hex("Ring", line)).isEqualTo(Cells.hex("Ring", closed));
  }

  @Test
  void parts_of_a_shape_have_no_parts_in_well_known_binary() {
    ByteBuffer nested = ByteBuffer.allocate(18).put((byte) 0).putInt(6).putInt(1);
    nested.put((byte) 0).putInt(6).putInt(0);

    assertThat(Cells.refusal("MultiPolygon", nested.array()))
        .contains("18 bytes that are no well-known binary");
  }

  @Test
  void half_a_surrogate_pair_is_refused_also_in_json_text() {
    for (String type : List.of("Map(String, String)", "Array(String)", "Tuple(a String)", "JSON")) {
      String json = type.startsWith("Array") ? "[\"\ud800\"]" : "{\"a\":\"\udc00\"}";
      assertThat(Cells.refusal(type, json)).contains("holds half a surrogate pair");
    }
    assertThat(Cells.refusal("JSON", Map.of("a", "\ud800"))).contains("half a surrogate pair");
  }
}
