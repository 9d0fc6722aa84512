package dev.tributary.connect.sink.columns;

import static dev.tributary.connect.sink.columns.Cells.column;
import static dev.tributary.connect.sink.columns.Cells.hex;
import static dev.tributary.connect.sink.columns.Cells.refusal;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.json.JsonReader;
import dev.tributary.foreign.MatrixConverter;
import dev.tributary.foreign.MatrixConverter.Case;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What travels for a path with a type of its own is what a column of that type holds. */
class TypedPathsTest {

  private static final int RANDOM_COLUMNS = Integer.getInteger("tributary.random.columns", 2000);

  private static final JsonReader READER = new JsonReader();

  /** The text that travels for the only row of a JSON column. */
  private static String text(ColumnWriter column) {
    byte[] bytes = Cells.bytes(column);
    int at = Long.BYTES;
    while (bytes[at] < 0) {
      at++;
    }
    return new String(bytes, at + 1, bytes.length - at - 1, StandardCharsets.UTF_8);
  }

  private static String text(String type, Object value) {
    ColumnWriter column = column(type);
    column.append(value);
    return text(column);
  }

  private static @Nullable Object at(String json, String... names) {
    Object value = READER.read(json.getBytes(StandardCharsets.UTF_8));
    for (String name : names) {
      value = requireNonNull((Map<?, ?>) value).get(name);
    }
    return value;
  }

  private static String ofPath(String type) {
    return "JSON(`a.b` " + type + ")";
  }

  private static Map<String, Object> inMap(@Nullable Object value) {
    return Map.of("a", Collections.singletonMap("b", value));
  }

  private static Struct inStruct(@Nullable Object value, Schema schema) {
    Schema inner = SchemaBuilder.struct().field("b", schema).build();
    Schema outer = SchemaBuilder.struct().field("a", inner).build();
    return new Struct(outer).put("a", new Struct(inner).put("b", value));
  }

  /** The server chooses a type by itself there, which the writers need not choose as well. */
  private static boolean isServersChoice(String type) {
    return type.contains("Variant") || type.contains("Dynamic") || type.equals("Geometry");
  }

  private static void compare(String type, @Nullable Object value, Object record) {
    ColumnWriter plain = column(type);
    ColumnWriter json = column(ofPath(type));
    String refusal = "";
    try {
      plain.append(value, null);
    } catch (ValueException e) {
      refusal = String.valueOf(e.getMessage());
    }
    compare(type, plain, refusal, json, record);
  }

  private static void compare(
      String type, ColumnWriter plain, String refusal, ColumnWriter json, Object record) {
    String refusalOfJson = "";
    try {
      json.append(record);
    } catch (ValueException e) {
      refusalOfJson = String.valueOf(e.getMessage());
    }
    if (!refusal.isEmpty()) {
      assertThat(refusalOfJson).contains("path a.b: ");
      assertThat(json.rows()).isZero();
      return;
    }
    if (!refusalOfJson.isEmpty()) {
      assertThat(refusalOfJson).containsAnyOf("UTF-8", "without elements", "the server");
      return;
    }
    ColumnWriter again = column(type);
    again.append(at(text(json), "a", "b"));
    boolean isDecoded = !text(json).contains("-0.0"); // a sign of zero is lost when it is decoded
    if (isDecoded && !isServersChoice(type)) {
      assertThat(hex(again)).as(text(json)).isEqualTo(hex(plain));
    }
  }

  @Test
  void every_value_of_the_matrix_travels_as_what_its_column_holds() {
    for (Case one : MatrixConverter.cases()) {
      Object value = one.value().value();
      Schema schema = one.value().schema();
      try {
        compare(one.type(), value, inMap(value));
        if (schema != null && value != null) {
          ColumnWriter plain = column(one.type());
          String refusal = "";
          try {
            plain.append(value, schema);
          } catch (ValueException e) {
            refusal = String.valueOf(e.getMessage());
          }
          compare(one.type(), plain, refusal, column(ofPath(one.type())), inStruct(value, schema));
        }
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(one.value().name() + " into " + one.type(), e);
      }
    }
  }

