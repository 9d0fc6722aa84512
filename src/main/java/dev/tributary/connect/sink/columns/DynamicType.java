package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.BytesValues;
import dev.tributary.connect.record.ConnectDates;
import dev.tributary.connect.record.DebeziumTime;
import dev.tributary.connect.record.ExactNumbers;
import dev.tributary.connect.record.UnionStructs;
import dev.tributary.connect.record.ValueLimits;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Date;
import java.util.Map;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * The ClickHouse type that a value has by itself.
 *
 * <p>Whole numbers are Int64, or the next wider type that holds them; a fraction without a schema
 * is a Float64 where that has all its digits, else a Decimal. Objects are JSON. A list whose
 * elements have one type is an array of that, else an array of Dynamic.
 */
final class DynamicType {

  private static final int MOST_DIGITS = 76;

  /**
   * How many lists may lie in each other. The server reads no type of more than 300 levels, of
   * which an array takes two, and the types of the elements and around it some as well.
   */
  private static final int MOST_LISTS = 100;

  private DynamicType() {}

  /**
   * The type of a value.
   *
   * @param column the column's type, for errors
   * @param level how many lists the value lies in
   * @throws ValueException when it has none
   */
  static String of(Object value, @Nullable Schema schema, String column, int level) {
    if (value instanceof String || BytesValues.is(value)) {
      return "String";
    }
    if (value instanceof Boolean) {
      return "Bool";
    }
    if (Integers.isLong(value)) {
      return ofLong(DebeziumTime.of(schema));
    }
    if (value instanceof Double) {
      return "Float64";
    }
    if (value instanceof Float) {
      return "Float32";
    }
    if (ValueLimits.hasTooManyDigits(value)) {
      throw ValueException.outOfRange(value, column, ValueLimits.MOST_DIGITS + " digits");
    }
    if (value instanceof BigInteger integer) {
      return ofInteger(integer, column);
    }
    if (value instanceof BigDecimal decimal) {
      return ofDecimal(decimal, schema, column);
    }
    if (value instanceof Date) {
      return ConnectDates.isDate(schema)
          ? "Date32"
          : ConnectDates.isTime(schema) ? "Time64(3)" : "DateTime64(3, 'UTC')";
    }
    if (value instanceof Collection<?> list) {
      if (level >= MOST_LISTS) {
        throw new ValueException(
            "lists that are nested more than " + MOST_LISTS + " levels deep do not suit " + column);
      }
      return ofList(list, schema == null ? null : schema.valueSchema(), column, level + 1);
    }
    if (value instanceof Map || value instanceof Struct) {
      return "JSON";
    }
    throw ValueException.unsuited(value, column, "values of Kafka Connect");
  }

  private static String ofLong(DebeziumTime temporal) {
    return switch (temporal) {
      case NONE, YEAR -> "Int64";
      case DATE -> "Date32";
      case TIME_MILLIS -> "Time64(3)";
      case TIME_MICROS -> "Time64(6)";
      case TIME_NANOS -> "Time64(9)";
      case TIMESTAMP_SECONDS -> "DateTime64(0, 'UTC')";
      case TIMESTAMP_MILLIS -> "DateTime64(3, 'UTC')";
      case TIMESTAMP_MICROS -> "DateTime64(6, 'UTC')";
      case TIMESTAMP_NANOS -> "DateTime64(9, 'UTC')";
      case DURATION_MICROS -> "IntervalMicrosecond";
      case DURATION_NANOS -> "IntervalNanosecond";
    };
  }

  private static String ofInteger(BigInteger value, String column) {
    int bits = value.bitLength();
    if (bits <= 63) {
      return "Int64";
    }
    if (bits == 64 && value.signum() > 0) {
      return "UInt64";
    }
    if (bits <= 127) {
      return "Int128";
    }
    if (bits <= 255) {
      return "Int256";
    }
    if (bits == 256 && value.signum() > 0) {
      return "UInt256";
    }
    throw ValueException.outOfRange(value, column, "256 bits");
  }

  private static String ofDecimal(BigDecimal value, @Nullable Schema schema, String column) {
    boolean declared = schema != null && Decimal.LOGICAL_NAME.equals(schema.name());
    if (!declared && isFloat(value)) {
      return "Float64";
    }
    int scale = Math.max(0, value.scale());
    long digits = Math.max((long) value.precision() - value.scale() + scale, scale);
    if (digits > MOST_DIGITS) {
      throw ValueException.outOfRange(value, column, MOST_DIGITS + " digits");
    }
    return "Decimal(" + (digits <= 38 ? 38 : MOST_DIGITS) + ", " + scale + ")";
  }

  /** Whether the nearest double, at its shortest, is the very number. */
  static boolean isFloat(BigDecimal value) {
    double nearest = value.doubleValue();
    return Double.isFinite(nearest)
        && new BigDecimal(Double.toString(nearest)).compareTo(value) == 0;
  }

  private static String ofList(
      Collection<?> list, @Nullable Schema schema, String column, int level) {
    String common = null;
    boolean nulls = false;
    for (Object one : list) {
      Object element = ExactNumbers.exact(one);
      if (element == null) {
        nulls = true;
        continue;
      }
      String type = ofElement(element, schema, column, level);
      if (common != null && !common.equals(type)) {
        return "Array(Dynamic)";
      }
      common = type;
    }
    if (common == null) {
      return "Array(Dynamic)";
    }
    boolean nullable = !common.startsWith("Array") && !common.equals("JSON");
    return nullable
        ? "Array(Nullable(" + common + "))"
        : nulls ? "Array(Dynamic)" : "Array(" + common + ")";
  }

  private static String ofElement(
      Object element, @Nullable Schema schema, String column, int level) {
    if (element instanceof Struct struct && UnionStructs.is(struct.schema())) {
      try {
        Object value = UnionStructs.value(struct);
        return value == null
            ? "Dynamic"
            : of(value, UnionStructs.schemaOfValue(struct), column, level);
      } catch (DataException e) {
        throw new ValueException(String.valueOf(e.getMessage()));
      }
    }
    return of(element, schema, column, level);
  }
}
