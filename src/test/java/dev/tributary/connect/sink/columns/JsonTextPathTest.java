package dev.tributary.connect.sink.columns;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.json.JsonField;
import dev.tributary.connect.json.JsonReader;
import dev.tributary.connect.json.JsonRecord;
import dev.tributary.connect.json.JsonSlice;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A value that is still JSON text gives the same bytes, or is refused with the same words, as the
 * decoded value, in every column.
 */
class JsonTextPathTest {

  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  private static final List<String> TYPES =
      List.of(
          "Int8",
          "Int16",
          "Int32",
          "Int64",
          "UInt8",
          "UInt16",
          "UInt32",
          "UInt64",
          "Int128",
          "UInt256",
          "Float32",
          "Float64",
          "BFloat16",
          "Bool",
          "Decimal(9, 2)",
          "Decimal(18, 0)",
          "Decimal(18, 18)",
          "Decimal(38, 5)",
          "String",
          "FixedString(5)",
          "UUID",
          "Date",
          "Date32",
          "DateTime",
          "DateTime('UTC')",
          "DateTime64(3)",
          "DateTime64(0)",
          "DateTime64(9, 'UTC')",
          "Time",
          "Time64(3)",
          "Enum8('a' = 1, 'b' = -2)",
          "IPv4",
          "IPv6",
          "Nullable(String)",
          "Nullable(Int64)",
          "LowCardinality(String)",
          "LowCardinality(Nullable(String))",
          "LowCardinality(UInt16)",
          "Array(String)",
          "Array(Nullable(Int32))",
          "Array(Array(UInt8))",
          "Array(LowCardinality(String))",
          "Map(String, Int64)",
          "Tuple(a Int8, b String)",
          "Nullable(DateTime64(3))",
          "Array(DateTime64(3))",
          "LowCardinality(Nullable(DateTime))",
          "Variant(DateTime, DateTime64(3), Int64)",
          "Array(UUID)",
          "JSON");

  private static final List<String> VALUES =
      List.of(
          "0",
          "-0",
          "1",
          "-1",
          "127",
          "128",
          "-128",
          "-129",
          "255",
          "256",
          "65535",
          "65536",
          "2147483648",
          "4294967295",
          "4294967296",
          "999999999999999999",
          "-999999999999999999",
          "1000000000000000000",
          "9223372036854775807",
          "-9223372036854775808",
          "9223372036854775808",
          "18446744073709551615",
          "18446744073709551616",
          "9007199254740992",
          "9007199254740993",
          "9007199254740992.0",
          "9007199254740993.5",
          "1.0",
          "1.5",
          "-0.0",
          "0.10",
          "0.1",
          "123456.78",
          "123456.789",
          "9999999.99",
          "10000000.00",
          "-9999999.99",
          "0.000000000000000001",
          "0.0000000000000000001",
          "3.141592653589793",
          "2.2250738585072011e-308",
          "1e3",
          "1E-2",
          "1e400",
          "1e-400",
          "true",
          "false",
          "\"\"",
          "\"a\"",
          "\"b\"",
          "\"abcde\"",
          "\"abcdef\"",
          "\"\\u0061\"",
          "\"\\ud800\"",
          "\"é漢😀\"",
          "\"12\"",
          "\"1.50\"",
          "\"nan\"",
          "\"true\"",
          "\"2024-02-29\"",
          "\"2024-02-30\"",
          "\"2024-02-29 10:15:30\"",
          "\"2024-02-29T10:15:30.123Z\"",
          "\"2024-02-29 10:15:30.123456789+02:00\"",
          "\"2024-02-29T10:15:30.1234567891\"",
          "\"2024-03-31 02:30:00\"",
          "\"2024-10-27 02:30:00\"",
          "\"1850-01-01 00:00:00\"",
          "\"1969-12-31T23:59:59.9999999999Z\"",
          "\"-10:15:30.1239\"",
          "\"10:15\"",
          "1709201730.5",
          "\"2024-02-29T10:15:30.\\u0031Z\"",
          "\"2024-02-29T10:15:30é\"",
          "\"61f0c404-5cb3-11e7-907b-a6006ad3dba0\"",
          "\"61F0C404-5CB3-11E7-907B-A6006AD3DBA0\"",
          "\"61f0c404-5cb3-11e7-907b-a6006ad3dbaé\"",
          "\"61f0c404-5cb3-11e7-907b-a6006ad3dbag\"",
          "\"61f0c404+5cb3-11e7-907b-a6006ad3dba0\"",
          "\"127.0.0.1\"",
          "\"::1\"",
          "[]",
          "[1]",
          "[ 1 , null, 300 ]",
          "[\"a\",\"\\n\"]",
          "[\"a\",1,true,{}]",
          "[[1,2],[],[3]]",
          "[[1,256]]",
          "[\"2024-02-29 10:15:30\",5]",
          "[null]",
          "{}",
          "{\"a\":1}",
          "{\"a\":1,\"b\":\"x\"}",
          "{\"a\":\"\\\"]\"}",
          "null");

