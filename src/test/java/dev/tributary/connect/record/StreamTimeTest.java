package dev.tributary.connect.record;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StreamTimeTest {

  private static final long LONGEST = Durations.parseMillis("window", "36500d");

  private static long eventTime(long timestamp) {
    return EventTime.parse("time", "record", OnMissingTime.RECORD, System::currentTimeMillis)
        .of(Records.at("orders", 0, 0, timestamp, null, null));
  }

  @Test
  void none_is_before_every_event_and_its_window() {
    long least = eventTime(Long.MIN_VALUE);
    assertThat(StreamTime.NONE).isLessThan(least - 2 * LONGEST).isNotEqualTo(EventTime.MISSING);
  }

  @Test
  void windows_can_be_subtracted_from_none() {
    long limit = Math.subtractExact(StreamTime.NONE, 2 * LONGEST);
    assertThat(limit).isLessThan(StreamTime.NONE);
    assertThat(Math.subtractExact(eventTime(Long.MAX_VALUE), StreamTime.NONE)).isPositive();
  }
}
