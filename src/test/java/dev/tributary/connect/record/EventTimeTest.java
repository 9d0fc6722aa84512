package dev.tributary.connect.record;

import static dev.tributary.connect.record.Records.map;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Date;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("JavaUtilDate") // what Connect's logical types are
class EventTimeTest {

  private static final long NOW = 1_700_000_000_000L;

  private static EventTime of(String text, OnMissingTime onMissing) {
    return EventTime.parse("time", text, onMissing, () -> NOW);
  }

  private static SinkRecord record(@Nullable Long timestamp, @Nullable Object at) {
    return Records.at("t", 0, 0, timestamp, null, map("at", at));
  }

  private static long ofField(@Nullable Object value) {
    return of("field:at", OnMissingTime.DROP).of(record(5L, value));
  }

  @Test
  void takes_the_kafka_timestamp_the_field_or_the_clock() {
    SinkRecord record = record(5L, 1_650_000_000_000L);
    assertThat(of("record", OnMissingTime.FAIL).of(record)).isEqualTo(5);
    assertThat(of("field:at", OnMissingTime.FAIL).of(record)).isEqualTo(1_650_000_000_000L);
    assertThat(of("processing", OnMissingTime.FAIL).of(record)).isEqualTo(NOW);
  }

  @ParameterizedTest
  @CsvSource({
    "1710928800, 1710928800000",
    "1710928800123, 1710928800123",
    "1710928800123456, 1710928800123",
    "1710928800123456789, 1710928800123",
    "0, 0",
    "-1, -1000",
    "99999999999, 99999999999000",
    "100000000000, 100000000000",
    "-1710928800123456, -1710928800124"
  })
  void units_of_numbers_are_distinguished_by_magnitude(long value, long expected) {
    assertThat(ofField(value)).isEqualTo(expected);
    assertThat(ofField(BigInteger.valueOf(value))).isEqualTo(expected);
    assertThat(ofField(Long.toString(value))).isEqualTo(expected);
  }

  @Test
  void fractions_count_for_seconds() {
    assertThat(ofField(1710928800.5)).isEqualTo(1710928800500L);
    assertThat(ofField(new BigDecimal("1710928800.25"))).isEqualTo(1710928800250L);
    assertThat(ofField("1710928800.5")).isEqualTo(1710928800500L);
    assertThat(ofField(1710928800123.9)).isEqualTo(1710928800123L);
  }

  @ParameterizedTest
  @CsvSource({
    "2024-03-20 10:00:00, 2024-03-20T10:00:00Z",
    "2024-03-20 10:00:00.123456, 2024-03-20T10:00:00.123Z",
    "2024-03-20 10:00:00.5, 2024-03-20T10:00:00.500Z",
    "2024-03-20T10:00:00Z, 2024-03-20T10:00:00Z",
    "2024-03-20T10:00Z, 2024-03-20T10:00:00Z",
    "2024-03-20T10:00:00, 2024-03-20T10:00:00Z",
    "2024-03-20T10:00:00.000000001Z, 2024-03-20T10:00:00Z",
    "2024-03-20T10:00:00+02:00, 2024-03-20T08:00:00Z",
    "2024-03-20T10:00:00-0530, 2024-03-20T15:30:00Z",
    "2024-03-20 10:00:00+02, 2024-03-20T08:00:00Z",
    "2024-03-20, 2024-03-20T00:00:00Z",
    "2024-02-29, 2024-02-29T00:00:00Z",
    "1969-12-31T23:59:59Z, 1969-12-31T23:59:59Z",
    "0001-01-01, 0001-01-01T00:00:00Z"
  })
  void reads_texts(String text, String expected) {
    assertThat(ofField(text)).isEqualTo(Instant.parse(expected).toEpochMilli());
  }

