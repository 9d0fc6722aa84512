package dev.tributary.foreign;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.jspecify.annotations.Nullable;

/** One of every kind of value that converters deliver, and the edges of each kind. */
public final class MatrixValues {

  /**
   * A value.
   *
   * @param name how the printed matrix calls it
   * @param schema null for a value of a schemaless record
   */
  public record Value(String name, @Nullable Object value, @Nullable Schema schema) {}

  private static final long DAY = 86_400_000L;
  private static final long INSTANT = 1_709_201_730_123L; // 2024-02-29T10:15:30.123Z
  private static final long TIME_OF_DAY = 36_930_123L; // 10:15:30.123
  private static final int LEAP_DAY = 19_782; // 2024-02-29

  private final List<Value> values = new ArrayList<>();

  private MatrixValues() {}

  /** All of them, always in this order. */
  public static List<Value> all() {
    MatrixValues matrix = new MatrixValues();
    matrix.integers();
    matrix.fractions();
    matrix.texts();
    matrix.times();
    matrix.bytes();
    matrix.connectTimes();
    matrix.debeziumTimes();
    matrix.debeziumData();
    matrix.unions();
    matrix.lists();
    matrix.objects();
    return List.copyOf(matrix.values);
  }

  /** A map of two entries in their order, which {@code Map.of} has another of in every JVM. */
  static Map<String, Object> ordered(
      String first, Object firstValue, String second, Object secondValue) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(first, firstValue);
    map.put(second, secondValue);
    return map;
  }

  private void plain(String name, @Nullable Object value) {
    values.add(new Value(name, value, null));
  }

  private void typed(String name, @Nullable Object value, Schema schema) {
    values.add(new Value(name, value, schema));
  }

  private static Schema named(SchemaBuilder builder, String name) {
    return builder.name(name).optional().build();
  }

  private void integers() {
    plain("null", null);
    plain("boolean true", true);
    typed("int8 5", (byte) 5, Schema.INT8_SCHEMA);
    typed("int16 -1", (short) -1, Schema.INT16_SCHEMA);
    typed("int32 300", 300, Schema.INT32_SCHEMA);
    typed("int64 0", 0L, Schema.INT64_SCHEMA);
    plain("2^31", 1L << 31);
    plain("2^63-1", Long.MAX_VALUE);
    plain("-2^63", Long.MIN_VALUE);
    plain("BigInteger 2^64-1", BigInteger.TWO.pow(64).subtract(BigInteger.ONE));
    plain("BigInteger 2^64", BigInteger.TWO.pow(64));
    plain("BigInteger -2^255", BigInteger.TWO.pow(255).negate());
    plain("BigInteger 2^256-1", BigInteger.TWO.pow(256).subtract(BigInteger.ONE));
    plain("BigInteger 2^256", BigInteger.TWO.pow(256));
  }

  private void fractions() {
    typed("float32 1.5", 1.5f, Schema.FLOAT32_SCHEMA);
    typed("float64 5.0", 5.0, Schema.FLOAT64_SCHEMA);
    typed("float64 0.1", 0.1, Schema.FLOAT64_SCHEMA);
    plain("double 2^53+2", 9_007_199_254_740_994.0);
    plain("double 1e300", 1e300);
    plain("NaN", Double.NaN);
    plain("-Infinity", Double.NEGATIVE_INFINITY);
    typed("Decimal 12.34", new BigDecimal("12.34"), Decimal.schema(2));
    plain("BigDecimal 5.00", new BigDecimal("5.00"));
    plain("BigDecimal 0.12345678901234567890", new BigDecimal("0.12345678901234567890"));
    plain("BigDecimal 1E+30", new BigDecimal("1E+30"));
  }

  private void texts() {
    typed("text (empty)", "", Schema.STRING_SCHEMA);
    plain("text 5", "5");
    plain("text -7", "-7");
    plain("text 12.50", "12.50");
    plain("text 1e2", "1e2");
    plain("text NaN", "NaN");
    plain("text True", "True");
    plain("text a", "a");
    plain("text grüße", "grüße");
    plain("text with space before 5", " 5");
    plain("half a surrogate pair", "\uD83D");
    plain("text UUID", "00112233-4455-6677-8899-AABBCCDDEEFF");
    plain("text 192.0.2.1", "192.0.2.1");
    plain("text 2001:db8::1", "2001:db8::1");
    plain("text [1,2]", "[1,2]");
    plain("text {\"a\":1,\"b\":\"x\"}", "{\"a\":1,\"b\":\"x\"}");
  }

  private void times() {
    plain("text 2024-02-29", "2024-02-29");
    plain("text 2023-02-29", "2023-02-29");
    plain("text 1899-12-31", "1899-12-31");
    plain("text 2024-02-29 10:15:30", "2024-02-29 10:15:30");
    plain("text 2024-02-29T10:15:30+02:00", "2024-02-29T10:15:30+02:00");
    plain(
        "text 2024-02-29T10:15:30.123456789+01:00[Europe/Paris]",
        "2024-02-29T10:15:30.123456789+01:00[Europe/Paris]");
    plain("text 10:15:30", "10:15:30");
    plain("text -999:59:59.999", "-999:59:59.999");
    plain("text P1DT12H", "P1DT12H");
    plain("text P1Y2M", "P1Y2M");
  }

  private void bytes() {
    typed("bytes (none)", new byte[0], Schema.BYTES_SCHEMA);
    typed("bytes 61 62 63", "abc".getBytes(StandardCharsets.UTF_8), Schema.BYTES_SCHEMA);
    plain("ByteBuffer of 4", ByteBuffer.wrap(new byte[] {9, 1, 2, 3, 4}, 1, 4));
    byte[] sixteen = HexFormat.of().parseHex("00112233445566778899aabbccddeeff");
    plain("bytes, 16 of them", sixteen);
    plain("bytes that are no UTF-8", new byte[] {(byte) 0xFF, (byte) 0xFE});
  }

  private void connectTimes() {
    typed("Connect Date", new java.util.Date(LEAP_DAY * DAY), Date.SCHEMA);
    typed("Connect Time", new java.util.Date(TIME_OF_DAY), Time.SCHEMA);
    typed("Connect Timestamp", new java.util.Date(INSTANT), Timestamp.SCHEMA);
    typed("Connect Timestamp at midnight", new java.util.Date(LEAP_DAY * DAY), Timestamp.SCHEMA);
    typed("Connect Timestamp in 1850", new java.util.Date(-3_786_825_600_000L), Timestamp.SCHEMA);
  }

  private void debeziumTime(String name, SchemaBuilder builder, Object value) {
    typed("Debezium " + name, value, named(builder, "io.debezium.time." + name));
  }

  private void debeziumTimes() {
    debeziumTime("Date", SchemaBuilder.int32(), LEAP_DAY);
    debeziumTime("Time", SchemaBuilder.int32(), (int) TIME_OF_DAY);
    debeziumTime("MicroTime", SchemaBuilder.int64(), TIME_OF_DAY * 1000 + 456);
    debeziumTime("NanoTime", SchemaBuilder.int64(), TIME_OF_DAY * 1_000_000 + 456_789);
    debeziumTime("Timestamp", SchemaBuilder.int64(), INSTANT);
    debeziumTime("MicroTimestamp", SchemaBuilder.int64(), INSTANT * 1000 + 456);
    debeziumTime("NanoTimestamp", SchemaBuilder.int64(), INSTANT * 1_000_000 + 456_789);
    debeziumTime("ZonedTimestamp", SchemaBuilder.string(), "2024-02-29T10:15:30.123456Z");
    debeziumTime("ZonedTime", SchemaBuilder.string(), "10:15:30Z");
    debeziumTime("IsoDate", SchemaBuilder.string(), "2024-02-29Z");
    debeziumTime("IsoTime", SchemaBuilder.string(), "10:15:30.5Z");
    debeziumTime("IsoTimestamp", SchemaBuilder.string(), "2024-02-29T10:15:30Z");
    debeziumTime("Year", SchemaBuilder.int32(), 2024);
    debeziumTime("Interval", SchemaBuilder.string(), "P1Y2M3DT4H5M6.78S");
    debeziumTime("MicroDuration", SchemaBuilder.int64(), 129_600_000_000L);
  }

  private void debezium(String name, SchemaBuilder builder, Object value) {
    typed("Debezium " + name, value, named(builder, "io.debezium.data." + name));
  }

  private void debeziumData() {
    debezium("Bits", SchemaBuilder.bytes().parameter("length", "10"), new byte[] {5, 1});
    debezium("Json", SchemaBuilder.string(), "{\"a\":1,\"b\":\"x\"}");
    debezium("Xml", SchemaBuilder.string(), "<a/>");
    debezium("Uuid", SchemaBuilder.string(), "00112233-4455-6677-8899-aabbccddeeff");
    debezium("Ltree", SchemaBuilder.string(), "a.b");
    debezium("Enum", SchemaBuilder.string().parameter("allowed", "a,b"), "a");
    debezium("EnumSet", SchemaBuilder.string().parameter("allowed", "a,b"), "a,b");
    Schema decimal =
        named(
            SchemaBuilder.struct()
                .field("scale", Schema.INT32_SCHEMA)
                .field("value", Schema.BYTES_SCHEMA),
            "io.debezium.data.VariableScaleDecimal");
    typed(
        "Debezium VariableScaleDecimal 1.23",
        new Struct(decimal).put("scale", 2).put("value", new byte[] {123}),
        decimal);
    Schema vector =
        named(
            SchemaBuilder.struct()
                .field("dimensions", Schema.INT16_SCHEMA)
                .field(
                    "vector",
                    SchemaBuilder.map(Schema.INT16_SCHEMA, Schema.FLOAT64_SCHEMA).build()),
            "io.debezium.data.SparseVector");
    typed(
        "Debezium SparseVector",
        new Struct(vector).put("dimensions", (short) 9).put("vector", Map.of((short) 2, 0.5)),
        vector);
    debezium("FloatVector", SchemaBuilder.array(Schema.FLOAT32_SCHEMA), List.of(0.5f, 1.5f));
    Schema point =
        named(
            SchemaBuilder.struct()
                .field("x", Schema.FLOAT64_SCHEMA)
                .field("y", Schema.FLOAT64_SCHEMA)
                .field("wkb", Schema.OPTIONAL_BYTES_SCHEMA)
                .field("srid", Schema.OPTIONAL_INT32_SCHEMA),
            "io.debezium.data.geometry.Point");
    typed("Debezium Point", new Struct(point).put("x", 1.5).put("y", 2.5), point);
    Schema geometry =
        named(
            SchemaBuilder.struct()
                .field("wkb", Schema.BYTES_SCHEMA)
                .field("srid", Schema.OPTIONAL_INT32_SCHEMA),
            "io.debezium.data.geometry.Geometry");
    typed("Debezium Geometry, a line", new Struct(geometry).put("wkb", line()), geometry);
    typed(
        "Debezium Geometry, a polygon",
        new Struct(geometry).put("wkb", polygon()).put("srid", 4326),
        geometry);
  }

  private static byte[] line() {
    ByteBuffer wkb = ByteBuffer.allocate(9 + 32).order(ByteOrder.LITTLE_ENDIAN);
    wkb.put((byte) 1).putInt(2).putInt(2);
    wkb.putDouble(0).putDouble(0).putDouble(1).putDouble(2.5);
    return wkb.array();
  }

  /** With PostGIS's number of the reference system. */
  private static byte[] polygon() {
    ByteBuffer wkb = ByteBuffer.allocate(17 + 64).order(ByteOrder.BIG_ENDIAN);
    wkb.put((byte) 0).putInt(0x2000_0003).putInt(4326).putInt(1).putInt(4);
    for (double number : new double[] {0, 0, 4, 0, 4, 4, 0, 0}) {
      wkb.putDouble(number);
    }
    return wkb.array();
  }

  private void unions() {
    Schema avro =
        SchemaBuilder.struct()
            .name("io.confluent.connect.avro.Union")
            .optional()
            .field("int", Schema.OPTIONAL_INT32_SCHEMA)
            .field("string", Schema.OPTIONAL_STRING_SCHEMA)
            .build();
    typed("Avro union, int 5", new Struct(avro).put("int", 5), avro);
    typed("Avro union, string a", new Struct(avro).put("string", "a"), avro);
    typed("Avro union, none", new Struct(avro), avro);
    typed("Avro union, both", new Struct(avro).put("int", 5).put("string", "a"), avro);
    Schema protobuf =
        SchemaBuilder.struct()
            .name("io.confluent.connect.protobuf.Union.choice")
            .optional()
            .field("at", Timestamp.builder().optional().build())
            .field("number", Schema.OPTIONAL_FLOAT64_SCHEMA)
            .build();
    typed(
        "Protobuf oneof, a Timestamp",
        new Struct(protobuf).put("at", new java.util.Date(INSTANT)),
        protobuf);
  }

  private void lists() {
    plain("list, empty", List.of());
    typed("list [1,2]", List.of(1, 2), SchemaBuilder.array(Schema.INT32_SCHEMA).build());
    plain("list [1,\"x\"]", List.of(1, "x"));
    plain("list [\"a\",null]", Arrays.asList("a", null));
    plain("list [[1,2.5],[3,4]]", List.of(List.of(1, 2.5), List.of(3, 4)));
    plain(
        "list [[[0,0],[1,0],[1,1]]]",
        List.of(List.of(List.of(0, 0), List.of(1, 0), List.of(1, 1))));
    plain("list of a map", List.of(ordered("a", 1, "b", "x")));
  }

  private void objects() {
    plain("map, empty", Map.of());
    plain("map {a:1,b:x}", ordered("a", 1, "b", "x"));
    Map<String, @Nullable Object> withNull = new HashMap<>();
    withNull.put("k", null);
    plain("map {k:null}", withNull);
    typed(
        "map {7:2.5} of int32",
        Map.of(7, 2.5),
        SchemaBuilder.map(Schema.INT32_SCHEMA, Schema.FLOAT64_SCHEMA).build());
    Schema struct =
        SchemaBuilder.struct()
            .field("b", Schema.STRING_SCHEMA)
            .field("a", Schema.INT32_SCHEMA)
            .field("more", Date.builder().optional().build())
            .build();
    typed(
        "struct {b:y,a:2,more:Date}",
        new Struct(struct)
            .put("a", 2)
            .put("b", "y")
            .put("more", new java.util.Date(LEAP_DAY * DAY)),
        struct);
    plain(
        "GeoJSON polygon",
        ordered(
            "type",
            "Polygon",
            "coordinates",
            List.of(List.of(List.of(0, 0), List.of(4, 0), List.of(4, 4), List.of(0, 0)))));
    plain("map of 300 in a byte's place", Map.of("a", 300));
  }
}
