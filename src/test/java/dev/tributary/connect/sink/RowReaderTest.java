package dev.tributary.connect.sink;

import static dev.tributary.connect.sink.FieldReader.ABSENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.FieldToColumn;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RowReaderTest {

  private static final Table TABLE =
      new Table(
          new TableId("db", "t"),
          List.of(
              new Column("id", "Int32", false),
              new Column("city", "Nullable(String)", false),
              new Column("note", "String", true)),
          ZoneOffset.UTC);

  private static final FieldToColumn MAPPING =
      FieldToColumn.parse(List.of("user.address.city:city"));

  private static @Nullable Object[] read(
      @Nullable Object value, boolean unknownFieldsAreErrors, boolean nullAsDefault) {
    Row row = new Row(3);
    new RowReader(TABLE, MAPPING, unknownFieldsAreErrors, nullAsDefault).read(value, row);
    return values(row);
  }

  private static @Nullable Object[] values(Row row) {
    return new @Nullable Object[] {row.value(0), row.value(1), row.value(2)};
  }

  private static @Nullable Object[] read(@Nullable Object value) {
    return read(value, false, false);
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
    RowReader reader = new RowReader(TABLE, MAPPING, false, false);
    Row row = new Row(3);

    reader.read(new Struct(schema).put("id", new java.util.Date(0)), row);
    assertThat(row.schema(0)).isEqualTo(Date.SCHEMA);
    reader.read(Map.of("id", 1), row);
    assertThat(row.schema(0)).isNull();
  }

  @Test
  void absent_and_null_are_told_apart() {
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

    assertThat(read(value, false, true)).containsExactly(ABSENT, null, ABSENT);
  }

  @Test
  void reader_follows_a_change_of_schema() {
    RowReader reader = new RowReader(TABLE, MAPPING, false, false);
    Row row = new Row(3);
    Schema one = SchemaBuilder.struct().field("id", Schema.INT32_SCHEMA).build();
    Schema two =
        SchemaBuilder.struct()
            .field("note", Schema.STRING_SCHEMA)
            .field("id", Schema.INT32_SCHEMA)
            .build();

    reader.read(new Struct(one).put("id", 1), row);
    assertThat(values(row)).containsExactly(1, ABSENT, ABSENT);
    reader.read(new Struct(two).put("id", 2).put("note", "n"), row);
    assertThat(values(row)).containsExactly(2, ABSENT, "n");
    reader.read(new Struct(one).put("id", 3), row);
    assertThat(values(row)).containsExactly(3, ABSENT, ABSENT);
  }

  @Test
  void field_without_a_column_is_an_error_when_asked_for() {
    Map<String, ?> value = Map.of("id", 1, "colour", "red");

    assertThat(read(value, false, false)).containsExactly(1, ABSENT, ABSENT);
    assertThatThrownBy(() -> read(value, true, false))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("`colour`")
        .hasMessageContaining("db.t");
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
        .hasMessageContaining("a String")
        .hasMessageNotContaining("secret");
  }
}
