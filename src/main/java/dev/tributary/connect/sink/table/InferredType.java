package dev.tributary.connect.sink.table;

import dev.tributary.connect.record.ExactNumbers;
import dev.tributary.connect.record.ValueLimits;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Optional;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Timestamp;
import org.jspecify.annotations.Nullable;

/**
 * The ClickHouse type for a Connect schema, or for a value without one; {@code docs/tables.md}
 * lists them. Never Nullable itself.
 */
public final class InferredType {

  private static final String TEXT = "String";

  /**
   * How many arrays and maps a column may be made of; what lies deeper becomes JSON text.
   * ClickHouse creates deeper columns than it reads in an insert, and nobody can query such ones.
   */
  private static final int MOST_LEVELS = 16;

  private static final int MOST_DIGITS = 76;
  private static final BigInteger UINT64_END = BigInteger.ONE.shiftLeft(64);

  private InferredType() {}

  /** The type for all values of a schema. */
  public static String of(Schema schema) {
    return of(schema, 0);
  }

  private static String of(Schema schema, int level) {
    Optional<String> logical = schema.name() == null ? Optional.empty() : logical(schema);
    if (logical.isPresent() || level > MOST_LEVELS) {
      return logical.orElse(TEXT);
    }
    return switch (schema.type()) {
      case INT8 -> "Int8";
      case INT16 -> "Int16";
      case INT32 -> "Int32";
      case INT64 -> "Int64";
      case FLOAT32 -> "Float32";
      case FLOAT64 -> "Float64";
      case BOOLEAN -> "Bool";
      case ARRAY ->
          level < MOST_LEVELS ? "Array(" + element(schema.valueSchema(), level + 1) + ")" : TEXT;
      case MAP -> level < MOST_LEVELS ? map(schema, level + 1) : TEXT;
      case STRING, BYTES, STRUCT -> TEXT;
    };
  }

  private static String map(Schema schema, int level) {
    String key = of(schema.keySchema(), level);
    return isMapKey(key) ? "Map(" + key + ", " + element(schema.valueSchema(), level) + ")" : TEXT;
  }

  private static boolean isMapKey(String type) {
    return type.equals(TEXT) || type.matches("U?Int\\d+");
  }

  private static String element(Schema schema, int level) {
    String type = of(schema, level);
    return schema.isOptional() && Widening.canBeNullable(type) ? "Nullable(" + type + ")" : type;
  }

  private static Optional<String> logical(Schema schema) {
    return Optional.ofNullable(
        switch (schema.name()) {
          case Decimal.LOGICAL_NAME -> decimal(schema);
          case Date.LOGICAL_NAME, "io.debezium.time.Date" -> "Date32";
          case Timestamp.LOGICAL_NAME, "io.debezium.time.Timestamp" -> "DateTime64(3, 'UTC')";
          case "io.debezium.time.MicroTimestamp", "io.debezium.time.ZonedTimestamp" ->
              "DateTime64(6, 'UTC')";
          case "io.debezium.time.NanoTimestamp" -> "DateTime64(9, 'UTC')";
          case "io.debezium.data.Uuid" -> "UUID";
          // A time of day is written as ISO-8601 text, since a number would not show its unit.
          case org.apache.kafka.connect.data.Time.LOGICAL_NAME -> TEXT;
          default -> null;
        });
  }

  private static String decimal(Schema schema) {
    int scale = parameter(schema, Decimal.SCALE_FIELD, -1);
    int precision = parameter(schema, "connect.decimal.precision", 38);
    return scale < 0 || scale > MOST_DIGITS
        ? TEXT
        : "Decimal("
            + Math.min(MOST_DIGITS, Math.max(1, Math.max(precision, scale)))
            + ", "
            + scale
            + ")";
  }

  private static int parameter(Schema schema, String name, int otherwise) {
    String text = schema.parameters() == null ? null : schema.parameters().get(name);
    try {
      return text == null ? otherwise : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  /** The type for a value without a schema; empty if it has none, as null and empty lists. */
  public static Optional<String> of(@Nullable Object value) {
    return of(value, 0);
  }

  private static Optional<String> of(@Nullable Object given, int level) {
    Object value = ExactNumbers.exact(given);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof Collection<?> list) {
      if (level == MOST_LEVELS) {
        return Optional.of(TEXT);
      }
      Optional<String> element = Optional.empty();
      boolean hasNull = false;
      for (Object one : list) {
        hasNull |= one == null;
        element = both(element, of(one, level + 1));
      }
      boolean nullable = hasNull && element.filter(Widening::canBeNullable).isPresent();
      return element.map(type -> "Array(" + (nullable ? "Nullable(" + type + ")" : type) + ")");
    }
    return Optional.of(scalar(value));
  }

  private static String scalar(Object value) {
    if (value instanceof Boolean) {
      return "Bool";
    }
    if (value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte) {
      return "Int64";
    }
    if (value instanceof BigInteger integer) {
      return integer(integer);
    }
    if (value instanceof BigDecimal || value instanceof Double || value instanceof Float) {
      return "Float64";
    }
    return value instanceof java.util.Date ? "DateTime64(3, 'UTC')" : TEXT;
  }

  private static String integer(BigInteger value) {
    if (value.bitLength() < 64) {
      return "Int64";
    } else if (value.signum() > 0 && value.compareTo(UINT64_END) < 0) {
      return "UInt64";
    }
    return value.bitLength() < 128 ? "Int128" : value.bitLength() < 256 ? "Int256" : TEXT;
  }

  /** The type that holds the values of both types; String if there is no other. */
  public static String both(String one, String other) {
    boolean floats = one.equals("Float64") || other.equals("Float64");
    if (floats && (one.matches("U?Int\\d+") || other.matches("U?Int\\d+"))) {
      return "Float64"; // JSON writes 5.0 as 5
    }
    return Widening.join(one, other).orElse(TEXT);
  }

  private static Optional<String> both(Optional<String> one, Optional<String> other) {
    return one.isPresent() && other.isPresent()
        ? Optional.of(both(one.get(), other.get()))
        : one.or(() -> other);
  }

  /**
   * The type that a column needs so that this value fits as well; empty if no wider type holds it.
   *
   * @param column the column's type
   */
  public static Optional<String> widened(
      String column, @Nullable Object given, @Nullable Schema schema) {
    Object value = ExactNumbers.exact(given);
    Optional<String> wider;
    if (value == null) {
      wider =
          Widening.canBeNullable(column)
              ? Widening.join(column, "Nullable(" + column + ")")
              : Optional.empty();
    } else {
      wider = needed(column, value, schema).flatMap(type -> Widening.join(column, type));
    }
    return wider.filter(type -> !type.equals(column));
  }

  /** Floating-point numbers stand for their shortest text, as in a Decimal column. */
  private static Object asDecimal(Object value) {
    return value instanceof Double number && Double.isFinite(number)
        ? BigDecimal.valueOf(number)
        : value;
  }

  private static Optional<String> needed(String column, Object value, @Nullable Schema schema) {
    if (ValueLimits.hasTooManyDigits(value)) {
      return Optional.empty();
    }
    if (column.contains("Decimal(") && asDecimal(value) instanceof BigDecimal decimal) {
      int scale = Math.max(0, decimal.scale());
      int precision = Math.max(decimal.precision() - Math.min(0, decimal.scale()), scale);
      return Optional.of("Decimal(" + precision + ", " + scale + ")");
    }
    return schema == null ? of(value) : Optional.of(of(schema));
  }
}
