package dev.tributary.connect.sink.columns;

import static dev.tributary.connect.sink.columns.Cells.bytes;
import static dev.tributary.connect.sink.columns.Cells.column;
import static dev.tributary.connect.sink.columns.Cells.date;
import static dev.tributary.connect.sink.columns.Cells.hex;
import static dev.tributary.connect.sink.columns.Cells.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** String and FixedString. */
class TextWritersTest {

  private static String text(Object value, @Nullable Schema schema) {
    ColumnWriter column = column("String");
    column.append(value, schema);
    byte[] bytes = bytes(column);
    int at = 0;
    while (bytes[at++] < 0) {}
    return new String(bytes, at, bytes.length - at, StandardCharsets.UTF_8);
  }

  private static String text(Object value) {
    return text(value, null);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 63, 64, 127, 128, 129, 5461, 8191, 8192, 16383, 16384, 1 << 20})
  void lengthsAroundTheBordersOfTheirEncoding(int length) {
    for (String unit : List.of("a", "ä", "日", "\uD83D\uDE00")) {
      String text = unit.repeat(length);
      ColumnWriter column = column("String");
      column.append("before");
      column.append(text);
      column.append(text + "z");
      assertThat(bytes(column)).isEqualTo(sized("before", text, text + "z"));
    }
  }

  @Property
  void everyTextIsItsUtf8(@ForAll List<String> texts) {
    ColumnWriter column = column("String");
    List<String> valid = new ArrayList<>();
    for (String text : texts) {
      if (StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
        column.append(text);
        valid.add(text);
      } else {
        assertThat(refusal("String", text)).contains("half a surrogate pair");
      }
    }
    assertThat(bytes(column)).isEqualTo(sized(valid.toArray(new String[0])));
  }

  @Test
  void halfASurrogatePairIsRefused() {
    for (String text :
        List.of("\uD83D", "\uDE00", "a\uD83Da", "\uDE00\uD83D", "\uD83D\uD83D\uDE00")) {
      assertThat(refusal("String", text)).contains("half a surrogate pair");
      assertThat(refusal("FixedString(9)", text)).contains("half a surrogate pair");
    }
  }

  /** JSON has a form for it that loses nothing. */
  @Test
  void halfASurrogatePairInJsonStaysAnEscape() {
    String pair = "\uD83D\uDE00";
    assertThat(text(List.of("\uD83D", "a\uDE00a", pair)))
        .isEqualTo("[\"\\uD83D\",\"a\\uDE00a\",\"" + pair + "\"]");
    assertThat(text(Map.of("\uDE00\uD83D", 1))).isEqualTo("{\"\\uDE00\\uD83D\":1}");
  }

  @Test
  void numbersAndBooleansInPlain() {
    assertThat(text(42L)).isEqualTo("42");
    assertThat(text((byte) -1)).isEqualTo("-1");
    assertThat(text(1.5)).isEqualTo("1.5");
    assertThat(text(0.1f)).isEqualTo("0.1");
    assertThat(text(true)).isEqualTo("true");
    assertThat(text(BigInteger.TWO.pow(100))).isEqualTo("1267650600228229401496703205376");
    assertThat(text(new BigDecimal("1.20E+5"))).isEqualTo("120000");
    assertThat(text(new BigDecimal("1.20"))).isEqualTo("1.20");
    assertThat(text(new BigDecimal("1E+2000000000"))).isEqualTo("1E+2000000000");
  }

  @Test
  void bytesAsTheyAre() {
    byte[] bytes = {0, -1, 65};
    assertThat(hex("String", bytes)).isEqualTo("0300ff41");
    ByteBuffer buffer = ByteBuffer.wrap(new byte[] {9, 0, -1, 65, 9}, 1, 3);
    assertThat(hex("String", buffer, buffer.slice().asReadOnlyBuffer()))
        .isEqualTo("0300ff410300ff41");
    assertThat(buffer.position()).isEqualTo(1);
  }

  @Test
  void listsAndMapsAsJson() {
    Map<Object, Object> map = new LinkedHashMap<>();
    map.put("text", "q\"\\\n\u0001ü\uD83D\uDE00");
    map.put("long", Long.MIN_VALUE);
    map.put("big", BigInteger.TWO.pow(70));
    map.put("decimal", new BigDecimal("0.10"));
    map.put("double", 1.0);
    map.put("nothing", null);
    map.put(7, List.of(true, new byte[] {1, 2}, ByteBuffer.wrap(new byte[] {3})));
    map.put("when", date("2024-02-29T10:15:30.120Z"));
    map.put("empty", Map.of());
    assertThat(text(map))
        .isEqualTo(
            "{\"text\":\"q\\\"\\\\\\n\\u0001ü\uD83D\uDE00\",\"long\":-9223372036854775808,"
                + "\"big\":1180591620717411303424,\"decimal\":0.10,\"double\":1.0,\"nothing\":null,"
                + "\"7\":[true,\"AQI=\",\"Aw==\"],\"when\":\"2024-02-29T10:15:30.12Z\",\"empty\":{}}");
    assertThat(text(List.of())).isEqualTo("[]");
  }

  @Test
  void structsAsJsonInTheOrderOfTheirFields() {
    Schema inner = SchemaBuilder.struct().field("t", Time.SCHEMA).build();
    Schema schema =
        SchemaBuilder.struct()
            .field("z", Schema.INT8_SCHEMA)
            .field("d", org.apache.kafka.connect.data.Date.SCHEMA)
            .field("a", SchemaBuilder.array(Timestamp.SCHEMA).build())
            .field("m", SchemaBuilder.map(Schema.STRING_SCHEMA, inner).build())
            .field("o", Schema.OPTIONAL_STRING_SCHEMA)
            .build();
    Struct struct =
        new Struct(schema)
            .put("z", (byte) 1)
            .put("d", date("2024-02-29T00:00:00Z"))
            .put("a", List.of(date("1970-01-01T00:00:00Z")))
            .put("m", Map.of("k", new Struct(inner).put("t", date("1970-01-01T01:02:03.004Z"))));
    assertThat(text(struct, schema))
        .isEqualTo(
            "{\"z\":1,\"d\":\"2024-02-29\",\"a\":[\"1970-01-01T00:00:00Z\"],"
                + "\"m\":{\"k\":{\"t\":\"01:02:03.004\"}},\"o\":null}");
  }

  @Test
  void logicalTimesAsIso8601() {
    java.util.Date date = date("1969-12-31T00:00:00Z");
    assertThat(text(date)).isEqualTo("1969-12-31T00:00:00Z");
    assertThat(text(date, Timestamp.SCHEMA)).isEqualTo("1969-12-31T00:00:00Z");
    assertThat(text(date, org.apache.kafka.connect.data.Date.SCHEMA)).isEqualTo("1969-12-31");
    assertThat(text(date("1970-01-01T00:00:00.001Z"), Time.SCHEMA)).isEqualTo("00:00:00.001");
  }

  @Test
  void afterAFailureInTheMiddleOfJsonTheNextRowIsWhole() {
    ColumnWriter column = column("String");
    column.append(List.of(1));
    for (Object bad :
        List.of(
            List.of(1, new Object()),
            Map.of("a", List.of(1, new Object())),
            Collections.singletonMap(null, 1),
            Map.of(List.of(), 1))) {
      try {
        column.append(bad);
        throw new AssertionError("taken");
      } catch (ValueException expected) {
        assertThat(expected).hasMessageContaining("JSON");
      }
    }
    column.append(Arrays.asList("x", null));
    assertThat(bytes(column)).isEqualTo(sized("[1]", "[\"x\",null]"));
  }

  @Test
  void nestingWithoutEndIsRefused() {
    Object value = "end";
    for (int i = 0; i < 2000; i++) {
      value = List.of(value);
    }
    assertThat(refusal("String", value)).contains("nested too deep");
  }

  @Test
  void refusesWhatHasNoText() {
    assertThat(refusal("String", new Object()))
        .isEqualTo(
            "an object of java.lang.Object does not suit String, which takes text, bytes, numbers, booleans, dates, lists, maps and structs");
  }

  @Test
  void fixedStringIsFilledUpAndNeverCut() {
    assertThat(hex("FixedString(3)", "", "a", "ä", "abc", new byte[] {1, 2, 3}, 42))
        .isEqualTo("000000" + "610000" + "c3a400" + "616263" + "010203" + "343200");
    assertThat(refusal("FixedString(3)", "abcd"))
        .isEqualTo(
            "a string of 4 characters is out of the range of FixedString(3): its text has 4 bytes,"
                + " the most is 3");
    assertThat(refusal("FixedString(3)", "ää")).contains("4 bytes");
    assertThat(refusal("FixedString(3)", new byte[4])).contains("4 bytes");
  }

  @Test
  void rowsAreTakenBackAndForgotten() {
    ColumnWriter column = column("String");
    column.append("one");
    column.append("two");
    column.append(List.of("three"));
    column.truncate(1);
    column.append("ö");
    assertThat(bytes(column)).isEqualTo(sized("one", "ö"));
    column.truncate(0);
    column.append("x");
    assertThat(bytes(column)).isEqualTo(sized("x"));
    column.clear();
    column.appendDefault();
    assertThat(bytes(column)).isEqualTo(sized(""));
  }

  /** Independent of the writers: length in LEB128, then UTF-8. */
  private static byte[] sized(String... texts) {
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    for (String text : texts) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      int length = utf8.length;
      for (; length > 127; length /= 128) {
        out.write(length % 128 + 128);
      }
      out.write(length);
      out.writeBytes(utf8);
    }
    return out.toByteArray();
  }
}