  @Test
  void random_values_of_random_types_travel_as_what_their_columns_hold() {
    long seed = System.nanoTime();
    RandomColumns random = new RandomColumns(seed);
    for (int i = 0; i < RANDOM_COLUMNS; i++) {
      String type = random.type(3);
      Object value = random.value(ColumnType.parse(type));
      try {
        compare(type, value, inMap(value));
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ", " + type + ", " + value, e);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "Int64|9007199254740993.0|9007199254740993",
        "UInt64|18446744073709551615|18446744073709551615",
        "UInt256|1e38|\"100000000000000000000000000000000000000\"",
        "Decimal(18, 4)|12345678901234.5678|\"12345678901234.5678\"",
        "Float32|0.1|0.10000000149011612",
        "Float64|\"-Infinity\"|\"-inf\"",
        "Float64|\"NaN\"|\"nan\"",
        "DateTime64(3)|1709201730123.0|1709201730123",
        "DateTime64(3)|1e2|100",
        "DateTime64(3)|\"1969-12-31 23:59:59.999\"|-1",
        "DateTime('America/New_York')|\"2024-07-01 10:00:00\"|1719842400",
        "Time|\"10:15:00\"|36900",
        "Time64(3)|36930123.0|36930123",
        "Date|19782|\"2024-02-29\"",
        "Enum8('a' = 1, '1' = 2)|2|\"1\"",
        "Bool|1|true",
        "FixedString(4)|\"ab\"|\"ab\"",
        "String|12.50|\"12.50\"",
        "String|{\"x\":[1]}|\"{\\\"x\\\":[1]}\"",
        "Array(Nullable(Int128))|\"[1, null]\"|[\"1\",null]",
        "Tuple(a Int8, b String)|{\"b\":\"x\"}|[0,\"x\"]",
        "Map(LowCardinality(String), Decimal(9, 2))|{\"k\":1}|{\"k\":\"1.00\"}",
        "JSON(c Decimal(9, 2))|{\"c\":1.5,\"d\":1.5}|{\"c\":\"1.50\",\"d\":1.5}",
        "LowCardinality(Nullable(Date))|null|null",
        "IPv6|\"192.0.2.1\"|\"0:0:0:0:0:ffff:c000:201\"",
        "UUID|\"00112233-4455-6677-8899-AABBCCDDEEFF\"|\"00112233-4455-6677-8899-aabbccddeeff\"",
      })
  void the_form_of_a_value_is_one_that_the_server_reads_alike(
      String type, String given, String travels) {
    String json = "{\"a\":{\"b\":" + given + "}}";
    String expected = "{\"a\":{\"b\":" + travels + "}}";

    assertThat(text(ofPath(type), json)).isEqualTo(expected);
    Object decoded = READER.read(json.getBytes(StandardCharsets.UTF_8));
    assertThat(text(ofPath(type), requireNonNull(decoded))).isEqualTo(expected);
    Object lazy = READER.readLazily(json.getBytes(StandardCharsets.UTF_8));
    assertThat(text(ofPath(type), requireNonNull(lazy))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":{\"b\":{\"c\":?}}}",
        "{\"a.b\":{\"c\":?}}",
        "{\"a\":{\"b.c\":?}}",
        "{\"a.b.c\":?}",
        "{\"a.b\":{\"d\":1},\"a\":{\"b.c\":?}}"
      })
  void a_path_is_found_however_dots_join_its_names(String record) {
    String type = "JSON(`a.b.c` Decimal(18, 4))";

    assertThat(text(type, record.replace("?", "12345678901234.5678")))
        .isEqualTo(record.replace("?", "\"12345678901234.5678\""));
    assertThat(refusal(type, record.replace("?", "0.00001"))).contains(": path a.b.c: ");
  }

  @Test
  void names_may_be_empty_or_like_a_word_of_the_type() {
    String type = "JSON(`.b` UInt8, `SKIP` UInt8, `a.` UInt8, max_dynamic_paths UInt8, SKIP c)";

    for (String record :
        List.of(
            "{\".b\":?}",
            "{\"\":{\"b\":?}}",
            "{\"SKIP\":?}",
            "{\"a.\":?}",
            "{\"a\":{\"\":?}}",
            "{\"max_dynamic_paths\":?}")) {
      assertThat(text(type, record.replace("?", "\"7\""))).isEqualTo(record.replace("?", "7"));
      assertThat(refusal(type, record.replace("?", "1.5"))).contains(": path ");
    }
    assertThat(text(type, "{\"b\":1.5,\"\":{\"\":{\"b\":1.5}},\"c\":{\"d\":\"7\"}}"))
        .isEqualTo("{\"b\":1.5,\"\":{\"\":{\"b\":1.5}},\"c\":{\"d\":\"7\"}}");
  }

