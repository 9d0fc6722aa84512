package dev.tributary.connect.sink.columns;

import static dev.tributary.connect.sink.columns.Cells.bytes;
import static dev.tributary.connect.sink.columns.Cells.date;
import static dev.tributary.connect.sink.columns.Cells.hex;
import static dev.tributary.connect.sink.columns.Cells.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Date, Date32, DateTime and DateTime64. */
class TimeWritersTest {

  private static final DateTimeFormatter CLICKHOUSE =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");

  private static final List<String> ZONES =
      List.of(
          "UTC",
          "Europe/Berlin",
          "America/New_York",
          "Australia/Lord_Howe",
          "Asia/Kathmandu",
          "Pacific/Apia",
          "Africa/Casablanca",
          "Etc/GMT+5",
          "America/Sao_Paulo");

  private static long number(String type, ZoneId zone, Object value, @Nullable Schema schema) {
    ColumnWriter column = ColumnWriter.create(type, zone);
    column.append(value, schema);
    ByteBuffer bytes = ByteBuffer.wrap(bytes(column)).order(ByteOrder.LITTLE_ENDIAN);
    return switch (bytes.remaining()) {
      case 2 -> Short.toUnsignedLong(bytes.getShort());
      case 4 ->
          type.startsWith("DateTime") ? Integer.toUnsignedLong(bytes.getInt()) : bytes.getInt();
      default -> bytes.getLong();
    };
  }

  private static long number(String type, Object value) {
    return number(type, ZoneOffset.UTC, value, null);
  }

  @Test
  void datesFromTextDaysAndLogicalDates() {
    assertThat(hex("Date", "1970-01-01", "2149-06-06", 1, 65535L, date("1970-01-03T00:00:00Z")))
        .isEqualTo("0000" + "ffff" + "0100" + "ffff" + "0200");
    assertThat(number("Date32", "1900-01-01")).isEqualTo(-25567);
    assertThat(number("Date32", "2299-12-31")).isEqualTo(120529);
    assertThat(number("Date32", ZoneOffset.UTC, date("1900-01-01T00:00:00Z"), Date.SCHEMA))
        .isEqualTo(-25567);
  }

  @Test
  void datesOutOfRangeAreRefused() {
    for (Object value :
        List.of("1969-12-31", "2149-06-07", -1, 65536, "0000-01-01", "9999-12-31")) {
      assertThat(refusal("Date", value)).contains("1970-01-01..2149-06-06");
    }
    for (Object value : List.of("1899-12-31", "2300-01-01", -25568, 120530, Long.MIN_VALUE)) {
      assertThat(refusal("Date32", value)).contains("1900-01-01..2299-12-31");
    }
    assertThat(refusal("Date", date("1969-12-31T00:00:00Z"))).contains("1970-01-01..2149-06-06");
  }

