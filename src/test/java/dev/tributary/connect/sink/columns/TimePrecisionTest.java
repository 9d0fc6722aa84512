package dev.tributary.connect.sink.columns;

import static dev.tributary.connect.sink.columns.Cells.date;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.columns.SampleTimes.Sample;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fractions of a second that are finer than their column: what {@code time.precision} says, against
 * arithmetic with decimals.
 *
 * <p>{@code -Dtributary.times=1000000} tries a million values.
 */
class TimePrecisionTest {

  private static final int VALUES = Integer.getInteger("tributary.times", 20_000);

  private static final List<String> POINTS_IN_TIME =
      IntStream.range(-1, 10)
          .mapToObj(p -> p < 0 ? "DateTime('UTC')" : "DateTime64(" + p + ", 'UTC')")
          .toList();

  private static final List<String> TIMES_OF_DAY =
      IntStream.range(-1, 10).mapToObj(p -> p < 0 ? "Time" : "Time64(" + p + ")").toList();

  private static final Schema MICROS =
      SchemaBuilder.int64().name("io.debezium.time.MicroTimestamp").build();

  /** Types around one of a time, each with the value, its schema and its ticks around a time. */
  private enum Around {
    NOTHING("%s"),
    NULLABLE("Nullable(%s)"),
    LOW_CARDINALITY("LowCardinality(Nullable(%s))"),
    AGGREGATE("SimpleAggregateFunction(max, %s)"),
    LIST("Array(%s)") {
      @Override
      Object value(Object value) {
        return List.of(value);
      }

      @Override
      @Nullable Schema schema(@Nullable Schema of) {
        return of == null ? null : SchemaBuilder.array(of).build();
      }
    },
    MAP_VALUE("Map(String, Array(%s))") {
      @Override
      Object value(Object value) {
        return Map.of("k", List.of(value));
      }

      @Override
      @Nullable Schema schema(@Nullable Schema of) {
        return of == null
            ? null
            : SchemaBuilder.map(Schema.STRING_SCHEMA, SchemaBuilder.array(of).build()).build();
      }
    },
    MAP_KEY("Map(%s, String)") {
      @Override
      Object value(Object value) {
        return Map.of(value, "v");
      }

      @Override
      @Nullable Schema schema(@Nullable Schema of) {
        return of == null ? null : SchemaBuilder.map(of, Schema.STRING_SCHEMA).build();
      }
    },
    TUPLE("Tuple(a %s, b Int8)") {
      @Override
      Object value(Object value, @Nullable Schema schema) {
        return record(value, schema);
      }
    },
    PATH("JSON(a %s)") {
      @Override
      Object value(Object value, @Nullable Schema schema) {
        return record(value, schema);
      }
    },
    VARIANT("Variant(%s)");

    final String pattern;

    Around(String pattern) {
      this.pattern = pattern;
    }

    Object value(Object value) {
      return value;
    }

    Object value(Object value, @Nullable Schema schema) {
      return value(value);
    }

    @Nullable Schema schema(@Nullable Schema of) {
      return of;
    }

    private static Object record(Object value, @Nullable Schema schema) {
      if (schema == null) {
        return Map.of("a", value);
      }
      Schema record = SchemaBuilder.struct().field("a", schema).build();
      return new Struct(record).put("a", value);
    }
  }

  private static ColumnWriter column(String type, boolean truncates, String format) {
    TimeFormats formats =
        format.isEmpty() ? TimeFormats.none() : TimeFormats.parse("time.formats", "c:" + format);
    return ColumnWriter.create(
        type, ColumnOptions.of("c", ZoneOffset.UTC, false, truncates, formats));
  }

  private static ColumnWriter column(String type, boolean truncates) {
    return column(type, truncates, "");
  }

  /** The bytes of the column with the value; why it is refused, if it is. */
  private static String outcome(ColumnWriter column, Object value, @Nullable Schema schema) {
    try {
      column.append(value, schema);
      return Cells.hex(column);
    } catch (ValueException e) {
      assertThat(column.rows()).isZero();
      return "refused: " + e.getMessage();
    }
  }

  private static String outcome(ColumnWriter column, Object value) {
    return outcome(column, value, null);
  }

  private static int digits(String type) {
    return type.contains("64(") ? type.charAt(type.indexOf('(') + 1) - '0' : 0;
  }

  private static BigInteger ticks(BigDecimal seconds, int digits) {
    return seconds.movePointRight(digits).setScale(0, RoundingMode.FLOOR).toBigInteger();
  }

