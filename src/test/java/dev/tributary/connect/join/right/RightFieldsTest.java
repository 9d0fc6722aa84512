package dev.tributary.connect.join.right;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.record.Records;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RightFieldsTest {

  private static final Schema ADDRESS =
      SchemaBuilder.struct().field("city", Schema.STRING_SCHEMA).build();
  private static final Schema USER =
      SchemaBuilder.struct()
          .field("name", Schema.STRING_SCHEMA)
          .field("address", ADDRESS)
          .field("since", Timestamp.SCHEMA)
          .build();

  private final Schemas schemas = new Schemas();

  private static RightFields fields(String... entries) {
    return RightFields.parse("right.fields", List.of(entries), "user_");
  }

  private RightFields.RightRow through(RightFields fields, @Nullable Schema schema, Object value) {
    SinkRecord right = new SinkRecord("users", 0, null, null, schema, value, 0);
    byte[] row = fields.write(right, new RightRowEncoder(schemas), schemas);
    return fields.read(row, schemas);
  }

  @Test
  void every_kind_of_value_comes_back_as_it_was() {
    List<@Nullable Object> kinds =
        Arrays.asList(
            null,
            true,
            false,
            (byte) -3,
            (short) 300,
            -70_000,
            9_007_199_254_740_993L,
            Long.MIN_VALUE,
            0.1f,
            -0.1d,
            "ключ@😀",
            "",
            new BigInteger("18446744073709551615"),
            new BigDecimal("-12345678901234.567891"),
            new Date(1_700_000_000_123L),
            List.of(1L, List.of("x")),
            Records.map("a", Records.map("b", null)));
    RightFields.RightRow row = through(fields("v"), null, Records.map("v", kinds));

    assertThat(row.values()).containsExactly(kinds);
    assertThat((byte[]) through(fields("v"), null, Map.of("v", new byte[] {0, -1})).values()[0])
        .containsExactly(0, -1);
  }

  @Test
  void selected_fields_come_by_path_and_under_their_new_names() {
    RightFields.RightRow row =
        through(
            fields("name:user_name", "address.city", "missing:nothing"),
            null,
            Map.of("name", "Ann", "other", 1, "address", Map.of("city", "Rome")));

    assertThat(row.names()).containsExactly("user_name", "city", "nothing");
    assertThat(row.values()).containsExactly("Ann", "Rome", null);
  }

  @Test
  void all_fields_come_with_the_prefix() {
    RightFields.RightRow row = through(fields("*"), null, Map.of("name", "Ann"));

    assertThat(row.names()).containsExactly("user_name");
    assertThat(row.values()).containsExactly("Ann");
  }

  @Test
  void structs_keep_their_schemas() {
    Struct user =
        new Struct(USER)
            .put("name", "Ann")
            .put("address", new Struct(ADDRESS).put("city", "Rome"))
            .put("since", new Date(5));
    RightFields all = fields("*");
    RightFields.RightRow row = through(all, USER, user);
    RightFields some = fields("address:home", "address.city:town");
    RightFields.RightRow selected = through(some, USER, user);

    assertThat(row.names()).containsExactly("user_name", "user_address", "user_since");
    assertThat(row.values())
        .containsExactly("Ann", new Struct(ADDRESS).put("city", "Rome"), new Date(5));
    assertThat(all.schemas(row, schemas))
        .containsExactly(Schema.STRING_SCHEMA, ADDRESS, Timestamp.SCHEMA);
    assertThat(selected.values()).containsExactly(new Struct(ADDRESS).put("city", "Rome"), "Rome");
    assertThat(some.schemas(selected, schemas)).containsExactly(ADDRESS, Schema.STRING_SCHEMA);
  }

  @Test
  void a_value_without_fields_is_the_field_value() {
    assertThat(through(fields("value:user_name"), null, "Ann").values()).containsExactly("Ann");
    assertThat(through(fields("other"), null, "Ann").values()).containsExactly((Object) null);
    RightFields.RightRow row = through(fields("*"), Schema.STRING_SCHEMA, "Ann");
    assertThat(row.names()).containsExactly("user_value");
    assertThat(fields("*").schemas(row, schemas)).containsExactly(Schema.STRING_SCHEMA);
  }

  @Test
  void no_row_has_the_names_that_are_known() {
    assertThat(fields("a:b").none(schemas).names()).containsExactly("b");
    assertThat(fields("*").none(schemas).names()).isEmpty();

    through(fields("*"), USER, new Struct(USER).put("name", "Ann"));
    assertThat(fields("*").none(schemas).names())
        .containsExactly("user_name", "user_address", "user_since");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:x;b:x", "a;b:a", "key:id", "header:h:x", "a:", "a..b", "*;a", ""})
  void what_cannot_be_is_refused(String entries) {
    assertThatThrownBy(() -> fields(entries.isEmpty() ? new String[0] : entries.split(";", -1)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("right.fields");
  }
}