  private final JsonReader reader = new JsonReader();

  private void compare(String type, List<String> values) {
    for (boolean truncates : new boolean[] {false, true}) {
      compare(type, new ColumnOptions(BERLIN, false, truncates, TimeFormat.USUAL), values);
    }
  }

  private void compare(String type, ColumnOptions options, List<String> values) {
    ColumnWriter direct = ColumnWriter.create(type, options);
    ColumnWriter decoded = ColumnWriter.create(type, options);
    JsonField field = new JsonField("v");
    for (String value : values) {
      JsonRecord record = record(value);
      Object read = field.read(record, "absent");
      assertThat(read == null || read instanceof JsonSlice).isTrue();
      String refusal = append(direct, read);
      assertThat(refusal)
          .as("%s into %s", value, type)
          .isEqualTo(append(decoded, record.exact("v")));
      assertThat(direct.rows()).as("%s into %s", value, type).isEqualTo(decoded.rows());
    }
    if (direct.rows() > 0) {
      assertThat(direct.type()).isEqualTo(decoded.type());
      assertThat(Cells.hex(direct)).as("%s into %s", values, type).isEqualTo(Cells.hex(decoded));
    }
  }

  private JsonRecord record(String value) {
    byte[] text = ("{\"u\":0,\"v\":" + value + "}").getBytes(StandardCharsets.UTF_8);
    return (JsonRecord) requireNonNull(reader.readLazily(text));
  }

  /** The words with which the value is refused, or an empty text. */
  private static String append(ColumnWriter column, @Nullable Object value) {
    try {
      column.append(value, null);
      return "";
    } catch (ValueException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void every_value_in_every_column() {
    for (String type : TYPES) {
      for (String value : VALUES) {
        compare(type, List.of(value));
      }
      compare(type, VALUES);
    }
  }

  @Test
  void random_numbers_in_columns_of_numbers() {
    Random random = new Random(7);
    List<String> numbers = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      StringBuilder number = new StringBuilder(random.nextBoolean() ? "-" : "");
      number.append(digits(random, 1 + random.nextInt(20)).replaceFirst("^0+(?=.)", ""));
      if (random.nextBoolean()) {
        number.append('.').append(digits(random, 1 + random.nextInt(20)));
      }
      numbers.add(number.toString());
    }
    for (String type : List.of("Int32", "UInt64", "Float64", "Decimal(18, 4)", "DateTime64(3)")) {
      compare(type, numbers);
    }
  }

  @Test
  void random_times_in_every_form() {
    Random random = new Random(8);
    SampleTimes samples = new SampleTimes(9);
    List<String> types =
        List.of(
            "DateTime",
            "DateTime64(3)",
            "DateTime64(9, 'UTC')",
            "Time",
            "Time64(6)",
            "Date32",
            "Array(DateTime64(3))",
            "Nullable(DateTime)",
            "LowCardinality(DateTime)");
    for (int i = 0; i < 10_000; i++) {
      SampleTimes.Sample sample = i % 3 == 0 ? samples.timeOfDay() : samples.pointInTime();
      if (sample.schema() != null || sample.value() instanceof Date) {
        continue; // never in JSON
      }
      String type = types.get(random.nextInt(types.size()));
      String value =
          sample.value() instanceof String text
              ? "\"" + text + "\""
              : new BigDecimal(sample.value().toString()).toPlainString();
      TimeFormats formats = TimeFormats.parse("time.formats", "c:" + orUsual(sample.format()));
      compare(
          type,
          ColumnOptions.of(
              sample.format().isEmpty() ? "usual" : "c",
              BERLIN,
              false,
              random.nextBoolean(),
              formats),
          List.of(type.startsWith("Array") ? "[" + value + ",0]" : value, "0"));
    }
  }

  private static String orUsual(String format) {
    return format.isEmpty() ? "epoch_s" : format;
  }

  private static String digits(Random random, int count) {
    StringBuilder digits = new StringBuilder();
    for (int i = 0; i < count; i++) {
      digits.append(random.nextInt(10));
    }
    return digits.toString();
  }
}
