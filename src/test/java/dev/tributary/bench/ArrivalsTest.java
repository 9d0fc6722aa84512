package dev.tributary.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ArrivalsTest {

  private final Arrivals arrivals = new Arrivals(1_000);

  @Test
  void rows_that_keep_coming_take_until_the_last() {
    assertThat(arrivals.isLast(6, 100)).isFalse();
    assertThat(arrivals.isLast(7, 900)).isFalse();
    assertThat(arrivals.isLast(11.9, 900)).isFalse();
    assertThat(arrivals.isLast(11.9, 1_000)).isTrue();

    assertThat(arrivals.seconds()).isEqualTo(11.9);
    assertThat(arrivals.waited()).isZero();
  }

  @Test
  void the_wait_of_batches_that_are_not_full_is_not_counted() {
    assertThat(arrivals.isLast(1, 100)).isFalse();
    assertThat(arrivals.isLast(4, 800)).isFalse();
    assertThat(arrivals.isLast(12, 950)).isFalse();
    assertThat(arrivals.isLast(18, 1_000)).isTrue();

    assertThat(arrivals.seconds()).isEqualTo(5);
    assertThat(arrivals.waited()).isEqualTo(200);
  }

  @Test
  void a_pause_before_half_of_the_rows_is_counted() {
    assertThat(arrivals.isLast(1, 500)).isFalse();
    assertThat(arrivals.isLast(20, 1_000)).isTrue();

    assertThat(arrivals.seconds()).isEqualTo(20);
  }
}