  @Test
  void aTimeOfDayIsNotCutOffADate() {
    assertThat(refusal("Date", date("2024-02-29T00:00:00.001Z"))).contains("not midnight UTC");
    assertThat(refusal("Date", "2024-02-29 00:00:00")).contains("does not suit Date");
    assertThat(refusal("Date32", ZoneOffset.UTC, date("1970-01-01T00:00:00Z"), Time.SCHEMA))
        .contains("a time of day");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "2024",
        "2024-1-01",
        "2024-13-01",
        "2024-00-01",
        "2024-02-30",
        "2023-02-29",
        "1900-02-29",
        "2024-04-31",
        "2024-01-00",
        "20240101",
        " 2024-01-01",
        "2024-01-01 ",
        "2024/01/01",
        "２０２４-01-01",
        "2024-01-01ZZ",
        "2024-01-01+00:00",
        "+2024-01-01",
        "today",
        "2024-01-01T",
        "2024-01-01 24:00:00",
        "2024-01-01 23:60:00",
        "2024-01-01 23:59:60",
        "2024-01-01 23",
        "2024-01-01 23:59:59.",
        "2024-01-01 23:59:59,5",
        "2024-01-01 23:59:59 Z",
        "2024-01-01T23:59:59+1",
        "2024-01-01T23:59:59+19:00",
        "2024-01-01T23:59:59+01:60",
        "2024-01-01T23:59:59ZZ",
        "2024-01-01T23:59:59[Europe/Berlin]",
        "2024-01-01T23:59:59+01:00[]",
        "2024-01-01T23:59:59+01:00[Europe/Berlin",
        "2024-01-01T23:59:59+01:00[Europe Berlin]",
        "1700000000"
      })
  void otherTextIsRefused(String text) {
    for (String type : List.of("Date", "Date32", "DateTime", "DateTime64(3)")) {
      assertThat(refusal(type, text)).contains("does not suit " + type);
    }
  }

  @Test
  void refusesWhatIsNoTime() {
    for (Object value : List.of(true, new byte[8], List.of(), Map.of())) {
      for (String type : List.of("Date", "DateTime", "DateTime64(3)")) {
        assertThat(refusal(type, value)).contains("does not suit " + type);
      }
    }
    assertThat(refusal("DateTime", 1.5)).contains("fraction of a second");
    assertThat(number("DateTime", 1.7e9)).isEqualTo(1_700_000_000);
  }

  @ParameterizedTest
  @CsvSource({
    "2024-02-29, 2024-02-29T00:00:00Z",
    "2024-02-29 10:15:30, 2024-02-29T10:15:30Z",
    "2024-02-29T10:15:30, 2024-02-29T10:15:30Z",
    "2024-02-29T10:15, 2024-02-29T10:15:00Z",
    "2024-02-29T10:15:30Z, 2024-02-29T10:15:30Z",
    "2024-02-29T10:15:30.000Z, 2024-02-29T10:15:30Z",
    "2024-02-29 10:15:30z, 2024-02-29T10:15:30Z",
    "2024-02-29T10:15:30+02:00, 2024-02-29T08:15:30Z",
    "2024-02-29T10:15:30-0530, 2024-02-29T15:45:30Z",
    "2024-02-29T23:15:30-01, 2024-03-01T00:15:30Z",
    "2000-02-29T00:00:00Z, 2000-02-29T00:00:00Z"
  })
  void dateTimeFromText(String text, Instant expected) {
    assertThat(number("DateTime", text)).isEqualTo(expected.getEpochSecond());
    assertThat(number("DateTime64(6)", text)).isEqualTo(expected.getEpochSecond() * 1_000_000);
  }

  @Test
  void dateTimeEndsWith32Bits() {
    assertThat(hex("DateTime", 0, 4294967295L, "1970-01-01 00:00:00", "2106-02-07 06:28:15"))
        .isEqualTo("00000000" + "ffffffff" + "00000000" + "ffffffff");
    for (Object value :
        List.of(
            -1,
            4294967296L,
            "1969-12-31 23:59:59",
            "2106-02-07 06:28:16",
            "2024-01-01T00:00:00Z".replace("2024", "0001"),
            date("1969-12-31T23:59:59Z"))) {
      assertThat(refusal("DateTime", value)).contains("1970-01-01 00:00:00..2106-02-07 06:28:15");
    }
    assertThat(number("DateTime", "1970-01-01T00:00:00-01:00")).isEqualTo(3600);
    assertThat(refusal("DateTime", "1970-01-01T00:00:00+01:00")).contains("out of the range");
  }

  @Test
  void aFractionIsNeverCutOff() {
    assertThat(refusal("DateTime", "2024-01-01 00:00:00.5")).contains("finer than the column's");
    assertThat(refusal("DateTime", date("2024-01-01T00:00:00.001Z"))).contains("finer");
    assertThat(refusal("DateTime64(2)", date("2024-01-01T00:00:00.001Z"))).contains("finer");
    assertThat(refusal("DateTime64(3)", "2024-01-01 00:00:00.0001")).contains("finer");
    assertThat(refusal("DateTime64(9)", "2024-01-01 00:00:00.0000000001")).contains("finer");
    assertThat(number("DateTime64(9)", "1970-01-01 00:00:00.1234567890000")).isEqualTo(123456789);
    assertThat(number("DateTime64(1)", "1970-01-01 00:00:00.100000000000")).isEqualTo(1);
    assertThat(number("DateTime64(2)", date("1970-01-01T00:00:00.010Z"))).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
  void dateTime64From1900To2299(int precision) {
    String type = "DateTime64(" + precision + ")";
    long unit = Math.round(Math.pow(10, precision));
    String last = precision == 0 ? "" : "." + "9".repeat(precision);
    assertThat(number(type, "1900-01-01 00:00:00")).isEqualTo(-2_208_988_800L * unit);
    assertThat(number(type, -2_208_988_800L * unit)).isEqualTo(-2_208_988_800L * unit);
    assertThat(number(type, "2299-12-31 23:59:59" + last)).isEqualTo(10_413_792_000L * unit - 1);
    assertThat(number(type, 10_413_792_000L * unit - 1)).isEqualTo(10_413_792_000L * unit - 1);
    for (Object value :
        List.of(
            "1899-12-31 23:59:59" + last,
            "2300-01-01",
            -2_208_988_800L * unit - 1,
            10_413_792_000L * unit,
            "0001-01-01",
            "9999-12-31")) {
      assertThat(refusal(type, value)).contains("1900-01-01 00:00:00..2299-12-31");
    }
  }

  @Test
  void dateTime64OfNanosecondsEndsWith64Bits() {
    assertThat(number("DateTime64(9)", "2262-04-11 23:47:16.854775807")).isEqualTo(Long.MAX_VALUE);
    assertThat(refusal("DateTime64(9)", "2262-04-11 23:47:16.854775808")).contains("..2262-04-11");
    assertThat(refusal("DateTime64(9)", "2262-04-11 23:47:17")).contains("..2262-04-11");
    assertThat(number("DateTime64(9)", "1900-01-01 00:00:00"))
        .isEqualTo(-2_208_988_800_000_000_000L);
    assertThat(refusal("DateTime64(9)", Long.MIN_VALUE)).contains("out of the range");
  }

  @Test
  void timesBefore1970KeepTheirFraction() {
    assertThat(number("DateTime64(3)", "1969-12-31 23:59:59.999")).isEqualTo(-1);
    assertThat(number("DateTime64(3)", date("1969-12-31T23:59:59.999Z"))).isEqualTo(-1);
    assertThat(number("DateTime64(6)", date("1969-12-31T23:59:59.999Z"))).isEqualTo(-1000);
  }

  @Test
  void connectsDateIsACalendarDateAndItsTimestampAPointInTime() {
    java.util.Date midnight = date("2024-02-29T00:00:00Z");
    ZoneId tokyo = ZoneId.of("Asia/Tokyo");
    long utc = midnight.toInstant().getEpochSecond();
    assertThat(number("DateTime", tokyo, midnight, Date.SCHEMA)).isEqualTo(utc - 9 * 3600);
    assertThat(number("DateTime", tokyo, midnight, Timestamp.SCHEMA)).isEqualTo(utc);
    assertThat(number("DateTime", tokyo, midnight, null)).isEqualTo(utc);
    assertThat(refusal("DateTime", tokyo, midnight, Time.SCHEMA)).contains("a time of day");
  }

  @Test
  void theColumnsZoneGoesBeforeTheServers() {
    ZoneId tokyo = ZoneId.of("Asia/Tokyo");
    assertThat(number("DateTime", tokyo, "1970-01-02 00:00:00", null)).isEqualTo(15 * 3600);
    assertThat(number("DateTime('UTC')", tokyo, "1970-01-02 00:00:00", null)).isEqualTo(24 * 3600);
    assertThat(number("DateTime64(0, 'Etc/GMT+5')", tokyo, "1970-01-02", null))
        .isEqualTo(29 * 3600);
  }

  @Test
  void anHourThatIsShownTwiceCountsTheFirstTime() {
    String berlin = "DateTime('Europe/Berlin')";
    Instant first = Instant.parse("2024-10-27T00:30:00Z");
    assertThat(number(berlin, "2024-10-27 02:30:00")).isEqualTo(first.getEpochSecond());
    assertThat(number(berlin, "2024-10-27T02:30:00+01:00"))
        .isEqualTo(first.getEpochSecond() + 3600);
  }

  @Test
  void anHourThatIsNeverShownIsRefused() {
    String berlin = "DateTime('Europe/Berlin')";
    assertThat(refusal(berlin, "2024-03-31 02:00:00")).contains("skipped");
    assertThat(refusal(berlin, "2024-03-31 02:59:59")).contains("skipped");
    Instant change = Instant.parse("2024-03-31T01:00:00Z");
    assertThat(number(berlin, "2024-03-31 01:59:59")).isEqualTo(change.getEpochSecond() - 1);
    assertThat(number(berlin, "2024-03-31 03:00:00")).isEqualTo(change.getEpochSecond());
    ZoneId apia = ZoneId.of("Pacific/Apia");
    assertThat(refusal("DateTime", apia, date("2011-12-30T00:00:00Z"), Date.SCHEMA))
        .contains("skipped");
  }

  /** Also that the stretch between two changes, once found, is used for the right times only. */
  @Property
  void localTimesAreReadAsJavaTimeReadsThem(
      @ForAll @IntRange(max = 8) int zoneIndex,
      @ForAll @Size(max = 20) List<@LongRange(min = 0, max = 4_200_000_000L) Long> seconds,
      @ForAll @IntRange(min = -7_200, max = 7_200) int aroundChange) {
    ZoneId zone = ZoneId.of(ZONES.get(zoneIndex));
    List<LocalDateTime> times = new ArrayList<>();
    for (long second : seconds) {
      Instant instant = Instant.ofEpochSecond(second);
      times.add(LocalDateTime.ofInstant(instant, zone));
      ZoneOffsetTransition change = zone.getRules().nextTransition(instant);
      if (change != null) {
        times.add(change.getDateTimeBefore().plusSeconds(aroundChange));
        times.add(change.getDateTimeAfter().plusSeconds(aroundChange));
      }
    }
    ColumnWriter column = ColumnWriter.create("DateTime64(0)", zone);
    ByteBuffer expected = ByteBuffer.allocate(times.size() * 8).order(ByteOrder.LITTLE_ENDIAN);
    for (LocalDateTime time : times) {
      if (zone.getRules().getValidOffsets(time).isEmpty()) {
        assertThatThrownBy(() -> column.append(CLICKHOUSE.format(time)))
            .isInstanceOf(ValueException.class)
            .hasMessageContaining("skipped");
      } else {
        column.append(CLICKHOUSE.format(time));
        expected.putLong(ZonedDateTime.of(time, zone).toEpochSecond());
      }
    }
    byte[] written = bytes(column);
    assertThat(written).isEqualTo(java.util.Arrays.copyOf(expected.array(), expected.position()));
  }

  @Property
  void everyDayOfTheCalendar(@ForAll @IntRange(min = -25_567, max = 120_529) int day) {
    assertThat(number("Date32", LocalDate.ofEpochDay(day).toString())).isEqualTo(day);
  }

  @Property
  void instantsInText(
      @ForAll @LongRange(min = -2_208_988_800L, max = 9_223_372_035L) long second,
      @ForAll @IntRange(max = 999_999_999) int nano,
      @ForAll @IntRange(min = -1080, max = 1080) int offsetMinutes) {
    Instant instant = Instant.ofEpochSecond(second, nano);
    ZoneOffset offset = ZoneOffset.ofTotalSeconds(offsetMinutes * 60);
    long expected = second * 1_000_000_000 + nano;
    assertThat(number("DateTime64(9)", instant.toString())).isEqualTo(expected);
    if (instant.atOffset(offset).getYear() > 0) {
      assertThat(number("DateTime64(9)", instant.atOffset(offset).toString())).isEqualTo(expected);
    }
  }
}
