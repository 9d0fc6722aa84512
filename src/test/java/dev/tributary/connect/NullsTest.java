package dev.tributary.connect;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.join.right.RightFields;
import dev.tributary.connect.join.right.RightRowEncoder;
import dev.tributary.connect.join.right.Schemas;
import dev.tributary.connect.record.FieldPath;
import dev.tributary.connect.record.KeyHasher;
import dev.tributary.connect.record.MemoryEstimate;
import dev.tributary.connect.record.UnionStructs;
import dev.tributary.connect.sink.columns.ColumnWriter;
import dev.tributary.connect.sink.columns.UnsupportedTypeException;
import dev.tributary.connect.sink.columns.ValueException;
import dev.tributary.connect.sink.row.ColumnInference;
import dev.tributary.connect.sink.row.Mappings;
import dev.tributary.connect.sink.row.Row;
import dev.tributary.connect.sink.row.RowExtractor;
import dev.tributary.connect.sink.row.RowMapping;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A null is a null, whatever default its schema has: a value means the same as one with the same
 * nulls whose schemas have no defaults at any depth.
 */
class NullsTest {

  private static final List<String> NAMES = List.of("a", "b", "c", "wkb", "type");

  private static final List<String> TYPES =
      List.of(
          "Nullable(String)",
          "String",
          "Nullable(Int32)",
          "JSON",
          "JSON(a Nullable(Int32), b.a Nullable(String))",
          "Map(String, Nullable(String))",
          "Map(String, String)",
          "Array(Nullable(String))",
          "Array(Map(String, Nullable(String)))",
          "Tuple(a Nullable(String), b Nullable(String), c String)",
          "Array(Tuple(a Nullable(String), b Nullable(String)))",
          "Map(String, Tuple(a Nullable(String), c Nullable(String)))",
          "Dynamic",
          "Variant(Int32, String)",
          "Point",
          "LowCardinality(Nullable(String))");

  /** Two schemas that differ in their defaults only. */
  private record Twin(Schema with, Schema without) {}

  /** The same value under both schemas of a twin. */
  private record Pair(Twin schema, Object with, Object without) {}

  private static Twin schema(Random random, int depth) {
    SchemaBuilder with;
    SchemaBuilder without;
    Object value = null;
    switch (depth == 0 ? random.nextInt(3) : random.nextInt(6)) {
      case 0 -> {
        with = SchemaBuilder.int32();
        without = SchemaBuilder.int32();
        value = 7;
      }
      case 1 -> {
        with = SchemaBuilder.string();
        without = SchemaBuilder.string();
        value = "default";
      }
      case 2 -> {
        with = SchemaBuilder.bytes();
        without = SchemaBuilder.bytes();
        value = new byte[] {1};
      }
      case 3 -> {
        Twin element = schema(random, depth - 1);
        with = SchemaBuilder.array(element.with);
        without = SchemaBuilder.array(element.without);
        value = List.of();
      }
      case 4 -> {
        Twin content = schema(random, depth - 1);
        with = SchemaBuilder.map(Schema.STRING_SCHEMA, content.with);
        without = SchemaBuilder.map(Schema.STRING_SCHEMA, content.without);
        value = Map.of();
      }
      default -> {
        return struct(random, depth);
      }
    }
    return new Twin(with.defaultValue(value).optional().build(), without.optional().build());
  }

  private static Twin struct(Random random, int depth) {
    SchemaBuilder with = SchemaBuilder.struct().optional();
    SchemaBuilder without = SchemaBuilder.struct().optional();
    if (random.nextInt(8) == 0) {
      with.name("io.confluent.connect.avro.Union");
      without.name("io.confluent.connect.avro.Union");
    }
    for (String name : NAMES) {
      if (random.nextInt(3) > 0) {
        Twin field = schema(random, depth - 1);
        with.field(name, field.with);
        without.field(name, field.without);
      }
    }
    return new Twin(with.build(), without.build());
  }