  private static boolean inRange(String type, BigInteger ticks) {
    BigInteger second = BigInteger.TEN.pow(digits(type));
    BigInteger first = second.multiply(BigInteger.valueOf(-2_208_988_800L));
    BigInteger end = second.multiply(BigInteger.valueOf(10_413_792_000L));
    if (type.startsWith("DateTime(")) {
      first = BigInteger.ZERO;
      end = BigInteger.ONE.shiftLeft(32);
    } else if (type.startsWith("Time")) {
      end = second.multiply(BigInteger.valueOf(3_600_000));
      first = end.negate().add(BigInteger.ONE);
    }
    return ticks.compareTo(first) >= 0 && ticks.compareTo(end) < 0 && ticks.bitLength() < 64;
  }

  /** The ticks of the column that the value becomes; null if it is to be refused. */
  private static @Nullable Long expected(String type, Sample sample, boolean truncates) {
    int digits = digits(type);
    boolean whole = sample.seconds().stripTrailingZeros().scale() <= 0;
    boolean ticks = sample.bare() && digits > 0;
    if (ticks && !whole) {
      return null; // a fraction of what?
    }
    BigDecimal seconds = ticks ? sample.seconds().movePointLeft(digits) : sample.seconds();
    BigInteger floor = ticks(seconds, digits);
    boolean exact = new BigDecimal(floor, digits).compareTo(seconds) == 0;
    return (exact || truncates) && inRange(type, floor) ? floor.longValueExact() : null;
  }

  private static void check(String type, Sample sample, boolean truncates, Around around) {
    if (around == Around.PATH && sample.value() instanceof BigInteger) {
      return; // JSON has no such numbers
    }
    String wrapped = String.format(around.pattern, type);
    ColumnWriter column = column(wrapped, truncates, sample.format());
    String outcome =
        outcome(
            column, around.value(sample.value(), sample.schema()), around.schema(sample.schema()));
    Long ticks = expected(type, sample, truncates);
    if (around == Around.VARIANT && sample.bare() && expected(type, sample, false) == null) {
      ticks = null; // of such a number only a column can say that it is a time
    }
    String description = sample + " into " + wrapped + (truncates ? "" : ", exactly");
    if (ticks == null) {
      assertThat(outcome).as(description).startsWith("refused: ");
    } else if (around == Around.PATH) {
      assertThat(outcome).as(description).doesNotStartWith("refused: ");
    } else {
      assertThat(outcome)
          .as(description)
          .isEqualTo(outcome(column(wrapped, false), around.value(ticks, null)));
    }
  }

  @Test
  void fractions_are_cut_towards_the_past_or_refused_in_every_form_and_type() {
    SampleTimes samples = new SampleTimes(1);
    Random random = new Random(2);
    for (int i = 0; i < VALUES; i++) {
      boolean day = random.nextBoolean();
      List<String> types = day ? TIMES_OF_DAY : POINTS_IN_TIME;
      Around around = Around.values()[random.nextInt(2 * Around.values().length) / 2];
      check(
          types.get(random.nextInt(types.size())),
          day ? samples.timeOfDay() : samples.pointInTime(),
          random.nextInt(3) > 0,
          around);
    }
  }

  @Test
  void nothing_but_fractions_of_times_is_cut() {
    SampleTimes samples = new SampleTimes(3);
    List<String> types =
        List.of(
            "Date",
            "Date32",
            "IntervalSecond",
            "IntervalDay",
            "Int64",
            "UInt32",
            "Decimal(18, 3)",
            "String",
            "Dynamic",
            "Array(Dynamic)",
            "JSON");
    for (int i = 0; i < VALUES / 10; i++) {
      Sample sample = i % 2 == 0 ? samples.pointInTime() : samples.timeOfDay();
      for (String type : types) {
        Object value = type.startsWith("Array") ? List.of(sample.value()) : sample.value();
        Schema schema =
            type.startsWith("Array") ? Around.LIST.schema(sample.schema()) : sample.schema();
        assertThat(outcome(column(type, true, sample.format()), value, schema))
            .as("%s into %s", sample, type)
            .isEqualTo(outcome(column(type, false, sample.format()), value, schema));
      }
    }
    assertThat(outcome(column("IntervalSecond", true), "PT0.5S")).startsWith("refused: ");
    assertThat(outcome(column("Date", true), date("2024-02-29T00:00:00.001Z")))
        .startsWith("refused: ");
    assertThat(outcome(column("Date", true), "2024-02-29T00:00:00.000000001Z"))
        .startsWith("refused: ");
    assertThat(outcome(column("Date32", true), 86_400_000_001L, MICROS)).startsWith("refused: ");
    assertThat(outcome(column("Date32", true), 86_400_000_000L, MICROS))
        .isEqualTo(outcome(column("Date32", true), 1));
    assertThat(outcome(column("Date32", true, "epoch_s"), 86_400.5)).startsWith("refused: ");
    assertThat(outcome(column("Int64", true), 1.5)).startsWith("refused: ");
  }

