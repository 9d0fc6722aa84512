package dev.tributary.connect.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.join.right.RightFields;
import dev.tributary.connect.join.right.RightRowEncoder;
import dev.tributary.connect.join.right.Schemas;
import dev.tributary.connect.record.Records;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.ConnectSchema;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FieldMergerTest {

  private static final Schema ORDER =
      SchemaBuilder.struct().name("order").version(3).field("id", Schema.INT64_SCHEMA).build();
  private static final Schema ADDRESS =
      SchemaBuilder.struct().field("city", Schema.STRING_SCHEMA).build();
  private static final Schema USER =
      SchemaBuilder.struct()
          .field("name", Schema.STRING_SCHEMA)
          .field("address", ADDRESS)
          .field("tags", SchemaBuilder.array(Schema.STRING_SCHEMA).build())
          .build();

  private final Schemas schemas = new Schemas();
  private final RightFields fields =
      RightFields.parse(
          "right.fields", List.of("name:user_name", "address:user_address", "tags"), "");
  private final FieldMerger merger = new FieldMerger(fields, schemas);

  private static SinkRecord left(@Nullable Schema schema, Object value) {
    return new SinkRecord("orders", 0, null, null, schema, value, 0);
  }

  private RightFields.RightRow right(@Nullable Schema schema, Object value) {
    SinkRecord right = new SinkRecord("users", 0, null, null, schema, value, 0);
    return fields.read(fields.write(right, new RightRowEncoder(schemas), schemas), schemas);
  }

  private static Struct user() {
    return new Struct(USER)
        .put("name", "Ann")
        .put("address", new Struct(ADDRESS).put("city", "Rome"))
        .put("tags", List.of("a", "b"));
  }

  @Test
  void a_struct_becomes_a_struct_with_more_fields_that_are_optional() {
    Struct order = new Struct(ORDER).put("id", 7L);
    SchemaAndValue result = merger.merge(left(ORDER, order), right(USER, user()));
    Struct value = (Struct) result.value();

    value.validate();
    assertThat(result.schema().name()).isEqualTo("order");
    assertThat(result.schema().version()).isEqualTo(3);
    assertThat(value.getInt64("id")).isEqualTo(7);
    assertThat(value.getString("user_name")).isEqualTo("Ann");
    assertThat(value.getStruct("user_address").getString("city")).isEqualTo("Rome");
    assertThat(value.getArray("tags")).containsExactly("a", "b");
    assertThat(result.schema().field("user_name").schema().isOptional()).isTrue();
    assertThat(order.schema().fields()).hasSize(1);
  }

  @Test
  void the_schema_of_the_left_is_kept_with_all_that_belongs_to_it() {
    Schema plain =
        SchemaBuilder.struct().field("id", SchemaBuilder.int64().defaultValue(5L).build()).build();
    Schema order =
        new ConnectSchema(
            Schema.Type.STRUCT,
            true,
            new Struct(plain).put("id", 9L),
            "order",
            3,
            "what was ordered",
            Map.of("origin", "shop"),
            plain.fields(),
            null,
            null);
    Schema joined = merger.merge(left(order, new Struct(order)), right(USER, user())).schema();

    assertThat(joined.isOptional()).isTrue();
    assertThat(joined.doc()).isEqualTo("what was ordered");
    assertThat(joined.parameters()).isEqualTo(Map.of("origin", "shop"));
    assertThat(joined.field("id").schema()).isEqualTo(plain.field("id").schema());
    assertThat(joined.defaultValue())
        .isInstanceOfSatisfying(
            Struct.class,
            value -> {
              assertThat(value.getInt64("id")).isEqualTo(9);
              assertThat(value.get("user_name")).isNull();
            });
  }

  @Test
  void a_right_field_is_null_where_no_right_matches_whatever_its_default() {
    Schema user =
        SchemaBuilder.struct()
            .field("name", SchemaBuilder.string().optional().defaultValue("none").build())
            .build();
    Struct order = new Struct(ORDER).put("id", 7L);
    SchemaAndValue matched = merger.merge(left(ORDER, order), right(user, new Struct(user)));
    SchemaAndValue alone = merger.merge(left(ORDER, order), fields.none(schemas));

    assertThat(((Struct) matched.value()).get("user_name")).isNull();
    assertThat(((Struct) alone.value()).get("user_name")).isNull();
    assertThat(alone.schema()).isEqualTo(matched.schema());
  }

  @Test
  void two_right_fields_that_become_one_are_an_error_that_names_it() {
    RightFields all = RightFields.parse("right.fields", List.of("*"), "user_");
    SinkRecord user =
        new SinkRecord("users", 0, null, null, null, Map.of(1, "one", "1", "text"), 0);
    byte[] row = all.write(user, new RightRowEncoder(schemas), schemas);

    assertThatThrownBy(() -> all.read(row, schemas))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("'user_1'");
  }

  @Test
  void the_schema_is_made_once() {
    Struct order = new Struct(ORDER).put("id", 7L);
    Schema first = merger.merge(left(ORDER, order), right(USER, user())).schema();

    assertThat(merger.merge(left(ORDER, order), right(USER, user())).schema()).isSameAs(first);
    assertThat(merger.merge(left(ORDER, order), fields.none(schemas)).schema()).isSameAs(first);
  }

  @Test
  void without_a_match_the_fields_are_null() {
    assertThat(right(USER, user()).schemaId()).isPositive();
    Struct order = new Struct(ORDER).put("id", 7L);
    Struct value = (Struct) merger.merge(left(ORDER, order), fields.none(schemas)).value();

    value.validate();
    assertThat(value.get("user_name")).isNull();
    assertThat(value.get("user_address")).isNull();
  }

  @Test
  void a_map_becomes_a_map_with_more_entries() {
    Map<String, @Nullable Object> order = Records.map("id", 7L);
    SchemaAndValue result =
        merger.merge(left(null, order), right(null, Map.of("name", "Ann", "x", 1)));

    assertThat(result.schema()).isNull();
    assertThat(result.value())
        .isEqualTo(Records.map("id", 7L, "user_name", "Ann", "user_address", null, "tags", null));
    assertThat(order).hasSize(1);
  }

  @Test
  void a_field_that_the_left_has_already_is_an_error_that_names_it() {
    Schema clashing =
        SchemaBuilder.struct().field("user_name", Schema.OPTIONAL_STRING_SCHEMA).build();

    assertThatThrownBy(
            () -> merger.merge(left(clashing, new Struct(clashing)), right(USER, user())))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("'user_name'")
        .hasMessageContaining("right.fields");
    assertThatThrownBy(
            () -> merger.merge(left(null, Records.map("user_name", null)), right(USER, user())))
        .hasMessageContaining("'user_name'");
  }

  @Test
  void a_left_with_a_schema_needs_a_right_with_one() {
    assertThatThrownBy(
            () ->
                merger.merge(
                    left(ORDER, new Struct(ORDER).put("id", 7L)),
                    right(null, Map.of("name", "Ann"))))
        .hasMessageContaining("right.value.converter");
  }

  @Test
  void a_left_without_a_schema_gets_right_values_that_need_none() {
    Object value = merger.merge(left(null, Map.of("id", 7L)), right(USER, user())).value();

    assertThat(value)
        .isEqualTo(
            Records.map(
                "id",
                7L,
                "user_name",
                "Ann",
                "user_address",
                Map.of("city", "Rome"),
                "tags",
                List.of("a", "b")));
  }

  @Test
  void a_left_without_fields_cannot_be_joined() {
    assertThatThrownBy(() -> merger.merge(left(null, "text"), fields.none(schemas)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a String");
  }
}
