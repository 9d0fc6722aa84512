package dev.tributary.bench;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.SplittableRandom;
import java.util.UUID;

/** Rows of any number of columns: a UUID and then columns of nine types in turn. Stateless. */
final class WideRows {

  private static final String[] TYPES = {
    "UInt64",
    "String",
    "Float64",
    "LowCardinality(String)",
    "DateTime64(3)",
    "Int32",
    "Bool",
    "Decimal(18, 4)",
    "Array(UInt32)"
  };
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

  private WideRows() {}

  /**
   * @param columns how many, at least 2
   */
  static RowShape of(int columns) {
    StringBuilder ddl = new StringBuilder("event_id UUID");
    StringBuilder check =
        new StringBuilder("count(), uniqExact(event_id), sum(cityHash64(event_id");
    for (int column = 1; column < columns; column++) {
      String type = TYPES[(column - 1) % TYPES.length];
      ddl.append(", c").append(column).append(' ').append(type);
      // As cents, since text may be read to a neighbouring double.
      check.append(
          type.equals("Float64") ? ", toInt64(round(c" + column + " * 100))" : ", c" + column);
    }
    return new RowShape(ddl.toString(), check + "))", number -> text(columns, number));
  }

  private static String text(int columns, long number) {
    SplittableRandom random = new SplittableRandom(number);
    StringBuilder json = new StringBuilder(32 * columns);
    json.append("{\"event_id\":\"").append(new UUID(random.nextLong(), random.nextLong()));
    json.append('"');
    for (int column = 1; column < columns; column++) {
      json.append(",\"c").append(column).append("\":");
      append(json, (column - 1) % TYPES.length, random);
    }
    return json.append('}').toString();
  }

  private static void append(StringBuilder json, int type, SplittableRandom random) {
    switch (type) {
      case 0 -> json.append(Long.toUnsignedString(random.nextLong()));
      case 1 -> json.append("\"/products/").append(random.nextInt(1_000_000)).append("/ä\"");
      case 2 -> fraction(json, random.nextLong(1_000_000), 100);
      case 3 -> json.append("\"country-").append(random.nextInt(50)).append('"');
      case 4 ->
          json.append('"')
              .append(TIME.format(START.plusMillis(random.nextLong(1L << 34))))
              .append('"');
      case 5 -> json.append(random.nextInt());
      case 6 -> json.append(random.nextBoolean());
      case 7 -> fraction(json, random.nextLong(1L << 40), 10_000);
      default ->
          json.append('[')
              .append(random.nextInt(1 << 20))
              .append(',')
              .append(random.nextInt(1 << 20))
              .append(']');
    }
  }

  /** A number of hundredths, or whatever the scale says, with all its digits. */
  private static void fraction(StringBuilder json, long value, int scale) {
    json.append(value / scale).append('.');
    for (int least = scale / 10; least > 1 && value % scale < least; least /= 10) {
      json.append('0');
    }
    json.append(value % scale);
  }
}
