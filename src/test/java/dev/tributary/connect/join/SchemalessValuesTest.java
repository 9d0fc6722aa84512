package dev.tributary.connect.join;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.record.Records;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemalessValuesTest {

  private static Schema named(String name) {
    return SchemaBuilder.int64().name(name).build();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Date           | 19782            | 2024-02-29",
        "Time           | 1000             | 00:00:01",
        "Time           | 90000500         | 25:00:00.5",
        "MicroTime      | -90000000001     | -25:00:00.000001",
        "NanoTime       | 1                | 00:00:00.000000001",
        "MicroTimestamp | 1709201730123456 | 2024-02-29T10:15:30.123456Z",
        "NanoTimestamp  | 1709201730000000001 | 2024-02-29T10:15:30.000000001Z",
        "MicroDuration  | 5000000          | PT5S",
        "Year           | 2024             | 2024",
      })
  void numbers_that_are_times_by_their_schema_become_text(String name, long number, String text) {
    assertThat(SchemalessValues.of(number, named("io.debezium.time." + name))).isEqualTo(text);
  }

  @Test
  void only_points_in_time_stay_dates() {
    Date date = new Date(86_400_000);

    assertThat(SchemalessValues.of(date, Timestamp.SCHEMA)).isEqualTo(date);
    assertThat(SchemalessValues.of(86_400_000L, named("io.debezium.time.Timestamp")))
        .isEqualTo(date);
    assertThat(SchemalessValues.of(date, org.apache.kafka.connect.data.Date.SCHEMA))
        .isEqualTo("1970-01-02");
    assertThat(SchemalessValues.of(new Date(36_930_123), Time.SCHEMA)).isEqualTo("10:15:30.123");
  }

  @Test
  void what_needs_no_schema_stays_as_it_is() {
    for (Object value : List.of("text", 1L, 2, true, 0.5, new BigDecimal("1.10"))) {
      assertThat(SchemalessValues.of(value, Schema.OPTIONAL_STRING_SCHEMA)).isSameAs(value);
      assertThat(SchemalessValues.of(value, null)).isSameAs(value);
    }
    assertThat(SchemalessValues.of(null, Time.SCHEMA)).isNull();
  }

  @Test
  void structs_become_maps_at_every_depth() {
    Schema day = SchemaBuilder.struct().field("opens", Time.SCHEMA).build();
    Schema week =
        SchemaBuilder.struct()
            .field("days", SchemaBuilder.array(day).build())
            .field("by_name", SchemaBuilder.map(Schema.STRING_SCHEMA, day).build())
            .field("stars", SchemaBuilder.int32().optional().defaultValue(3).build())
            .build();
    Struct monday = new Struct(day).put("opens", new Date(1_000));
    Struct value =
        new Struct(week).put("days", List.of(monday)).put("by_name", Map.of("monday", monday));

    assertThat(SchemalessValues.of(value, week))
        .isEqualTo(
            Records.map(
                "days", List.of(Map.of("opens", "00:00:01")),
                "by_name", Map.of("monday", Map.of("opens", "00:00:01")),
                "stars", null));
  }

  @Test
  void a_union_is_what_is_set_and_a_shape_stays_a_struct() {
    Schema union =
        SchemaBuilder.struct()
            .name("io.confluent.connect.avro.Union")
            .field("int", named("io.debezium.time.Time"))
            .field("string", Schema.OPTIONAL_STRING_SCHEMA)
            .build();
    Schema decimal =
        SchemaBuilder.struct()
            .name("io.debezium.data.VariableScaleDecimal")
            .field("scale", Schema.INT32_SCHEMA)
            .field("value", Schema.BYTES_SCHEMA)
            .build();
    Schema point =
        SchemaBuilder.struct()
            .name("io.debezium.data.geometry.Point")
            .field("wkb", Schema.BYTES_SCHEMA)
            .build();
    Struct shape = new Struct(point).put("wkb", new byte[] {1});

    assertThat(SchemalessValues.of(new Struct(union).put("int", 1_000L), union))
        .isEqualTo("00:00:01");
    assertThat(
            SchemalessValues.of(
                new Struct(decimal).put("scale", 2).put("value", new byte[] {110}), decimal))
        .isEqualTo(new BigDecimal("1.10"));
    assertThat(SchemalessValues.of(Arrays.asList(shape, null), SchemaBuilder.array(point).build()))
        .isEqualTo(Arrays.asList(shape, null));
  }
}