  private static Pair value(Random random, Twin schema) {
    return switch (schema.with.type()) {
      case INT32 -> same(schema, random.nextInt(3));
      case STRING -> same(schema, "t" + random.nextInt(3));
      case BYTES -> same(schema, new byte[] {(byte) random.nextInt(3)});
      case ARRAY -> {
        Twin element = new Twin(schema.with.valueSchema(), schema.without.valueSchema());
        List<Object> with = new ArrayList<>();
        List<Object> without = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
          Pair one = value(random, element);
          with.add(one.with);
          without.add(one.without);
        }
        yield new Pair(schema, with, without);
      }
      case MAP -> {
        Twin content = new Twin(schema.with.valueSchema(), schema.without.valueSchema());
        Map<String, Object> with = new LinkedHashMap<>();
        Map<String, Object> without = new LinkedHashMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
          Pair one = value(random, content);
          with.put("k" + i, one.with);
          without.put("k" + i, one.without);
        }
        yield new Pair(schema, with, without);
      }
      default -> {
        Struct with = new Struct(schema.with);
        Struct without = new Struct(schema.without);
        boolean union = schema.with.name() != null;
        boolean set = false;
        for (var field : schema.with.fields()) {
          if (random.nextBoolean() && !(union && set)) {
            Schema other = schema.without.field(field.name()).schema();
            Pair one = value(random, new Twin(field.schema(), other));
            with.put(field.name(), one.with);
            without.put(field.name(), one.without);
            set = true;
          }
        }
        yield new Pair(schema, with, without);
      }
    };
  }

  private static Pair same(Twin schema, Object value) {
    return new Pair(schema, value, value);
  }

  private static SinkRecord record(Schema schema, Object value) {
    return new SinkRecord("orders", 0, schema, value, schema, value, 0);
  }

  private static SinkRecord with(Pair pair) {
    return record(pair.schema.with, pair.with);
  }

  private static SinkRecord without(Pair pair) {
    return record(pair.schema.without, pair.without);
  }

  /** All columns, as hexadecimal text or the reason why they refuse the record. */
  private static List<String> row(SinkRecord record, RowMapping mapping) {
    List<String> written = new ArrayList<>();
    for (String name : List.of("a", "b", "b.a", "c.b", "wkb")) {
      for (String type : TYPES) {
        Table table =
            new Table(
                new TableId("db", "t"), List.of(new Column(name, type, false)), ZoneOffset.UTC);
        RowExtractor extractor = new RowExtractor(table, mapping, new HashSet<>(NAMES));
        Row row = new Row(1);
        written.add(name + " " + type + " " + cell(extractor, record, row, type));
      }
    }
    return written;
  }

  private static String cell(RowExtractor extractor, SinkRecord record, Row row, String type) {
    try {
      if (!extractor.read(record, row) || !row.isPresent(0)) {
        return "absent";
      }
      ColumnWriter column = ColumnWriter.create(type, ZoneOffset.UTC);
      column.append(row.value(0), row.schema(0));
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      column.writeTo(out);
      return HexFormat.of().formatHex(out.toByteArray());
    } catch (DataException | ValueException | UnsupportedTypeException e) {
      return e.toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Property(tries = 300)
  void a_row_is_the_same_with_and_without_defaults(@ForAll Random random) {
    Pair pair = value(random, struct(random, 3));
    assertThat(row(with(pair), Mappings.byName())).isEqualTo(row(without(pair), Mappings.byName()));
    RowMapping asDefault = Mappings.withNullAsDefault(Mappings.byName());
    assertThat(row(with(pair), asDefault)).isEqualTo(row(without(pair), asDefault));
  }

  @Property(tries = 1000)
  void every_other_reader_sees_the_null(@ForAll Random random) throws IOException {
    Pair pair = value(random, struct(random, 3));
    SinkRecord with = with(pair);
    SinkRecord without = without(pair);

    for (String path : List.of("key:", "a", "b.a", "c.b", "key:a")) {
      assertThat(key(path, with)).isEqualTo(key(path, without));
    }
    assertThat(MemoryEstimate.of(with)).isEqualTo(MemoryEstimate.of(without));
    try (JsonConverter converter = new JsonConverter()) {
      assertThat(json(converter, pair.schema.with, pair.with))
          .isEqualTo(json(converter, pair.schema.without, pair.without));
    }
    assertThat(ColumnInference.of(List.of(with), Mappings.byName(), name -> false))
        .isEqualTo(ColumnInference.of(List.of(without), Mappings.byName(), name -> false));
    assertThat(rightRow("*", with)).isEqualTo(rightRow("*", without));
    assertThat(rightRow("a,b.a:d", with)).isEqualTo(rightRow("a,b.a:d", without));
  }

  private static String json(JsonConverter converter, @Nullable Schema schema, Object value) {
    return new String(
        requireNonNull(converter.fromConnectData("orders", schema, value)), StandardCharsets.UTF_8);
  }

  private static String key(String path, SinkRecord record) {
    KeyHasher hasher = new KeyHasher(List.of(FieldPath.parse("key.fields", path)));
    return hasher.hash(record) ? hasher.high() + "," + hasher.low() : hasher.absence();
  }

  /** The values that a left gets, as their JSON. */
  private static List<String> rightRow(String selected, SinkRecord record) throws IOException {
    Schemas schemas = new Schemas();
    RightFields fields =
        RightFields.parse("right.fields", List.of(selected.split(",", -1)), "right_");
    RightFields.RightRow row =
        fields.read(fields.write(record, new RightRowEncoder(schemas), schemas), schemas);
    List<String> values = new ArrayList<>(List.of(row.names()));
    try (JsonConverter converter = new JsonConverter()) {
      for (Object value : row.values()) {
        values.add(value == null ? "null" : json(converter, null, value));
      }
    }
    return values;
  }

  @Test
  void a_decimal_of_varying_scale_lacks_its_parts_whatever_their_default() {
    Schema schema =
        SchemaBuilder.struct()
            .name("io.debezium.data.VariableScaleDecimal")
            .field("scale", SchemaBuilder.int32().defaultValue(0).optional().build())
            .field("value", SchemaBuilder.bytes().defaultValue(new byte[] {1}).optional().build())
            .build();
    assertThatThrownBy(() -> UnionStructs.value(new Struct(schema)))
        .hasMessage("a VariableScaleDecimal without its scale and value");
  }
}
