package dev.tributary.connect.sink.columns;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.json.JsonReader;
import dev.tributary.foreign.MatrixTypes;
import dev.tributary.foreign.MatrixValues;
import dev.tributary.foreign.MatrixValues.Value;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A path of a JSON column that has a type holds what a column of that type holds: for every type
 * that a path can have and every value, in each form that a record can have, as a real server reads
 * both. Or the record is refused.
 */
@ExtendWith(StackExtension.class)
class JsonPathsIT {

  private static final List<String> MORE_TYPES =
      List.of(
          "DateTime",
          "DateTime64(0)",
          "DateTime64(3)",
          "DateTime64(9, 'America/New_York')",
          "Date32",
          "Time64(0)",
          "Time64(6)",
          "Decimal(18, 4)",
          "Decimal(38, 10)",
          "Enum8('a' = -1, '1' = 5, '' = 0)",
          "Enum16('back\\\\slash' = 1, 'tab\\t' = 300)",
          "Nullable(Int256)",
          "Nullable(Bool)",
          "LowCardinality(Nullable(UUID))",
          "LowCardinality(Float32)",
          "LowCardinality(DateTime)",
          "Array(Decimal(18, 4))",
          "Array(DateTime64(3))",
          "Array(Nullable(Int128))",
          "Array(JSON(a Decimal(18, 4)))",
          "Map(String, Decimal(18, 4))",
          "Map(LowCardinality(String), Array(Nullable(DateTime64(3))))",
          "Tuple(a Decimal(18, 4), b Nullable(Int128))",
          "Tuple(`a.b` UInt8, b String)",
          "JSON(a Decimal(18, 4), `b.c` DateTime64(3))",
          "Variant(Int64, String)",
          "Variant(DateTime64(3), Decimal(18, 4), Float64, Int64, String, UUID)",
          "Variant(Bool, Enum8('a' = 1), FixedString(3), IPv4, String)",
          "Variant(Array(Int64), Array(String), Map(String, Int64), Tuple(a Int64))");

  private static final List<String> TEXTS =
      List.of(
          "0",
          "-0",
          "-0.0",
          "127",
          "-129",
          "255",
          "256",
          "300.0",
          "1.7",
          "1e2",
          "1e38",
          "1e400",
          "1e-45",
          "5e-324",
          "0.1",
          "12.25",
          "3.4028234663852886e38",
          "1.7976931348623157e308",
          "12345678901234.5678",
          "99999999999999.1234",
          "123456789.123456789",
          "9007199254740993",
          "9007199254740993.0",
          "18446744073709551615",
          "340282366920938463463374607431768211455",
          "-170141183460469231731687303715884105728",
          "1709201730",
          "1709201730123",
          "1709201730123.0",
          "36930123.0",
          "-1",
          "-1.0",
          "true",
          "false",
          "null",
          "\"\"",
          "\"nan\"",
          "\"-inf\"",
          "\"1.5\"",
          "\"5.00\"",
          "\"1e3\"",
          "\"true\"",
          "\"10:15\"",
          "\"10:15:30\"",
          "\"-00:00:00.5\"",
          "\"999:59:59.999\"",
          "\"1969-12-31 23:59:59.999\"",
          "\"2024-11-03 01:30:00\"",
          "\"2024-11-03T01:30:00-05:00\"",
          "\"Feb 29 2024\"",
          "\"order-5\"",
          "\"20240229101530\"",
          "\"a\\u0000\"",
          "\"\\u00e9\\\\\\\"\\n\\ud83d\\ude00\"",
          "\"\\ud800\"",
          "\"[1,2]\"",
          "[]",
          "[1,null]",
          "[\"1.5\",12345678901234.5678]",
          "[true,1]",
          "[[\"x\"],[]]",
          "{}",
          "{\"a\":1.5}",
          "{\"a.b\":7,\"b\":\"x\"}",
          "{\"a\":12345678901234.5678,\"b\":{\"c\":\"2024-02-29 10:15:30.5\"}}",
          "[{\"a\":12345678901234.5678}]",
          "{\"a\":[\"2024-02-29\"],\"\":null}");

