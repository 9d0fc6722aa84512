package dev.tributary.it.values;

import dev.tributary.foreign.MatrixValues;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Timestamp;
import org.jspecify.annotations.Nullable;

/**
 * Whether what SQL reads back means another value than went in, found out without any code of the
 * sink's: for numbers, text and points in time, which lose what is finer than their column.
 */
final class Meaning {

  private static final Pattern WRAPPED =
      Pattern.compile("(?:Nullable|LowCardinality|SimpleAggregateFunction)\\((?:\\w+, )?(.*)\\)");

  private static final Pattern ZONE = Pattern.compile("DateTime.*'(.*)'\\)");

  private Meaning() {}

  static boolean differs(String columnType, MatrixValues.Value value, String cell) {
    String type = columnType;
    for (Matcher m = WRAPPED.matcher(type); m.matches(); m = WRAPPED.matcher(type)) {
      type = m.group(1);
    }
    Object given = value.value();
    if (cell.equals("\\N")) {
      return given != null && !value.name().equals("Avro union, none");
    }
    if (type.matches("U?Int\\d+|Decimal.*")) {
      BigDecimal number = number(given);
      return number != null && number.compareTo(new BigDecimal(cell)) != 0;
    }
    if (type.equals("Float64")) {
      BigDecimal number = number(given);
      return number != null && number.doubleValue() != Double.parseDouble(cell);
    }
    if (type.equals("Float32")) {
      BigDecimal number = number(given);
      return number != null && number.floatValue() != Float.parseFloat(cell);
    }
    if (type.equals("BFloat16")) {
      BigDecimal number = number(given);
      return number != null
          && Math.abs(number.doubleValue() - Double.parseDouble(cell))
              > Math.abs(number.doubleValue()) / 256;
    }
    if (type.equals("String")) {
      return given instanceof String text && !text.equals(cell);
    }
    Matcher zone = ZONE.matcher(type);
    Instant instant = instant(value);
    if (instant != null && zone.matches()) {
      LocalDateTime read = LocalDateTime.parse(cell.replace(' ', 'T'));
      BigDecimal ticks = seconds(instant).movePointRight(fractionDigits(cell));
      return seconds(read.atZone(ZoneId.of(zone.group(1))).toInstant())
              .movePointRight(fractionDigits(cell))
              .compareTo(ticks.setScale(0, RoundingMode.FLOOR))
          != 0;
    }
    return false;
  }

  private static BigDecimal seconds(Instant instant) {
    return BigDecimal.valueOf(instant.getEpochSecond())
        .add(BigDecimal.valueOf(instant.getNano(), 9));
  }

  /** How many digits of a fraction of a second the column has. */
  private static int fractionDigits(String cell) {
    int point = cell.indexOf('.');
    return point < 0 ? 0 : cell.length() - point - 1;
  }

  /** The number that a value is; null for what is none, or not only one. */
  private static @Nullable BigDecimal number(@Nullable Object value) {
    if (value instanceof BigDecimal decimal) {
      return decimal;
    }
    if (value instanceof BigInteger integer) {
      return new BigDecimal(integer);
    }
    if (value instanceof Double || value instanceof Float) {
      double number = ((Number) value).doubleValue();
      return Double.isFinite(number) ? new BigDecimal(value.toString()) : null;
    }
    if (value instanceof Number || value instanceof String) {
      try {
        return new BigDecimal(value.toString());
      } catch (NumberFormatException e) {
        return null;
      }
    }
    return null;
  }

  private static @Nullable Instant instant(MatrixValues.Value value) {
    Schema schema = value.schema();
    if (schema == null || schema.name() == null) {
      return null;
    }
    long number = value.value() instanceof Number units ? units.longValue() : 0;
    return switch (schema.name()) {
      case Timestamp.LOGICAL_NAME ->
          value.value() instanceof java.util.Date date ? date.toInstant() : null;
      case "io.debezium.time.Timestamp" -> Instant.ofEpochMilli(number);
      case "io.debezium.time.MicroTimestamp" ->
          Instant.ofEpochSecond(number / 1_000_000, number % 1_000_000 * 1000);
      case "io.debezium.time.NanoTimestamp" ->
          Instant.ofEpochSecond(number / 1_000_000_000, number % 1_000_000_000);
      case "io.debezium.time.ZonedTimestamp", "io.debezium.time.IsoTimestamp" ->
          Instant.parse(String.valueOf(value.value()));
      default -> null;
    };
  }
}
