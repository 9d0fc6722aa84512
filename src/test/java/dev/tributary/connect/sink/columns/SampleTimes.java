package dev.tributary.connect.sink.columns;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Date;
import java.util.Random;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.jspecify.annotations.Nullable;

/** Random points in time and times of day in every form in which they come, mostly at edges. */
final class SampleTimes {

  /**
   * A time in one of its forms.
   *
   * @param format of the column, as in {@code time.formats}; empty for none
   * @param seconds what the value is, exactly, since 1970 or since midnight
   * @param bare whether it is a number of which only the column says that it is a time
   */
  record Sample(
      Object value, @Nullable Schema schema, String format, BigDecimal seconds, boolean bare) {

    @Override
    public String toString() {
      return value + " (" + value.getClass().getSimpleName() + ", " + schema + ", " + format + ")";
    }
  }

  private static final DateTimeFormatter DATE_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");

  /** The first and last seconds of the types, and those around 1970 and midnight. */
  private static final long[] EDGES = {
    0, -1, 1, 0xFFFF_FFFFL, -2_208_988_800L, 10_413_791_999L, 9_223_372_036L, 3_599_999, -3_599_999
  };

  private final Random random;

  SampleTimes(long seed) {
    random = new Random(seed);
  }

  Sample pointInTime() {
    return switch (random.nextInt(6)) {
      case 0 -> text(second(), "");
      case 1 -> text(second(), "yyyy-MM-dd HH:mm:ss.SSSSSSSSS");
      case 2 -> date(random.nextBoolean() ? Timestamp.SCHEMA : null);
      case 3 -> units("io.debezium.time.", "Timestamp", "MicroTimestamp", "NanoTimestamp");
      case 4 -> number(random.nextInt(4));
      default -> bare();
    };
  }

  Sample timeOfDay() {
    return switch (random.nextInt(5)) {
      case 0 -> clock(false);
      case 1 -> clock(true);
      case 2 -> date(Time.SCHEMA);
      case 3 -> units("io.debezium.time.", "Time", "MicroTime", "NanoTime");
      default -> bare();
    };
  }

  private long second() {
    long edge = EDGES[random.nextInt(EDGES.length)];
    return switch (random.nextInt(3)) {
      case 0 -> edge;
      case 1 -> edge + random.nextInt(5) - 2;
      default -> random.nextLong(-3_000_000_000L, 11_000_000_000L);
    };
  }

  /**
   * A fraction with at most this number of digits, often with zeros or nines in front or at the
   * end.
   */
  private String fraction(int most) {
    StringBuilder digits = new StringBuilder();
    int count = random.nextInt(most + 1);
    int fill = random.nextInt(3);
    for (int i = 0; i < count; i++) {
      boolean filled = fill > 0 && (random.nextInt(4) > 0);
      digits.append(filled ? (fill == 1 ? 0 : 9) : random.nextInt(10));
    }
    return digits.toString();
  }

  private static BigDecimal plus(long second, String fraction) {
    BigDecimal seconds = BigDecimal.valueOf(second);
    return fraction.isEmpty() ? seconds : seconds.add(new BigDecimal("0." + fraction));
  }

  private Sample text(long second, String pattern) {
    String fraction = fraction(pattern.isEmpty() ? 14 : 9);
    if (!pattern.isEmpty()) {
      fraction += "0".repeat(9 - fraction.length());
    }
    int offset = pattern.isEmpty() ? random.nextInt(-18 * 60, 18 * 60 + 1) * 60 : 0;
    String zone =
        !pattern.isEmpty() || random.nextInt(3) == 0
            ? ""
            : ZoneOffset.ofTotalSeconds(offset).getId();
    long shown = second + (zone.isEmpty() ? 0 : offset);
    String text =
        DATE_TIME.format(Instant.ofEpochSecond(shown).atOffset(ZoneOffset.UTC))
            + (fraction.isEmpty() ? "" : "." + fraction)
            + zone;
    if (pattern.isEmpty() && random.nextBoolean()) {
      text = text.replace(' ', 'T');
    }
    return new Sample(text, null, pattern, plus(second, fraction), false);
  }

  private Sample clock(boolean byPattern) {
    int most = byPattern ? 86_400 : 3_600_000;
    int second = random.nextInt(4) == 0 ? most - 1 - random.nextInt(2) : random.nextInt(most);
    String fraction = fraction(byPattern ? 9 : 14);
    fraction += byPattern ? "0".repeat(9 - fraction.length()) : "";
    boolean negative = !byPattern && random.nextBoolean();
    String text =
        String.format("%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60)
            + (fraction.isEmpty() ? "" : "." + fraction);
    BigDecimal seconds = plus(second, fraction);
    return new Sample(
        negative ? "-" + text : text + (byPattern || random.nextBoolean() ? "" : "Z"),
        null,
        byPattern ? "HH:mm:ss.SSSSSSSSS" : "",
        negative ? seconds.negate() : seconds,
        false);
  }

  @SuppressWarnings("JavaUtilDate") // Connect's own class
  private Sample date(@Nullable Schema schema) {
    long millis = random.nextInt(20) == 0 ? random.nextLong() : second() * 1000 + millis();
    return new Sample(new Date(millis), schema, "", BigDecimal.valueOf(millis, 3), false);
  }

  private int millis() {
    return random.nextInt(3) == 0 ? 0 : random.nextInt(1000);
  }

  private Sample units(String prefix, String millis, String micros, String nanos) {
    int kind = random.nextInt(3);
    String name = prefix + (kind == 0 ? millis : kind == 1 ? micros : nanos);
    int scale = 3 * (kind + 1);
    long units =
        random.nextInt(20) == 0
            ? random.nextLong()
            : plus(second(), fraction(scale)).movePointRight(scale).toBigInteger().longValue();
    boolean narrow = name.endsWith(".Time");
    Schema schema = (narrow ? SchemaBuilder.int32() : SchemaBuilder.int64()).name(name).build();
    Object value = narrow ? (Object) (int) units : (Object) units;
    return new Sample(
        value, schema, "", BigDecimal.valueOf(((Number) value).longValue(), scale), false);
  }

  /** A number in a unit that the column's format says, with a fraction or without. */
  private Sample number(int kind) {
    String format = new String[] {"epoch_s", "epoch_ms", "epoch_us", "epoch_ns"}[kind];
    BigDecimal units = plus(second(), fraction(14)).movePointRight(3 * kind);
    Object value = ofSomeClass(units);
    return new Sample(
        value, null, format, new BigDecimal(value.toString()).movePointLeft(3 * kind), false);
  }

  private Sample bare() {
    BigDecimal number = plus(random.nextBoolean() ? second() : random.nextInt(9), fraction(14));
    Object value = ofSomeClass(random.nextBoolean() ? number : number.negate());
    return new Sample(value, null, "", new BigDecimal(value.toString()), true);
  }

  /** Doubles only with as many digits as one has, so that its shortest text is the number. */
  private Object ofSomeClass(BigDecimal number) {
    BigDecimal plain = number.stripTrailingZeros();
    if (plain.scale() <= 0 && random.nextBoolean()) {
      BigInteger integer = plain.toBigInteger();
      return integer.bitLength() < 64 ? integer.longValue() : integer;
    }
    return random.nextBoolean() && number.abs().compareTo(BigDecimal.valueOf(1L << 53)) < 0
        ? number.doubleValue()
        : number.setScale(Math.max(0, number.scale()), RoundingMode.UNNECESSARY);
  }
}
