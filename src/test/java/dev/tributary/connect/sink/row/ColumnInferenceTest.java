package dev.tributary.connect.sink.row;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.columns.TimeFormats;
import dev.tributary.connect.sink.table.FieldToColumn;
import dev.tributary.connect.sink.table.MetadataColumns;
import dev.tributary.connect.sink.table.NewColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ColumnInferenceTest {

  private static List<String> columns(RowMapping mapping, @Nullable Object... values) {
    List<SinkRecord> records = new ArrayList<>();
    for (Object value : values) {
      records.add(new SinkRecord("t", 0, null, "k", null, value, 1));
    }
    return ColumnInference.of(records, mapping, "there"::equals).stream()
        .map(ColumnInferenceTest::text)
        .toList();
  }

  private static String text(NewColumn column) {
    return column.name() + " " + column.type() + (column.nullable() ? " or null" : "");
  }

  private static RowMapping mapping(String fields, String metadata, boolean raw) {
    return new RowMapping(
        FieldToColumn.parse(fields.isEmpty() ? List.of() : Arrays.asList(fields.split(",", -1))),
        MetadataColumns.parse(
            metadata.isEmpty() ? List.of() : Arrays.asList(metadata.split(",", -1))),
        raw,
        false,
        false,
        false,
        true,
        TimeFormats.none(),
        true);
  }

  @Test
  void schemaless_fields_have_the_type_of_all_their_values() {
    Map<String, @Nullable Object> nulls = new HashMap<>();
    nulls.put("nothing", null);

    assertThat(
            columns(
                Mappings.byName(),
                Map.of("a", 1L),
                Map.of("a", 2.5),
                "no record",
                null,
                nulls,
                Map.of("there", 1L),
                "{\"b\":{\"c\":1}}"))
        .containsExactlyInAnyOrder("a Float64 or null", "b String or null");
  }

  @Test
  void struct_fields_have_the_type_of_their_schema() {
    Schema user = SchemaBuilder.struct().optional().field("name", Schema.STRING_SCHEMA).build();
    Schema schema =
        SchemaBuilder.struct()
            .field("id", Schema.INT32_SCHEMA)
            .field("note", Schema.OPTIONAL_STRING_SCHEMA)
            .field("user", user)
            .build();

    assertThat(columns(Mappings.byName(), new Struct(schema).put("id", 1)))
        .containsExactly("id Int32", "note String or null", "user String or null");
    assertThat(columns(mapping("user.name:who,id:nr", "", false), new Struct(schema).put("id", 1)))
        .containsExactlyInAnyOrder("note String or null", "who String or null", "nr Int32");
  }

  @Test
  void metadata_columns_come_with_the_fields() {
    RowMapping mapping = mapping("", "offset:o,topic:t,timestamp:ts,key:k,header.h:h", false);

    assertThat(columns(mapping, Map.of("a", 1L, "o", 5L)))
        .containsExactly(
            "a Int64 or null",
            "o Int64",
            "t LowCardinality(String)",
            "ts DateTime64(3, 'UTC')",
            "k String or null",
            "h String or null");
    assertThat(columns(mapping, Map.of())).isEmpty();
  }

  @Test
  void raw_values_need_one_column() {
    assertThat(columns(mapping("", "", true), "text")).containsExactly("value String");
    assertThat(columns(mapping("value:payload", "", true), new byte[0]))
        .containsExactly("payload String");
  }
}