  @Test
  void a_path_that_a_record_has_twice_is_refused() {
    assertThat(refusal("JSON(`a.b` UInt8)", "{\"a\":{\"b\":1},\"a.b\":2}"))
        .contains("path a.b: the record has it twice");
    assertThat(refusal("JSON(`a.b.c` UInt8)", "{\"a.b\":{\"c\":1},\"a\":{\"b\":{\"c\":null}}}"))
        .contains("path a.b.c: ");
  }

  @Test
  void an_object_at_a_path_is_refused_if_paths_below_it_have_types_too() {
    String type = "JSON(a Map(String, UInt8), `a.b` UInt8)";

    assertThat(refusal(type, "{\"a\":{\"c\":1}}")).contains("path a: it is an object");
    assertThat(refusal(type, Map.of("a", "{\"b\":1}"))).contains("path a: it is an object");
    assertThat(text(type, "{\"a.b\":\"1\"}")).isEqualTo("{\"a.b\":1}");
    assertThat(text("JSON(a Tuple(b UInt8), `a.b` UInt8)", "{\"a\":{\"b\":\"1\"}}"))
        .isEqualTo("{\"a\":[1]}");
  }

  @Test
  void what_is_absent_stays_absent() {
    String type = "JSON(`a.b` UInt8, c Enum8('x' = 1))";

    for (String record :
        List.of("{}", "{\"a\":5}", "{\"a\":null}", "{\"a\":[{\"b\":1.5}]}", "{\"a\":{\"d\":[]}}")) {
      assertThat(text(type, record)).isEqualTo(record);
    }
    assertThat(refusal(type, "{\"a\":{\"b\":null}}"))
        .contains("path a.b: null, and UInt8 is not Nullable");
    assertThat(text("JSON(a Nullable(UInt8))", "{\"a\":null}")).isEqualTo("{\"a\":null}");
  }

  /** A default of the schema must not take the place of a null. */
  @Test
  void a_null_is_no_default() {
    Schema schema =
        SchemaBuilder.struct()
            .field("a", SchemaBuilder.int8().optional().defaultValue((byte) 7).build())
            .build();

    assertThat(text("JSON(a Nullable(UInt8))", new Struct(schema).put("a", null)))
        .isEqualTo("{\"a\":null}");
  }

  /** Only its schema says that a date is no point in time. */
  @Test
  void values_beside_keep_their_schema() {
    Schema date = org.apache.kafka.connect.data.Date.SCHEMA;
    Schema inner = SchemaBuilder.struct().field("b", Timestamp.SCHEMA).field("d", date).build();
    Schema outer = SchemaBuilder.struct().field("a", inner).field("d", date).build();
    Date time = Cells.date("2024-02-29T10:15:30.123Z");
    Date day = Cells.date("2024-02-29T00:00:00Z");
    Struct struct =
        new Struct(outer).put("a", new Struct(inner).put("b", time).put("d", day)).put("d", day);

    assertThat(text("JSON(`a.b` DateTime64(3), `d.x` UInt8)", struct))
        .isEqualTo("{\"a\":{\"b\":1709201730123,\"d\":\"2024-02-29\"},\"d\":\"2024-02-29\"}");
  }

  @Test
  void a_map_with_a_schema_gives_it_to_its_paths() {
    Schema schema =
        SchemaBuilder.map(
                Schema.STRING_SCHEMA,
                SchemaBuilder.int64().name("io.debezium.time.MicroTimestamp").build())
            .build();
    Schema outer = SchemaBuilder.struct().field("a", schema).build();

    assertThat(
            text(
                ofPath("DateTime64(3)"),
                new Struct(outer).put("a", Map.of("b", 1_709_201_730_123_000L))))
        .isEqualTo("{\"a\":{\"b\":1709201730123}}");
  }

  @Test
  void bytes_are_text_if_they_can_be() {
    byte[] bytes = "é".getBytes(StandardCharsets.UTF_8);

    assertThat(text(ofPath("String"), inMap(bytes))).isEqualTo("{\"a\":{\"b\":\"é\"}}");
    assertThat(refusal(ofPath("String"), inMap(new byte[] {(byte) 0xC3})))
        .endsWith("path a.b: its bytes are not UTF-8, and text in JSON always is");
    assertThat(refusal(ofPath("FixedString(1)"), inMap(Arrays.copyOf(bytes, 1))))
        .contains("not UTF-8");
  }

