package dev.tributary.foreign;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.jspecify.annotations.Nullable;

/**
 * Values that no sane producer writes, and that a converter hands out nevertheless: far too deep,
 * too long, too small or too large, of the wrong shape or of a class that Connect does not know.
 */
public final class OddValues {

  private static final int[] DEPTHS = {17, 100, 139, 140, 141, 150, 350, 999, 1000, 1001, 2000};

  private final List<MatrixValues.Value> values = new ArrayList<>();

  private OddValues() {}

  /** One of every kind, always in this order. */
  public static List<MatrixValues.Value> all() {
    OddValues odd = new OddValues();
    odd.numbers();
    odd.texts();
    odd.deep();
    odd.bytes();
    odd.shapes();
    odd.times();
    odd.classes();
    odd.structs();
    return List.copyOf(odd.values);
  }

  /** A value made of such ones: alone, in lists, in maps, in structs. */
  public static MatrixValues.Value random(Random random, List<MatrixValues.Value> all) {
    return switch (random.nextInt(8)) {
      case 0 -> plain("random decimal", decimal(random));
      case 1 -> plain("random text", text(random));
      case 2 -> plain("random bytes", wkb(random));
      case 3 -> all.get(random.nextInt(all.size()));
      case 4 -> {
        MatrixValues.Value one = all.get(random.nextInt(all.size()));
        yield plain("list of " + one.name(), Arrays.asList(one.value(), one.value()));
      }
      case 5 -> {
        MatrixValues.Value one = all.get(random.nextInt(all.size()));
        Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
        map.put(random.nextBoolean() ? "a" : "x", one.value());
        map.put("y", random.nextInt());
        yield plain("map of " + one.name(), map);
      }
      case 6 -> {
        MatrixValues.Value one = all.get(random.nextInt(all.size()));
        Map<@Nullable Object, @Nullable Object> map = new HashMap<>();
        map.put(one.value(), 1);
        yield plain("map with the key " + one.name(), map);
      }
      default -> {
        int depth = random.nextInt(2_000);
        yield plain("mixed, " + depth + " deep", mixed(random, depth));
      }
    };
  }

  private static MatrixValues.Value plain(String name, @Nullable Object value) {
    return new MatrixValues.Value(name, value, null);
  }

  private void add(String name, @Nullable Object value) {
    values.add(plain(name, value));
  }

  private void add(String name, @Nullable Object value, Schema schema) {
    values.add(new MatrixValues.Value(name, value, schema));
  }

  private static BigDecimal decimal(Random random) {
    BigInteger digits = new BigInteger(random.nextInt(4_000), random);
    int scale =
        switch (random.nextInt(4)) {
          case 0 -> random.nextInt();
          case 1 -> random.nextInt(2_000) - 1_000;
          case 2 -> Integer.MAX_VALUE - random.nextInt(3);
          default -> Integer.MIN_VALUE + random.nextInt(3);
        };
    return new BigDecimal(random.nextBoolean() ? digits : digits.negate(), scale);
  }