  @Property
  void reads_what_java_writes(
      @ForAll @LongRange(min = -60_000_000_000_000L, max = 200_000_000_000_000L) long millis) {
    Instant instant = Instant.ofEpochMilli(millis);
    assertThat(ofField(instant.toString())).isEqualTo(millis);
    String sql =
        LocalDateTime.ofInstant(instant, ZoneOffset.UTC)
            .format(DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS"));
    assertThat(ofField(sql)).isEqualTo(millis);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "yesterday",
        "2024-13-01",
        "2023-02-29",
        "1900-02-29",
        "2024-03-20 25:00:00",
        "2024-03-20 10:00:60",
        "2024-03-20 10",
        "2024-03-20 10:00:00.",
        "2024-03-20T10:00:00+2",
        "2024-03-20T10:00:00Zulu",
        "2024-03-20x10:00:00",
        "12.34.56",
        "1.",
        ".5",
        "-",
        "1e9",
        "99999999999999999999",
        "9999999999999999999"
      })
  void a_text_that_is_no_time_is_missing(String text) {
    assertThat(ofField(text)).isEqualTo(EventTime.MISSING);
  }

  @Test
  void other_values_are_missing() {
    assertThat(ofField(null)).isEqualTo(EventTime.MISSING);
    assertThat(ofField(true)).isEqualTo(EventTime.MISSING);
    assertThat(ofField(Double.NaN)).isEqualTo(EventTime.MISSING);
    assertThat(ofField(new BigInteger("99999999999999999999"))).isEqualTo(EventTime.MISSING);
  }

  @Test
  void a_connect_timestamp_is_its_instant() {
    assertThat(ofField(new Date(NOW))).isEqualTo(NOW);
    assertThat(ofField(new Date(-5))).isEqualTo(-5);
  }

  @Test
  void times_stay_where_windows_can_be_added() {
    long far = ofField(new Date(Long.MAX_VALUE));
    assertThat(far).isEqualTo(1L << 52);
    assertThat(of("record", OnMissingTime.FAIL).of(record(Long.MAX_VALUE, null)))
        .isEqualTo(1L << 52);
  }

  @Test
  void a_missing_time_is_replaced_dropped_or_refused() {
    SinkRecord without = record(5L, null);
    assertThat(of("field:at", OnMissingTime.RECORD).of(without)).isEqualTo(5);
    assertThat(of("field:at", OnMissingTime.DROP).of(without)).isEqualTo(EventTime.MISSING);
    assertThatThrownBy(() -> of("field:at", OnMissingTime.FAIL).of(without))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("'at' that is null");
    assertThatThrownBy(() -> of("field:at", OnMissingTime.FAIL).of(record(5L, "soon")))
        .hasMessageContaining("not a readable time");
    assertThatThrownBy(() -> of("field:at", OnMissingTime.RECORD).of(record(null, null)))
        .isInstanceOf(DataException.class);
  }

  @Test
  void a_time_far_after_the_kafka_timestamp_does_not_move_stream_time() {
    EventTime time = of("field:at", OnMissingTime.FAIL);
    SinkRecord record = record(NOW, null);
    assertThat(time.movesStreamTime(NOW + 3_600_000, record)).isTrue();
    assertThat(time.movesStreamTime(NOW + 3_600_001, record)).isFalse();
    assertThat(time.movesStreamTime(-5, record)).isTrue();
    assertThat(time.movesStreamTime(NOW, record(null, null))).isFalse();
    assertThat(of("processing", OnMissingTime.FAIL).movesStreamTime(NOW, record(5L, null)))
        .isTrue();
  }

  @Test
  void a_time_far_after_the_clock_does_not_move_stream_time_whatever_kafka_says() {
    long[] clock = {NOW};
    for (String source : List.of("record", "field:at")) {
      clock[0] = NOW;
      EventTime time = EventTime.parse("time", source, OnMissingTime.FAIL, () -> clock[0]);
      long soon = NOW + 3_600_000;
      assertThat(time.movesStreamTime(soon, record(soon, null))).isTrue();
      assertThat(time.movesStreamTime(soon + 1, record(soon + 1, null))).isFalse();
      clock[0]++;
      assertThat(time.movesStreamTime(soon + 1, record(soon + 1, null))).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "field", "field:", "event", "field:a..b"})
  void refuses_other_settings(String text) {
    assertThatThrownBy(() -> EventTime.validator().ensureValid("time", text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("for configuration time");
  }
}
