package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.BytesValues;
import dev.tributary.connect.record.ConnectDates;
import dev.tributary.connect.record.DebeziumTime;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Date;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/**
 * How well a type suits the kind of a value, for columns that could keep it as one type or another:
 * 0 where the type is made for such values, {@link #WORST} where it would at best keep them in
 * another shape. Whether it takes the value is for its writer to say.
 *
 * <p>Text is kept as text where that is among the types, a whole number as an integer, a fraction
 * as a decimal before a float, and nothing else as text unless nothing else takes it with all its
 * digits.
 */
final class Suitability {

  static final int WORST = 4;

  private static final int AS_TEXT = 3;

  private Suitability() {}

  static int rank(ColumnType type, @Nullable Object value, @Nullable Schema schema) {
    if (value == null) {
      return 0;
    }
    String name = type.name();
    if (name.equals("Nullable")
        || name.equals("LowCardinality")
        || name.equals("SimpleAggregateFunction")) {
      return rank(type.arguments().get(type.arguments().size() - 1), value, schema);
    }
    if (value instanceof String) {
      return name.equals("String") ? 0 : name.equals("FixedString") ? 1 : isNumber(name) ? 3 : 2;
    }
    if (name.equals("String") || name.equals("FixedString")) {
      return BytesValues.is(value) ? 0 : AS_TEXT;
    }
    if (value instanceof Boolean) {
      return name.equals("Bool") ? 0 : 1;
    }
    if (value instanceof Date) {
      return ofTime(
          name,
          ConnectDates.isTime(schema)
              ? DebeziumTime.Sort.TIME
              : ConnectDates.isDate(schema) ? DebeziumTime.Sort.DATE : DebeziumTime.Sort.TIMESTAMP);
    }
    if (value instanceof Number) {
      DebeziumTime temporal = DebeziumTime.of(schema);
      return temporal == DebeziumTime.NONE || temporal == DebeziumTime.YEAR
          ? ofNumber(name, value)
          : ofTime(name, temporal.sort());
    }
    if (value instanceof Collection<?> list) {
      if (!name.equals("Array")) {
        return name.equals("Tuple") ? 1 : 2;
      }
      Object first = list.isEmpty() ? null : list.iterator().next();
      return rank(type.only(), first, schema == null ? null : schema.valueSchema());
    }
    if (value instanceof Map<?, ?> || value instanceof Struct) {
      return ofObject(type, value, schema);
    }
    return 1;
  }

  /** The most digits of a fraction of a second that a value of the type has; -1 without a time. */
  static int fractionDigits(ColumnType type) {
    return switch (type.name()) {
      case "DateTime", "Time" -> 0;
      case "DateTime64", "Time64" -> type.integer(0);
      default -> type.arguments().stream().mapToInt(Suitability::fractionDigits).max().orElse(-1);
    };
  }

  private static int ofObject(ColumnType type, Object value, @Nullable Schema schema) {
    return switch (type.name()) {
      case "Tuple" -> 0;
      case "Map" -> {
        Object first =
            value instanceof Map<?, ?> map && !map.isEmpty()
                ? map.values().iterator().next()
                : null;
        yield rank(
            type.arguments().get(type.arguments().size() - 1),
            first,
            schema == null || value instanceof Struct ? null : schema.valueSchema());
      }
      case "JSON" -> 1;
      default -> 2;
    };
  }

  private static int ofNumber(String name, Object value) {
    boolean whole = !(value instanceof Double || value instanceof Float);
    if (isInteger(name)) {
      return whole && !(value instanceof BigDecimal) ? 0 : 2;
    }
    if (name.equals("Decimal")) {
      return value instanceof BigDecimal ? 0 : 1;
    }
    return name.equals("Float64") || name.equals("Float32") ? ofFloat(name, value) : WORST;
  }

  /** A float that would not have all digits comes after text, which has. */
  private static int ofFloat(String name, Object value) {
    if (value instanceof Float) {
      return name.equals("Float32") ? 0 : 1;
    }
    if (!name.equals("Float64")) {
      return WORST;
    }
    if (value instanceof Double) {
      return 0;
    }
    return DynamicType.isFloat(decimal(value)) ? 1 : WORST;
  }

  private static BigDecimal decimal(Object number) {
    if (number instanceof BigDecimal decimal) {
      return decimal;
    }
    return number instanceof BigInteger integer
        ? new BigDecimal(integer)
        : BigDecimal.valueOf(((Number) number).longValue());
  }

  private static int ofTime(String name, DebeziumTime.Sort sort) {
    boolean suits =
        switch (sort) {
          case DATE -> name.equals("Date") || name.equals("Date32");
          case TIME -> name.equals("Time") || name.equals("Time64");
          case DURATION -> name.startsWith("Interval");
          case TIMESTAMP -> name.startsWith("DateTime");
          case YEAR, NONE -> false;
        };
    return suits ? 0 : name.startsWith("Date") ? 1 : isInteger(name) ? 2 : WORST;
  }

  private static boolean isNumber(String name) {
    return isInteger(name) || name.equals("Decimal") || name.contains("Float");
  }

  private static boolean isInteger(String name) {
    return (name.startsWith("Int") && !name.startsWith("Interval")) || name.startsWith("UInt");
  }
}