  private static long number(String type, Object value) {
    ColumnWriter column = column(type, true);
    column.append(value);
    ByteBuffer bytes = ByteBuffer.wrap(Cells.bytes(column)).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.remaining() == 8 ? bytes.getLong() : bytes.getInt();
  }

  @ParameterizedTest
  @CsvSource({
    "DateTime,       2024-02-29T10:15:30.999999999Z,       1709201730",
    "DateTime,       2106-02-07T06:28:15.9Z,               -1", // unsigned: the last second
    "DateTime64(0),  1969-12-31T23:59:59.9Z,               -1",
    "DateTime64(3),  2024-02-29T10:15:30.123456789Z,       1709201730123",
    "DateTime64(3),  1969-12-31T23:59:59.9999Z,            -1",
    "DateTime64(3),  1969-12-31T23:59:59.9981,             -2",
    "DateTime64(3),  2299-12-31T23:59:59.9999999Z,         10413791999999",
    "DateTime64(9),  2262-04-11T23:47:16.8547758079999Z,   9223372036854775807",
    "DateTime64(9),  1969-12-31T23:59:59.9999999999Z,      -1",
    "Time,           999:59:59.999,                        3599999",
    "Time,           -00:00:00.5,                          -1",
    "Time,           00:00:00.5,                           0",
    "Time64(3),      -00:00:00.0005,                       -1",
    "Time64(9),      -00:00:00.0000000001,                 -1",
    "Time64(9),      00:00:00.0000000001,                  0"
  })
  void edges_are_cut(String type, String text, long ticks) {
    assertThat(number(type, text)).isEqualTo(ticks);
  }

  @ParameterizedTest
  @CsvSource({
    "DateTime,       1969-12-31T23:59:59.999999999Z",
    "DateTime,       2106-02-07T06:28:16.0000000001Z",
    "DateTime64(3),  1899-12-31T23:59:59.9999Z",
    "DateTime64(3),  2300-01-01T00:00:00.0000001Z",
    "DateTime64(9),  2262-04-11T23:47:16.8547758080001Z",
    "DateTime,       2024-02-29T23:59:60.5Z",
    "Time,           -999:59:59.5",
    "Time64(3),      -999:59:59.9999",
    "Time,           1000:00:00.5"
  })
  void out_of_range_stays_out_of_range(String type, String text) {
    assertThat(outcome(column(type, true), text)).startsWith("refused: ");
  }