  private static String text(Random random) {
    String[] parts = {
      "1",
      "e",
      "-",
      ".",
      "P",
      "T",
      "5M",
      "Z",
      ":",
      "[",
      "]",
      "{",
      "\"a\":",
      ",",
      "\\ud800",
      "\ud800",
      "\udc00",
      "9".repeat(50),
      "2024-02-29",
      " ",
      "true",
      "null",
      "é",
      "\u0000",
      "D",
      "999999999"
    };
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i >= 0; i--) {
      text.append(parts[random.nextInt(parts.length)]);
    }
    return text.toString();
  }

  /** Bytes that begin as a shape does. */
  private static byte[] wkb(Random random) {
    ByteBuffer bytes = ByteBuffer.allocate(9 * (1 + random.nextInt(40)));
    while (bytes.remaining() >= 9) {
      bytes.put((byte) 0).putInt(1 + random.nextInt(7)).putInt(random.nextInt(4) - 1);
    }
    return bytes.array();
  }

  private static Object mixed(Random random, int depth) {
    Object value = 1;
    for (int i = 0; i < depth; i++) {
      value =
          switch (random.nextInt(4)) {
            case 0 -> Map.of("a", value);
            case 1 -> List.of(value, "x");
            default -> List.of(value);
          };
    }
    return value;
  }

  private void numbers() {
    for (int scale :
        new int[] {999_999_999, -999_999_999, 60_000_000, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      add("1 of scale " + scale, new BigDecimal(BigInteger.ONE, scale));
      add("-10 of scale " + scale, new BigDecimal(BigInteger.TEN.negate(), scale));
      add("0 of scale " + scale, new BigDecimal(BigInteger.ZERO, scale));
      add(
          "10^900 of scale " + scale,
          new BigDecimal(BigInteger.TEN.pow(900).add(BigInteger.ONE), scale));
    }
    add("10^400000 of scale 399990", new BigDecimal(BigInteger.TEN.pow(400_000), 399_990));
    add("2^4000000", BigInteger.TWO.pow(4_000_000));
    add("-2^4000000 of scale 5", new BigDecimal(BigInteger.TWO.pow(4_000_000).negate(), 5));
    add("1e400", new BigDecimal("1e400"));
    add("1e-400", new BigDecimal("1e-400"));
    add("999 nines", new BigInteger("9".repeat(999)));
    add(
        "a declared decimal of scale -2^31",
        new BigDecimal(BigInteger.ONE, Integer.MIN_VALUE),
        Decimal.schema(2));
    for (double number : new double[] {Double.NaN, 1 / 0.0, -0.0, 1e308, Double.MIN_VALUE, 1e22}) {
      add("double " + number, number);
      add("float " + number, (float) number);
    }
    add("byte", Byte.MIN_VALUE);
    add("-2^63", Long.MIN_VALUE);
    add("Bits of a million bytes", new byte[1_000_000], named(SchemaBuilder.bytes(), "data.Bits"));
  }

  private void texts() {
    List.of(
            "\ud800",
            "x\udc00y",
            "[\"\ud800\"]",
            "{\"a\":\"\ud800\"}",
            "{\"a\":\"\\ud800\"}",
            "\u0000",
            "1e-999999",
            "1e999999",
            "-1e-999999999",
            "1e999999999",
            "P",
            "-P",
            "+P",
            "SHOP",
            "HELP",
            "5 P",
            "12PT5M",
            "-xPT5M",
            "PT",
            "T",
            "Infinity",
            "1e",
            "0x10",
            "NaN")
        .forEach(text -> add("text " + text.replace('\ud800', '?').replace('\udc00', '?'), text));
    add("400 nines", "9".repeat(400));
    add("a million nines", "9".repeat(1_000_000));
    add("a million letters", "x".repeat(1_000_000));
    add("P and a million digits", "P" + "9".repeat(1_000_000) + "Y");
    add("100,000 brackets", "[".repeat(100_000));
    add("1,000 lists of JSON", "[".repeat(1_000) + "]".repeat(1_000));
    add("350 lists of JSON", "[".repeat(350) + "1" + "]".repeat(350));
    add("999 objects of JSON", "{\"a\":".repeat(999) + "1" + "}".repeat(999));
    add("JSON of 1e-999999999", "{\"a\":1e-999999999,\"x\":1e999999999}");
    add("a list of 1e-999999999", "[1e-999999999,1e999999999]");
    add("the year 999999999", "+999999999-12-31T23:59:59.999999999Z");
  }

  private void deep() {
    for (int depth : DEPTHS) {
      Object list = 1;
      Object empty = List.of();
      Object map = 1;
      Object both = 1;
      Object pairs = 1;
      for (int i = 0; i < depth; i++) {
        list = List.of(list);
        empty = List.of(empty);
        map = Map.of("a", map);
        both = i % 2 == 0 ? List.of(both) : Map.of("a", both);
        pairs = List.of(pairs, "x");
      }
      add("list " + depth + " deep", list);
      add("list of nothing " + depth + " deep", empty);
      add("map " + depth + " deep", map);
      add("linked map " + depth + " deep", linked(depth));
      add("lists and maps " + depth + " deep", both);
      add("pairs " + depth + " deep", pairs);
      add("shape " + depth + " deep", Map.of("type", "Ring", "coordinates", List.of(list, list)));
    }
  }

  private static Object linked(int depth) {
    Object map = 1;
    for (int i = 0; i < depth; i++) {
      Map<String, Object> outer = new LinkedHashMap<>();
      outer.put("a", map);
      map = outer;
    }
    return map;
  }

  private void bytes() {
    add("nothing in bytes", new byte[0]);
    ByteBuffer nested = ByteBuffer.allocate(60_000 * 9);
    for (int i = 0; i < 60_000; i++) {
      nested.put((byte) 0).putInt(6).putInt(1);
    }
    add("60,000 nested shapes", nested.array());
    for (int type = 1; type <= 7; type++) {
      add(
          "a shape of type " + type + " that promises 2^31-1 parts",
          ByteBuffer.allocate(40).put((byte) 0).putInt(type).putInt(Integer.MAX_VALUE).array());
      add(
          "a shape of type " + type + " with -1 parts",
          ByteBuffer.allocate(9).put((byte) 0).putInt(type).putInt(-1).array());
    }
    add("a direct buffer", ByteBuffer.allocateDirect(16));
    add("a read-only part of a buffer", ByteBuffer.wrap(new byte[9], 3, 4).asReadOnlyBuffer());
  }

  private void shapes() {
    List<@Nullable Object> nothing = new ArrayList<>();
    nothing.add(null);
    List<Object> junk =
        List.of(
            List.of(),
            List.of(1),
            nothing,
            List.of(List.of()),
            List.of(List.of(1)),
            List.of(List.of(1, 2), List.of(1, 2), List.of("x", Map.of())),
            List.of(List.of(List.of(1, 2)), 5),
            List.of(nothing, nothing, nothing),
            List.of(1, 2, 1),
            Map.of(),
            "POINT(1 2)");
    for (String type : List.of("Point", "LineString", "Polygon", "MultiPolygon", "Ring", "Junk")) {
      for (Object coordinates : junk) {
        add(type + " of " + coordinates, Map.of("type", type, "coordinates", coordinates));
      }
    }
    add("a shape with a number as its type", Map.of("type", 5, "coordinates", List.of(1, 2)));
    add("a point of texts", Map.of("x", "1e999999", "y", List.of()));
  }

  private static Schema named(SchemaBuilder builder, String name) {
    return builder.name("io.debezium." + name).optional().build();
  }

  private void times() {
    for (long end : new long[] {Long.MIN_VALUE, Long.MAX_VALUE, -1}) {
      java.util.Date date = new java.util.Date(end);
      add("date " + end, date);
      add("Connect Date " + end, date, Date.SCHEMA);
      add("Connect Time " + end, date, Time.SCHEMA);
      add("Connect Timestamp " + end, date, Timestamp.SCHEMA);
      for (String name :
          List.of(
              "Date Time MicroTime NanoTime Timestamp MicroTimestamp NanoTimestamp Year MicroDuration"
                  .split(" "))) {
        add("Debezium " + name + " " + end, end, named(SchemaBuilder.int64(), "time." + name));
      }
    }
    add("java.sql.Date", new java.sql.Date(0));
    add("java.sql.Time", new java.sql.Time(0), Time.SCHEMA);
    add("java.sql.Timestamp", new java.sql.Timestamp(5), Timestamp.SCHEMA);
  }

  @SuppressWarnings("JdkObsolete") // what a converter may make
  private void classes() {
    add("null", null);
    add("an object", new Object());
    add("a letter", 'x');
    add("a UUID", new UUID(1, 2));
    add("an instant", java.time.Instant.EPOCH);
    add("a number of another class", new AtomicLong(5));
    add("an array of numbers", new int[] {1, 2});
    add("an array of texts", new String[] {"x"});
    add("a set", new LinkedHashSet<>(List.of(1, "x")));
    add("a linked list", new LinkedList<>(List.of(1, 2)));
    add("a view of a map", List.copyOf(Map.of("a", 1).entrySet()));
    Collection<Object> values = new HashMap<Object, Object>(Map.of("a", 1)).values();
    add("a collection that is no list", values);
    add("a map of sorted numbers", new TreeMap<>(Map.of(1, "x", 2, "y")));
    add("a map with the key null", Collections.singletonMap(null, 1));
    add("a map with a list as key", Map.of(List.of(1), 1));
    add("a map with a decimal as key", Map.of(new BigDecimal(BigInteger.ONE, -999_999_999), 1));
    add("a map with half a pair as key", Map.of("\ud800", 1));
    add("a map with nothing as key", Map.of("", 1));
    List<@Nullable Object> nulls = new ArrayList<>(Collections.nCopies(3, null));
    add("a list of nulls", nulls);
  }

  private void structs() {
    Schema decimal =
        named(
            SchemaBuilder.struct()
                .field("scale", Schema.INT32_SCHEMA)
                .field("value", Schema.BYTES_SCHEMA),
            "data.VariableScaleDecimal");
    for (int scale : new int[] {Integer.MIN_VALUE, Integer.MAX_VALUE, 2}) {
      add(
          "VariableScaleDecimal of scale " + scale,
          new Struct(decimal).put("scale", scale).put("value", new byte[] {10}),
          decimal);
    }
    add(
        "VariableScaleDecimal of nothing",
        new Struct(decimal).put("scale", 0).put("value", new byte[0]),
        decimal);
    Schema partless =
        named(
            SchemaBuilder.struct().field("scale", Schema.OPTIONAL_INT32_SCHEMA),
            "data.VariableScaleDecimal");
    add("VariableScaleDecimal without parts", new Struct(partless), partless);
    Schema geometry =
        named(
            SchemaBuilder.struct().field("wkb", Schema.OPTIONAL_BYTES_SCHEMA),
            "data.geometry.Geometry");
    add("Geometry without bytes", new Struct(geometry), geometry);
    add("Geometry of junk", new Struct(geometry).put("wkb", new byte[] {0, 0, 0}), geometry);
    Schema textual = SchemaBuilder.struct().field("wkb", Schema.STRING_SCHEMA).build();
    add("wkb as text", new Struct(textual).put("wkb", "0101"), textual);
    Schema empty = SchemaBuilder.struct().build();
    add("a struct without fields", new Struct(empty), empty);
    Schema union =
        SchemaBuilder.struct()
            .name("io.confluent.connect.avro.Union")
            .field("a", Schema.OPTIONAL_INT32_SCHEMA)
            .field("b", Schema.OPTIONAL_STRING_SCHEMA)
            .build();
    add("a union with both branches", new Struct(union).put("a", 1).put("b", "x"), union);
    Schema schema = Schema.INT32_SCHEMA;
    Object value = 1;
    for (int i = 0; i < 150; i++) {
      schema = SchemaBuilder.array(schema).build();
      value = List.of(value);
    }
    add("a list 150 deep with a schema", value, schema);
    Schema inner = Schema.INT32_SCHEMA;
    Object content = 1;
    for (int i = 0; i < 60; i++) {
      Schema outer = SchemaBuilder.struct().field("a", inner).build();
      content = new Struct(outer).put("a", content);
      inner = outer;
    }
    add("a struct 60 deep", content, inner);
  }
}
