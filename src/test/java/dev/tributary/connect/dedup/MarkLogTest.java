package dev.tributary.connect.dedup;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MarkLogTest {

  private static final int SPACING = 1024;

  private final MarkLog log = new MarkLog();

  private void marks(int number, long firstTime) {
    for (int i = 0; i < number; i++) {
      log.add(firstTime + i, true);
    }
  }

  @Test
  void counts_the_marks_that_have_expired_and_forgets_those_that_are_gone() {
    marks(100_000, 0);
    assertThat(log.dead(-1)).isZero();
    assertThat(log.dead(60_000)).isBetween(60_000L - SPACING, 60_001L);
    assertThat(log.live()).isBetween(39_999L, 40_000L + SPACING);
    log.forget(50_000);
    assertThat(log.dead(60_000)).isBetween(10_000L - SPACING, 10_001L);
    assertThat(log.count()).isEqualTo(100_000);
  }

  @Test
  void more_gone_than_thought_is_none_left() {
    marks(10_000, 0);
    log.dead(5_000);
    log.forget(5_500);
    assertThat(log.dead(5_000)).isZero();
    assertThat(log.dead(10_000)).isBetween(4_500L - SPACING, 4_500L);
  }

  @Test
  void a_time_in_the_far_future_hides_nothing() {
    log.add(4_000_000_000_000L, false);
    marks(10_000, 0);
    assertThat(log.dead(10_000)).isGreaterThan(10_000 - SPACING);
    assertThat(log.leastTime()).isZero();
  }
}