  @Test
  void numbers_with_a_fraction_have_the_columns_unit_only_if_that_is_the_second() {
    assertThat(number("DateTime", 1709201730.9)).isEqualTo(1_709_201_730);
    assertThat(number("DateTime64(0)", new BigDecimal("-0.5"))).isEqualTo(-1);
    assertThat(number("Time", -0.5f)).isEqualTo(-1);
    for (String type : List.of("DateTime64(3)", "Time64(3)")) {
      assertThat(outcome(column(type, true), 5.5)).contains("fractions of a unit");
    }
    assertThat(outcome(column("DateTime64(3)", false, "epoch_s"), 1709201730.123))
        .isEqualTo(outcome(column("DateTime64(3)", false), 1_709_201_730_123L));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1e-999999999", "-1e-999999999", "1e-50", "-1e-50", "0e-999999999", "0e999999999"})
  void numbers_of_any_scale_are_cut_at_once(String text) {
    BigDecimal number = new BigDecimal(text);
    long expected = number.signum() < 0 ? -1 : 0;
    assertThat(number("Time", number)).isEqualTo(expected);
    assertThat(outcome(column("DateTime64(9)", true, "epoch_ns"), number))
        .isEqualTo(outcome(column("DateTime64(9)", false), expected));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e999999999", "-1e999999999", "1e30", "123456789012345678901234.5"})
  void numbers_of_any_size_are_refused_at_once(String text) {
    for (String type : List.of("DateTime", "DateTime64(3)", "Time", "Time64(3)")) {
      assertThat(outcome(column(type, true), new BigDecimal(text))).startsWith("refused: ");
      assertThat(outcome(column(type, true, "epoch_ns"), new BigDecimal(text)))
          .startsWith("refused: ");
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, 1e300, 9.1e15})
  void numbers_that_are_not_exact_are_refused(double number) {
    for (String type : List.of("DateTime", "DateTime64(3)", "Time", "Time64(3)")) {
      assertThat(outcome(column(type, true), number)).startsWith("refused: ");
      assertThat(outcome(column(type, true, "epoch_us"), number)).startsWith("refused: ");
    }
  }

  @Test
  void refusal_names_the_setting() {
    assertThat(outcome(column("DateTime", false), date("2024-01-01T00:00:00.001Z")))
        .contains("fraction of a second finer", "time.precision=truncate");
  }

  /** The server reads {@code 10:15} as minutes and seconds, and {@code "5"} as seconds. */
  @ParameterizedTest
  @ValueSource(strings = {"10:15", "-10:15", "10:15Z", "5", "-5", "+5", "36930123", "5.5", ""})
  void time_in_text_has_hours_minutes_and_seconds(String text) {
    for (String type : List.of("Time", "Time64(3)", "Nullable(Time64(0))")) {
      assertThat(outcome(column(type, true), text)).startsWith("refused: ");
    }
  }

  @Test
  void other_times_in_text_have_their_pattern() {
    assertThat(outcome(column("Time", true, "HH:mm"), "10:15"))
        .isEqualTo(outcome(column("Time", true), "10:15:00"));
    assertThat(outcome(column("Time64(3)", true, "HHmmss"), "101530"))
        .isEqualTo(outcome(column("Time64(3)", true), "10:15:30"));
    assertThat(outcome(column("Time", true, "HH:mm"), "101530")).startsWith("refused: ");
  }

  private static String variant(String type, Object value, @Nullable Schema schema) {
    return outcome(column(type, true), value, schema);
  }

  @Test
  void variant_takes_a_time_exactly_before_it_cuts_it_in_the_finest_type() {
    String both = "Variant(DateTime, DateTime64(3))";
    String second = variant(both, date("2024-02-29T10:15:30Z"), Timestamp.SCHEMA);
    assertThat(second).isEqualTo(variant(both, "2024-02-29T10:15:30.000Z", null));
    String millis = variant(both, date("2024-02-29T10:15:30.123Z"), Timestamp.SCHEMA);
    assertThat(millis).isNotEqualTo(second);
    assertThat(variant(both, 1_709_201_730_123_456L, MICROS)).isEqualTo(millis);
    assertThat(variant(both, "2024-02-29T10:15:30.123999999Z", null)).isEqualTo(millis);

    String text = "Variant(DateTime, String)";
    assertThat(variant(text, date("2024-02-29T10:15:30.123Z"), Timestamp.SCHEMA))
        .isEqualTo(variant(text, "2024-02-29T10:15:30.123Z", null));
    String lists = "Variant(Array(DateTime), Array(DateTime64(3)))";
    assertThat(variant(lists, List.of("2024-02-29T10:15:30.1239Z"), null))
        .isEqualTo(variant(lists, List.of("2024-02-29T10:15:30.123Z"), null));
    String last = "Variant(DateTime64(3), DateTime64(9))"; // which ends in 2262
    assertThat(variant(last, "2280-01-01T00:00:00.0001Z", null))
        .isEqualTo(variant(last, "2280-01-01T00:00:00Z", null));
  }

  @Test
  void variant_makes_no_time_of_a_number_with_a_fraction() {
    for (String type : List.of("Variant(DateTime, Int64)", "Variant(Array(Time), Array(Int8))")) {
      assertThat(variant(type, type.contains("Array") ? List.of(5.5) : 5.5, null))
          .startsWith("refused: ");
    }
    ColumnWriter column = column("Tuple(Variant(DateTime, Int64), DateTime)", true);
    assertThat(outcome(column, List.of(5, 5.5))).doesNotStartWith("refused: ");
  }

  /** Random variants: exact where one of the types is, whatever is cut in another. */
  @Test
  void variant_cuts_only_what_none_of_its_types_takes() {
    SampleTimes samples = new SampleTimes(5);
    Random random = new Random(6);
    List<String> types = new ArrayList<>(POINTS_IN_TIME);
    types.addAll(TIMES_OF_DAY);
    types.addAll(List.of("Date32", "Int64", "String", "Nullable(Bool)"));
    for (int i = 0; i < VALUES / 4; i++) {
      Sample sample = random.nextBoolean() ? samples.pointInTime() : samples.timeOfDay();
      List<String> some =
          IntStream.range(0, 1 + random.nextInt(4))
              .mapToObj(n -> types.get(random.nextInt(types.size())))
              .distinct()
              .sorted()
              .toList();
      String variant = "Variant(" + String.join(", ", some) + ")";
      String exact =
          outcome(column(variant, false, sample.format()), sample.value(), sample.schema());
      String cut = outcome(column(variant, true, sample.format()), sample.value(), sample.schema());
      if (!exact.startsWith("refused: ")) {
        assertThat(cut).as("%s into %s", sample, variant).isEqualTo(exact);
        continue;
      }
      boolean possible =
          !sample.bare()
              && some.stream()
                  .filter(type -> !type.startsWith("Time") || !sample.format().startsWith("epoch"))
                  .map(type -> column(type, true, sample.format()))
                  .map(column -> outcome(column, sample.value(), sample.schema()))
                  .anyMatch(outcome -> !outcome.startsWith("refused: "));
      assertThat(!cut.startsWith("refused: "))
          .as("%s into %s", sample, variant)
          .isEqualTo(possible);
    }
  }
}
