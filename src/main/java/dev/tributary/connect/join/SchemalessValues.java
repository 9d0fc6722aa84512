package dev.tributary.connect.join;

import dev.tributary.connect.record.ConnectDates;
import dev.tributary.connect.record.DebeziumTime;
import dev.tributary.connect.record.UnionStructs;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * Values whose meaning their schema tells, in a form that tells it without: dates and times are
 * ISO-8601 text, points in time with milliseconds are a {@link Date}, which Connect takes for one
 * without a schema, structs are maps, and a union is the value that is set. Only Debezium's shapes
 * stay structs, whose schema says what their bytes are.
 */
final class SchemalessValues {

  private static final String SHAPES = "io.debezium.data.geometry.";

  private SchemalessValues() {}

  /**
   * The value without its schema.
   *
   * @throws DataException if it is a union with more than one branch set
   */
  static @Nullable Object of(@Nullable Object value, @Nullable Schema schema) {
    if (value instanceof Struct struct) {
      return struct(struct);
    }
    if (value == null || schema == null) {
      return value;
    }
    if (value instanceof Map<?, ?> map && schema.type() == Schema.Type.MAP) {
      Map<@Nullable Object, @Nullable Object> plain = new LinkedHashMap<>();
      map.forEach(
          (key, one) -> plain.put(of(key, schema.keySchema()), of(one, schema.valueSchema())));
      return plain;
    }
    if (value instanceof Collection<?> list && schema.type() == Schema.Type.ARRAY) {
      List<@Nullable Object> plain = new ArrayList<>(list.size());
      list.forEach(one -> plain.add(of(one, schema.valueSchema())));
      return plain;
    }
    if (value instanceof Date date) {
      boolean isPoint = !ConnectDates.isDate(schema) && !ConnectDates.isTime(schema);
      return isPoint ? date : ConnectDates.iso(date, schema);
    }
    if (value instanceof Long || value instanceof Integer) {
      return number(value, ((Number) value).longValue(), DebeziumTime.of(schema));
    }
    return value;
  }

  private static Object number(Object value, long number, DebeziumTime meaning) {
    return switch (meaning) {
      case NONE -> value;
      case TIMESTAMP_MILLIS -> new Date(number);
      case TIME_MILLIS, TIME_MICROS, TIME_NANOS -> {
        String time = meaning.iso(number);
        yield time.indexOf(':') < 0 ? hours(number, meaning) : time;
      }
      default -> meaning.iso(number);
    };
  }

  /** A time beyond the day, as MySQL's can be: {@code -25:00:00.5}. */
  private static String hours(long number, DebeziumTime meaning) {
    BigDecimal seconds = new BigDecimal(meaning.nanos(number).abs(), 9).stripTrailingZeros();
    BigInteger whole = seconds.toBigInteger();
    BigInteger[] minutes = whole.divideAndRemainder(BigInteger.valueOf(60));
    BigInteger[] hours = minutes[0].divideAndRemainder(BigInteger.valueOf(60));
    String fraction =
        seconds.subtract(new BigDecimal(whole)).toPlainString().replaceFirst("^0", "");
    return "%s%02d:%02d:%02d%s"
        .formatted(number < 0 ? "-" : "", hours[0], hours[1], minutes[1], fraction);
  }

  private static @Nullable Object struct(Struct struct) {
    Schema schema = struct.schema();
    if (UnionStructs.is(schema)) {
      return of(UnionStructs.value(struct), UnionStructs.schemaOfValue(struct));
    }
    if (schema.name() != null && schema.name().startsWith(SHAPES)) {
      return struct;
    }
    Map<String, @Nullable Object> plain = new LinkedHashMap<>();
    for (Field field : schema.fields()) {
      plain.put(field.name(), of(struct.getWithoutDefault(field.name()), field.schema()));
    }
    return plain;
  }
}