  private static NativeClient client;

  private final JsonReader reader = new JsonReader();

  @BeforeAll
  static void createDatabase(ClickHouseServer server) {
    client = new NativeClient(server.url(), "json_paths_it");
  }

  /** A table of a plain column and a path of one type, and what is written into both. */
  private static final class Comparison {

    private final String type;
    private final ColumnWriter n = ColumnWriter.create("UInt32", ZoneOffset.UTC);
    private final ColumnWriter plain;
    private final ColumnWriter json;
    private final List<String> names = new ArrayList<>();

    Comparison(String type) {
      this.type = type;
      this.plain = ColumnWriter.create(client.systemType("t", "p"), ZoneOffset.UTC);
      this.json = ColumnWriter.create(client.systemType("t", "c"), ZoneOffset.UTC);
    }

    void add(String name, @Nullable Object value, @Nullable Schema schema, Object record) {
      int rows = plain.rows();
      String refusal = append(plain, value, schema);
      String refusalOfPath = append(json, record, null);
      if (refusal.isEmpty() && refusalOfPath.isEmpty()) {
        n.append(rows);
        names.add(name);
        return;
      }
      plain.truncate(rows);
      if (refusal.isEmpty()) {
        assertThat(refusalOfPath)
            .as("%s into %s", name, type)
            .containsAnyOf("not UTF-8", "without elements", "from JSON the server ");
      } else {
        assertThat(refusalOfPath).as("%s into %s", name, type).contains("path a.b: ");
      }
    }

    private String append(ColumnWriter column, @Nullable Object value, @Nullable Schema schema) {
      try {
        column.append(value, schema);
        return "";
      } catch (ValueException e) {
        return String.valueOf(e.getMessage());
      }
    }

    /** The server's default of Date32 is the first day in a column, and 1970-01-01 in a path. */
    void addAbsent() {
      if (type.contains("Date32")) {
        return;
      }
      n.append(plain.rows());
      plain.appendDefault();
      json.append(Map.of("other", 1));
      names.add("nothing");
    }

    void check() throws IOException {
      client.insert("t", List.of("n", "p", "c"), List.of(n, plain, json));
      List<String> rows =
          client
              .sql("SELECT p, c.a.b" + kinds() + " FROM json_paths_it.t ORDER BY n")
              .lines()
              .toList();
      assertThat(rows).hasSameSizeAs(names);
      for (int i = 0; i < rows.size(); i++) {
        String[] cells = rows.get(i).split("\t", -1);
        for (int c = 0; c < cells.length; c += 2) {
          if (c == 0 || !cells[0].equals("[]")) {
            assertThat(cells[c + 1]).as("%s into %s", names.get(i), type).isEqualTo(cells[c]);
          }
        }
      }
    }

    /** Which of its types each value has; an empty list has none. */
    private String kinds() {
      String function =
          type.startsWith("Variant") || type.equals("Geometry")
              ? "variantType"
              : type.startsWith("Dynamic") ? "dynamicType" : "";
      return function.isEmpty() ? "" : ", " + function + "(p), " + function + "(c.a.b)";
    }
  }

  private static Map<String, Object> nested(@Nullable Object value) {
    return Map.of("a", Collections.singletonMap("b", value));
  }

  private static Struct struct(Object value, Schema schema) {
    Schema inner = SchemaBuilder.struct().field("b", schema).build();
    Schema outer = SchemaBuilder.struct().field("a", inner).build();
    return new Struct(outer).put("a", new Struct(inner).put("b", value));
  }

