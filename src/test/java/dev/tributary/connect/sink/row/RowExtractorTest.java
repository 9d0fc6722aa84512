package dev.tributary.connect.sink.row;

import static dev.tributary.connect.sink.row.ColumnSource.ABSENT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.apache.kafka.common.record.TimestampType.CREATE_TIME;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.json.JsonSlice;
import dev.tributary.connect.record.UnreadableValue;
import dev.tributary.connect.sink.columns.ColumnOptions;
import dev.tributary.connect.sink.columns.ColumnWriter;
import dev.tributary.connect.sink.columns.TimeFormats;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.FieldToColumn;
import dev.tributary.connect.sink.table.MetadataColumns;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.nio.ByteBuffer;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RowExtractorTest {

  private static final Table TABLE =
      new Table(
          new TableId("db", "t"),
          List.of(
              new Column("id", "Int32", false),
              new Column("city", "Nullable(String)", false),
              new Column("note", "String", true)),
          ZoneOffset.UTC);

  /** The fields without a column, which are new to no test here but one. */
  private static final Set<String> MET = new HashSet<>();

  private static final RowMapping MAPPING = mapping("user.address.city:city", "", false);

  private static RowMapping mapping(String fields, String metadata, boolean raw) {
    return new RowMapping(
        FieldToColumn.parse(list(fields)),
        MetadataColumns.parse(list(metadata)),
        raw,
        false,
        false,
        false,
        true,
        TimeFormats.none(),
        false);
  }

  private static List<String> list(String entries) {
    return entries.isEmpty() ? List.of() : List.of(entries.split(",", -1));
  }

  private static SinkRecord record(@Nullable Object value) {
    return new SinkRecord("topic", 3, null, null, null, value, 7);
  }

  private static @Nullable Object[] read(SinkRecord record, RowMapping mapping) {
    Row row = new Row(3);
    read(reader(TABLE, mapping), record, row);
    return values(row);
  }

  private static RowExtractor reader(Table table, RowMapping mapping) {
    return new RowExtractor(table, mapping, MET);
  }

  private static void read(RowExtractor reader, SinkRecord record, Row row) {
    if (!reader.read(record, row)) {
      MET.addAll(reader.newFields());
      assertThat(reader.read(record, row)).isTrue();
    }
  }

  private static @Nullable Object[] values(Row row) {
    return new @Nullable Object[] {decoded(row, 0), decoded(row, 1), decoded(row, 2)};
  }

  private static @Nullable Object decoded(Row row, int column) {
    return row.value(column) instanceof JsonSlice slice ? slice.value() : row.value(column);
  }

  private static @Nullable Object[] read(@Nullable Object value) {
    return read(record(value), MAPPING);
  }

  @Test
  void map_and_struct_give_the_same_row() {
    Schema address = SchemaBuilder.struct().field("city", Schema.STRING_SCHEMA).build();
    Schema user = SchemaBuilder.struct().field("address", address).build();
    Schema schema =
        SchemaBuilder.struct().field("id", Schema.INT32_SCHEMA).field("user", user).build();
    Struct struct =
        new Struct(schema)
            .put("id", 7)
            .put("user", new Struct(user).put("address", new Struct(address).put("city", "Bonn")));
    Map<String, ?> map = Map.of("id", 7, "user", Map.of("address", Map.of("city", "Bonn")));

    assertThat(read(struct)).containsExactly(7, "Bonn", ABSENT);
    assertThat(read(map)).containsExactly(7, "Bonn", ABSENT);
  }

  @Test
  void schema_of_a_field_goes_with_its_value_and_only_with_that() {
    Schema schema = SchemaBuilder.struct().field("id", Date.SCHEMA).build();
    RowExtractor reader = reader(TABLE, MAPPING);
    Row row = new Row(3);

    read(reader, record(new Struct(schema).put("id", new java.util.Date(0))), row);
    assertThat(row.schema(0)).isEqualTo(Date.SCHEMA);
    read(reader, record(Map.of("id", 1)), row);
    assertThat(row.schema(0)).isNull();
  }

  @Test
  void absent_and_null_are_distinguished() {
    Map<String, @Nullable Object> value = new HashMap<>();
    value.put("id", null);
    value.put("user", null);

    assertThat(read(value)).containsExactly(null, null, ABSENT);
    assertThat(read(Map.of("id", 1, "user", Map.of()))).containsExactly(1, ABSENT, ABSENT);
  }

  @Test
  void null_as_default_holds_for_columns_that_are_not_nullable() {
    Map<String, @Nullable Object> value = new HashMap<>();
    value.put("id", null);
    value.put("user", null);
    value.put("note", null);

    assertThat(read(record(value), Mappings.withNullAsDefault(MAPPING)))
        .containsExactly(ABSENT, null, ABSENT);
  }

  @Test
  void reader_follows_a_change_of_schema() {
    RowExtractor reader = reader(TABLE, MAPPING);
    Row row = new Row(3);
    Schema one = SchemaBuilder.struct().field("id", Schema.INT32_SCHEMA).build();
    Schema two =
        SchemaBuilder.struct()
            .field("note", Schema.STRING_SCHEMA)
            .field("id", Schema.INT32_SCHEMA)
            .build();

    read(reader, record(new Struct(one).put("id", 1)), row);
    assertThat(values(row)).containsExactly(1, ABSENT, ABSENT);
    read(reader, record(new Struct(two).put("id", 2).put("note", "n")), row);
    assertThat(values(row)).containsExactly(2, ABSENT, "n");
    read(reader, record(new Struct(one).put("id", 3)), row);
    assertThat(values(row)).containsExactly(3, ABSENT, ABSENT);
  }

  @Test
  void field_without_a_column_is_an_error_when_asked_for() {
    Map<String, ?> value = Map.of("id", 1, "colour", "red");

    assertThat(read(value)).containsExactly(1, ABSENT, ABSENT);
    assertThatThrownBy(() -> read(record(value), Mappings.withUnknownFieldsAsErrors(MAPPING)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("`colour`")
        .hasMessageContaining("db.t");
  }

  @Test
  void field_that_clickhouse_computes_is_passed_over_or_an_error() {
    Table computing =
        new Table(TABLE.id(), TABLE.columns(), ZoneOffset.UTC, Set.of("made"), List.of());
    SinkRecord record = record(Map.of("id", 1, "made", 2));
    Row row = new Row(3);

    read(reader(computing, MAPPING), record, row);
    assertThat(values(row)).containsExactly(1, ABSENT, ABSENT);
    assertThatThrownBy(
            () -> read(reader(computing, Mappings.withUnknownFieldsAsErrors(MAPPING)), record, row))
        .hasMessageContaining("`made` is computed by db.t");
  }

  @Test
  void column_that_cannot_be_written_may_not_have_a_value() {
    Table.Unsupported state = new Table.Unsupported("state", "Cannot write it", true);
    Table table = new Table(TABLE.id(), TABLE.columns(), ZoneOffset.UTC, Set.of(), List.of(state));
    RowExtractor reader = reader(table, Mappings.withUnknownFieldsAsErrors(MAPPING));
    Row row = new Row(3);

    read(reader, record(Map.of("id", 1)), row);
    assertThatThrownBy(() -> read(reader, record(Map.of("id", 1, "state", "x")), row))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("`state` of db.t. Cannot write it");
    assertThat(MAPPING.problems(table)).isEmpty();
    Table without =
        new Table(
            TABLE.id(),
            TABLE.columns(),
            ZoneOffset.UTC,
            Set.of(),
            List.of(new Table.Unsupported("state", "Cannot write it", false)));
    assertThat(MAPPING.problems(without).get("topic.to.table")).contains("`state`", "DEFAULT");
  }

  @Test
  void column_with_dots_takes_its_namesake_or_what_is_at_its_path() {
    Table dotted =
        new Table(
            TABLE.id(),
            List.of(
                new Column("id", "Int32", false),
                new Column("n.a", "Array(Int32)", false),
                new Column("n.b", "Array(String)", false)),
            ZoneOffset.UTC);
    RowExtractor reader = reader(dotted, Mappings.withUnknownFieldsAsErrors(Mappings.byName()));
    Row row = new Row(3);

    read(reader, record(Map.of("id", 1, "n.a", List.of(1), "n", Map.of("a", List.of(2)))), row);
    assertThat(values(row)).containsExactly(1, List.of(1), ABSENT);
    read(reader, record(Map.of("n", Map.of("a", List.of(2), "b", List.of("x")))), row);
    assertThat(values(row)).containsExactly(ABSENT, List.of(2), List.of("x"));
    read(reader, record(Map.of("n", List.of(Map.of("a", 3), Map.of("a", 4, "b", "y")))), row);
    assertThat(values(row)).containsExactly(ABSENT, List.of(3, 4), Arrays.asList(null, "y"));
    read(reader, record(Map.of("n", List.of())), row);
    assertThat(values(row)).containsExactly(ABSENT, List.of(), List.of());
  }

  @Test
  void list_of_fields_has_their_schema() {
    Schema item = SchemaBuilder.struct().field("id", Date.SCHEMA).build();
    Schema schema = SchemaBuilder.struct().field("items", SchemaBuilder.array(item)).build();
    RowExtractor reader = reader(TABLE, mapping("items.id:city", "", false));
    Row row = new Row(3);
    java.util.Date day = new java.util.Date(0);
    Struct struct = new Struct(schema).put("items", List.of(new Struct(item).put("id", day)));

    read(reader, record(struct), row);

    assertThat(row.value(1)).isEqualTo(List.of(day));
    assertThat(requireNonNull(row.schema(1)).valueSchema()).isEqualTo(Date.SCHEMA);
    Schema first = row.schema(1);
    read(reader, record(struct), row);
    assertThat(row.schema(1)).isSameAs(first);
  }

  @Test
  void new_field_is_reported_before_anything_else() {
    Set<String> met = new HashSet<>();
    RowExtractor reader = new RowExtractor(TABLE, Mappings.withUnknownFieldsAsErrors(MAPPING), met);
    SinkRecord record = record(Map.of("colour", "red"));
    Row row = new Row(3);

    assertThat(reader.read(record, row)).isFalse();
    assertThat(reader.newFields()).containsExactly("colour");
    met.add("colour");
    assertThatThrownBy(() -> reader.read(record, row)).hasMessageContaining("`colour`");
  }

  @Test
  void record_with_no_field_for_the_table_is_an_error() {
    assertThatThrownBy(() -> read(Map.of("colour", "red")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("[colour]")
        .hasMessageContaining("field.to.column");
  }

  @Test
  void value_that_is_no_record_is_named_by_its_kind_only() {
    assertThatThrownBy(() -> read("secret"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a string of 6 characters, and it is not JSON")
        .hasMessageNotContaining("secret");
    assertThatThrownBy(() -> read("[\"secret\"]"))
        .hasMessageContaining("of JSON that is no object")
        .hasMessageNotContaining("secret");
    assertThatThrownBy(() -> read(5L)).hasMessageContaining("an integer (Long)");
  }

  @Test
  void text_and_bytes_of_json_are_the_records_they_spell() {
    String json = "{\"id\":9007199254740993,\"user\":{\"address\":{\"city\":\"Köln\"}}}";

    assertThat(read(json)).containsExactly(9007199254740993L, "Köln", ABSENT);
    assertThat(read(json.getBytes(UTF_8))).containsExactly(9007199254740993L, "Köln", ABSENT);
    assertThat(read(ByteBuffer.wrap(json.getBytes(UTF_8))))
        .containsExactly(9007199254740993L, "Köln", ABSENT);
  }

  @Test
  void raw_value_goes_whole_into_the_column_of_its_name_or_the_mapped_one() {
    RowMapping toNote = mapping("value:note", "", true);

    assertThat(read(record("{\"id\":1"), toNote)).containsExactly(ABSENT, ABSENT, "{\"id\":1");
    assertThat(toNote.problems(TABLE)).isEmpty();
    assertThat(mapping("", "", true).problems(TABLE).get("value.mode"))
        .contains("db`.`t` has no column `value`", "field.to.column=value:<column>");
    assertThatThrownBy(() -> read(record(new UnreadableValue("why")), toNote)).hasMessage("why");
  }

  @Test
  void metadata_come_from_where_the_record_was_in_kafka() {
    SinkRecord original =
        new SinkRecord("topic", 3, null, "k", null, Map.of("id", 1), 7, 1234L, CREATE_TIME);
    SinkRecord renamed = original.newRecord("other", 9, null, "k", null, Map.of("id", 1), 1234L);

    assertThat(read(renamed, mapping("", "topic:city,partition:note", false)))
        .containsExactly(1, "topic", 3);
    assertThat(read(renamed, mapping("", "offset:city,timestamp:note", false)))
        .containsExactly(1, 7L, 1234L);
    assertThat(read(renamed, mapping("", "key:city", false))).containsExactly(1, "k", ABSENT);
  }

  @Test
  void timestamp_is_cut_in_a_column_of_seconds_and_refused_where_cuts_are_errors() {
    SinkRecord record =
        new SinkRecord("topic", 3, null, null, null, Map.of("id", 1), 7, -1L, CREATE_TIME);
    Table table =
        new Table(
            new TableId("db", "t"),
            List.of(
                new Column("_ts", "DateTime64(0, 'UTC')", false),
                new Column("id", "UInt32", false)),
            ZoneOffset.UTC);
    RowMapping truncating = mapping("", "timestamp:_ts", false);
    ColumnOptions cuts = truncating.options(table, table.columns().get(0));
    ColumnWriter column = ColumnWriter.create("DateTime64(0, 'UTC')", cuts);
    Row row = new Row(2);

    assertThat(truncating.problems(table)).isEmpty();
    read(reader(table, truncating), record, row);
    column.append(row.value(0), row.schema(0));
    assertThat(column.rows()).isEqualTo(1);
    assertThatThrownBy(
            () ->
                ColumnWriter.create("DateTime64(0, 'UTC')", ZoneOffset.UTC)
                    .append(row.value(0), row.schema(0)))
        .hasMessageContaining("fraction of a second");
    for (String type : List.of("DateTime", "DateTime('UTC')", "Nullable(DateTime)")) {
      MetadataSource source =
          new MetadataSource(
              truncating.metadata().sourceOf("_ts").orElseThrow(), new Column("_ts", type, false));
      assertThat(source.read(record, Map.of())).as(type).isEqualTo(new java.util.Date(-1));
    }
  }

  @Test
  void header_column_takes_the_last_header_and_its_default_without_one() {
    SinkRecord record = record(Map.of("id", 1));
    RowMapping headers = mapping("", "header.trace.id:city", false);

    assertThat(read(record, headers)).containsExactly(1, ABSENT, ABSENT);
    record.headers().addString("trace.id", "first").addString("trace.id", "last");
    assertThat(read(record, headers)).containsExactly(1, "last", ABSENT);
    record.headers().add("trace.id", null, null);
    assertThat(read(record, headers)).containsExactly(1, null, ABSENT);
  }

  @Test
  void metadata_column_takes_no_field_and_makes_no_record_of_its_own() {
    RowMapping keyed = mapping("", "key:city", false);
    Map<String, ?> value = Map.of("id", 1, "city", "field");

    assertThat(read(record(value), keyed)).containsExactly(1, null, ABSENT);
    assertThatThrownBy(() -> read(record(value), Mappings.withUnknownFieldsAsErrors(keyed)))
        .hasMessageContaining("`city`");
    assertThatThrownBy(() -> read(record(Map.of("city", "field")), keyed))
        .hasMessageContaining("not one of its fields [city]");
  }
}