  @Test
  void a_cut_time_travels_cut() {
    ColumnOptions cuts = new ColumnOptions(java.time.ZoneOffset.UTC, false, true, TimeFormat.USUAL);
    ColumnWriter column = ColumnWriter.create(ofPath("DateTime64(3, 'UTC')"), cuts);
    column.append(inMap("2024-02-29T10:15:30.123987654Z"));

    assertThat(text(column)).isEqualTo("{\"a\":{\"b\":1709201730123}}");
  }

  @Test
  void a_rounded_decimal_travels_rounded() {
    ColumnOptions rounds =
        new ColumnOptions(java.time.ZoneOffset.UTC, true, false, TimeFormat.USUAL);
    ColumnWriter column = ColumnWriter.create(ofPath("Decimal(9, 2)"), rounds);
    column.append(inMap(new BigDecimal("1.005")));

    assertThat(text(column)).isEqualTo("{\"a\":{\"b\":\"1.01\"}}");
  }

  @Test
  void a_refused_record_leaves_no_trace_in_the_next() {
    ColumnWriter column = column("JSON(a Array(UInt8), b UInt8)");
    Map<String, Object> bad = new LinkedHashMap<>();
    bad.put("a", List.of(1, 2));
    bad.put("b", 300);
    try {
      column.append(bad);
    } catch (ValueException expected) {
      assertThat(expected).hasMessageContaining("path b");
    }
    column.append(Map.of("a", List.of(3)));

    assertThat(text(column)).isEqualTo("{\"a\":[3]}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "Variant(Int64, String)|5",
        "Variant(Int64, String)|\"x\"",
        "Variant(Int64, String)|\"5x\"",
        "Variant(Float64, Int64, String)|1.5",
        "Variant(Float64, Int64)|5",
        "Variant(Decimal(18, 4), Float64, Int64)|1.5",
        "Variant(Array(Int64), Array(String), Int64)|[1]",
        "Variant(Date, UUID)|\"2024-02-29\"",
        "Variant(Bool, String)|\"x\"",
        "Variant(Tuple(a Int8), UInt8)|{\"a\":1}",
        "Geometry|[1,2]",
        "Dynamic|5",
        "Dynamic|1.5",
        "Dynamic|18446744073709551615",
        "Dynamic|true",
        "Dynamic|\"order-5\"",
        "Dynamic|\"5\"",
        "Dynamic|\"1.2.3\"",
        "Dynamic|\"-7\"",
        "Dynamic|\"[1,2]\"",
        "Dynamic|\"7 Mainly\"",
        "Dynamic|[1,null]",
        "Dynamic|[]",
        "Dynamic|{\"x\":1}",
        "Dynamic|[{\"x\":1}]",
      })
  void types_that_the_server_cannot_but_choose_are_taken(String type, String given) {
    assertThat(text(ofPath(type), "{\"a\":{\"b\":" + given + "}}")).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "Variant(Int64, String)|\"5\"",
        "Variant(Bool, String)|\"1\"",
        "Variant(Enum8('a' = 1), String)|\"a\"",
        "Variant(FixedString(3), String)|\"abc\"",
        "Variant(String, UUID)|\"00112233-4455-6677-8899-aabbccddeeff\"",
        "Variant(DateTime, String)|\"5\"",
        "Variant(Date, String)|\"Thu, 29 Feb 2024\"",
        "Variant(IPv4, String)|\"1.2.3.4\"",
        "Variant(Array(Int64), Array(String))|[\"1\"]",
        "Variant(Map(String, Int64), Tuple(a Int64))|{\"b\":1}",
        "Geometry|[[1,2]]",
        "Dynamic|0.12345678901234567890",
        "Dynamic|18446744073709551616",
        "Dynamic|\"2024-02-29\"",
        "Dynamic|\"Feb 29 2024\"",
        "Dynamic|[1,2.5]",
        "Dynamic|[\"a\",\"2024-02-29\"]",
      })
  void types_that_the_server_might_choose_otherwise_are_refused(String type, String given) {
    assertThat(refusal(ofPath(type), "{\"a\":{\"b\":" + given + "}}"))
        .contains("path a.b: from JSON the server ");
  }
}