  private void addAll(Comparison comparison, List<Value> edges) {
    List<Value> values = new ArrayList<>(MatrixValues.all());
    values.addAll(edges);
    for (Value one : values) {
      Object value = one.value();
      comparison.add(one.name(), value, null, nested(value));
      Schema schema = one.schema();
      if (schema != null && value != null) {
        comparison.add(one.name() + " in a struct", value, schema, struct(value, schema));
      }
    }
    for (String text : TEXTS) {
      byte[] record = ("{\"a\":{\"b\":" + text + "},\"c\":1.5}").getBytes(StandardCharsets.UTF_8);
      Map<?, ?> decoded = (Map<?, ?>) requireNonNull(reader.read(record));
      Object value = requireNonNull((Map<?, ?>) decoded.get("a")).get("b");
      comparison.add(text, value, null, decoded);
      comparison.add(text + " read lazily", value, null, requireNonNull(reader.readLazily(record)));
      comparison.add(text + " with dots", value, null, "{\"a.b\":" + text + ",\"a.c\":1.5}");
    }
    comparison.addAbsent();
  }

  @Test
  void a_path_holds_what_a_column_of_its_type_holds() throws IOException {
    Set<String> types = new LinkedHashSet<>(MatrixTypes.all().keySet());
    types.addAll(MORE_TYPES);
    List<String> impossible = new ArrayList<>();
    int compared = 0;
    for (String type : types) {
      if (!create(type)) {
        impossible.add(type);
        continue;
      }
      Comparison comparison = new Comparison(type);
      addAll(comparison, MatrixTypes.all().getOrDefault(type, List.of()));
      comparison.check();
      compared += comparison.names.size();
    }
    assertThat(compared).isGreaterThan(4000);
    assertThat(impossible).allMatch(JsonPathsIT::isNoTypeOfPaths);
  }

  /** The types that the server refuses for a path: among maps those whose keys are not String. */
  private static boolean isNoTypeOfPaths(String type) {
    return type.startsWith("Interval")
        || type.equals("BFloat16")
        || type.matches(".*Map\\((?!String,|LowCardinality\\(String\\),).*");
  }

  @Test
  void the_server_finds_a_path_where_the_writer_found_it() throws IOException {
    client.sql(
        "CREATE TABLE json_paths_it.names (n UInt32, c JSON(`.b` Decimal(18, 4), `SKIP`"
            + " Decimal(18, 4), `a.` Decimal(18, 4), `x.y.z` Decimal(18, 4), SKIP k)) ENGINE ="
            + " Memory");
    String number = "12345678901234.5678";
    List<String> records =
        List.of(
            "{\".b\":?}",
            "{\"\":{\"b\":?}}",
            "{\"SKIP\":?}",
            "{\"a.\":?}",
            "{\"a\":{\"\":?}}",
            "{\"x\":{\"y\":{\"z\":?}}}",
            "{\"x.y\":{\"z\":?}}",
            "{\"x\":{\"y.z\":?},\"x.y\":{\"k\":1}}",
            "{\"x.y.z\":?,\"k\":{\"z\":?}}");
    ColumnWriter n = ColumnWriter.create("UInt32", ZoneOffset.UTC);
    ColumnWriter json = ColumnWriter.create(client.systemType("names", "c"), ZoneOffset.UTC);
    for (String record : records) {
      n.append(n.rows());
      json.append(record.replace("?", number));
    }
    client.insert("names", List.of("n", "c"), List.of(n, json));

    assertThat(
            client.sql(
                "SELECT c.`.b` + c.`SKIP` + c.`a.` + c.x.y.z FROM json_paths_it.names ORDER BY n"))
        .isEqualTo(String.join("\n", Collections.nCopies(records.size(), number)));
  }

  private static boolean create(String type) {
    try {
      client.sql(
          "CREATE OR REPLACE TABLE json_paths_it.t (n UInt32, p "
              + type
              + ", c JSON(`a.b` "
              + type
              + ", SKIP z)) ENGINE = Memory");
      return true;
    } catch (AssertionError e) {
      return false;
    }
  }
}
