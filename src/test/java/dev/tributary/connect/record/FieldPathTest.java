package dev.tributary.connect.record;

import static dev.tributary.connect.record.Records.map;
import static dev.tributary.connect.record.Records.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldPathTest {

  private static final Schema INNER =
      SchemaBuilder.struct()
          .field("id", Schema.OPTIONAL_INT32_SCHEMA)
          .field("tier", SchemaBuilder.string().optional().defaultValue("free").build())
          .build();
  private static final Schema OUTER = SchemaBuilder.struct().field("user", INNER).build();

  private static @Nullable Object get(String path, SinkRecord record) {
    return FieldPath.parse("key.fields", path).get(record);
  }

  @Test
  void descends_into_structs() {
    SinkRecord record = record(null, new Struct(OUTER).put("user", new Struct(INNER).put("id", 7)));
    assertThat(get("user.id", record)).isEqualTo(7);
    assertThat(get("user.name", record)).isSameAs(FieldPath.MISSING);
    assertThat(get("user.id.deeper", record)).isSameAs(FieldPath.MISSING);
  }

  @Test
  void a_null_with_a_default_in_the_schema_stays_null() {
    SinkRecord record = record(null, new Struct(OUTER).put("user", new Struct(INNER)));
    assertThat(get("user.tier", record)).isNull();
  }

  @Test
  void descends_into_maps_and_tells_missing_from_null() {
    SinkRecord record = record(null, map("user", map("id", 7L, "name", null)));
    assertThat(get("user.id", record)).isEqualTo(7L);
    assertThat(get("user.name", record)).isNull();
    assertThat(get("user.email", record)).isSameAs(FieldPath.MISSING);
    assertThat(get("users.id", record)).isSameAs(FieldPath.MISSING);
  }

  @Test
  void the_schema_at_a_path_is_that_of_the_values_it_leads_to() {
    Schema tags = SchemaBuilder.map(Schema.STRING_SCHEMA, INNER).build();
    Schema outer = SchemaBuilder.struct().field("tags", tags).build();
    FieldPath path = FieldPath.parse("key.fields", "tags.any.id");

    assertThat(path.schemaIn(outer)).isEqualTo(INNER.field("id").schema());
    assertThat(FieldPath.parse("key.fields", "any.id").schemaIn(tags))
        .isEqualTo(INNER.field("id").schema());
    assertThat(FieldPath.parse("key.fields", "tags.any.none").schemaIn(outer)).isNull();
    assertThat(FieldPath.parse("key.fields", "none").schemaIn(outer)).isNull();
  }

  @Test
  void a_path_into_a_tombstone_or_a_plain_value_is_missing() {
    assertThat(get("id", record("k", null))).isSameAs(FieldPath.MISSING);
    assertThat(get("id", record("k", "text"))).isSameAs(FieldPath.MISSING);
  }

  @Test
  void reaches_the_record_key() {
    assertThat(get("key:", record("k", null))).isEqualTo("k");
    assertThat(get("key:", record(null, null))).isNull();
    assertThat(get("key:a.b", record(map("a", map("b", 1)), null))).isEqualTo(1);
    assertThat(get("key:a", record("plain", null))).isSameAs(FieldPath.MISSING);
  }

  @Test
  void reaches_the_last_header_of_a_name_with_dots() {
    SinkRecord record = record(null, null);
    record.headers().addString("request.id", "first").addString("request.id", "last");
    assertThat(get("header:request.id", record)).isEqualTo("last");
    assertThat(get("header:other", record)).isSameAs(FieldPath.MISSING);
  }

  @Test
  void backticks_keep_dots_and_prefixes_in_a_name() {
    SinkRecord record = record(null, map("a.b", map("c", 1), "key:x", 2));
    assertThat(get("`a.b`.c", record)).isEqualTo(1);
    assertThat(get("`key:x`", record)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a..b", ".a", "a.", "header:", "`a", "`a`b", "key:.a"})
  void refuses_paths_that_lead_nowhere(String path) {
    assertThatThrownBy(() -> FieldPath.parse("key.fields", path))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("key.fields");
  }
}
