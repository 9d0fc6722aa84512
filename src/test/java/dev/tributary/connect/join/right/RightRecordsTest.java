package dev.tributary.connect.join.right;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.JsonConverter;
import dev.tributary.connect.record.EventTime;
import dev.tributary.connect.record.FieldPath;
import dev.tributary.connect.record.OnMissingTime;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.storage.Converter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RightRecordsTest {

  private static final long NOW = 1_700_000_000_000L;
  private static final long YEAR = 365L * 86_400_000;

  private static Converter converter(boolean isKey) {
    JsonConverter converter = new JsonConverter();
    converter.configure(Map.of(), isKey);
    return converter;
  }

  private static RightRecords records(String time) {
    Schemas schemas = new Schemas();
    return new RightRecords(
        converter(true),
        converter(false),
        List.of(FieldPath.parse("right.key", "id")),
        EventTime.parse("right.time", time, OnMissingTime.RECORD, () -> NOW),
        RightFields.parse("right.fields", List.of("*"), ""),
        schemas);
  }

  private static boolean moves(String rightTime, long timestamp, @Nullable String value) {
    RightRecords records = records(rightTime);
    assertThat(records.read(FakeRightTopic.record("users", 0, 0, timestamp, "1", value))).isTrue();
    assertThat(Math.abs(records.time())).isLessThan(1L << 53);
    return records.movesStreamTime();
  }

  /** Kafka takes a timestamp in the future if the topic is configured so. */
  @ParameterizedTest
  @CsvSource({"record", "field:at", "processing"})
  void right_time_moves_to_plausible_times_only_also_of_tombstones(String rightTime) {
    for (String value : new @Nullable String[] {null, "{\"id\":1}"}) {
      boolean byClock = rightTime.equals("processing") && value != null;
      assertThat(moves(rightTime, NOW, value)).isTrue();
      assertThat(moves(rightTime, NOW - YEAR, value)).isTrue();
      assertThat(moves(rightTime, NOW + 3_600_000, value)).isTrue();
      assertThat(moves(rightTime, NOW + 3_600_001, value)).isEqualTo(byClock);
      assertThat(moves(rightTime, NOW + 75 * YEAR, value)).isEqualTo(byClock);
      assertThat(moves(rightTime, Long.MAX_VALUE, value)).isEqualTo(byClock);
    }
  }
}
