package dev.tributary.connect.sink.insert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.clickhouse.InsertException;
import dev.tributary.connect.util.LogLines;
import dev.tributary.connect.util.ManualTime;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RetryLogTest {

  private final ManualTime time = new ManualTime();
  private final LogLines lines = LogLines.of(RetryLog.class);
  private final RetryLog log = new RetryLog("task", time);
  private final Batch batch = SmallBatches.of(new TopicPartition("t", 0), 4, 5);
  private int attempt;

  @AfterEach
  void close() {
    lines.close();
  }

  private void fail(FailureKind kind, int code) {
    InsertException failure =
        InsertException.of(new ClickHouseException(kind, code, "the server is away", null), false);
    log.failed(batch, ++attempt, 250, failure);
  }

  private void fail() {
    fail(FailureKind.UNREACHABLE, 0);
  }

  @Test
  void first_failure_is_logged_at_once_with_all_details() {
    fail();
    assertThat(lines.take())
        .containsExactly(
            "WARN task could not insert 2 rows for default.t from t-0@4..5 (attempt 1, 1 failures"
                + " in 0 s), trying again in 250 ms; no row is lost, check ClickHouse if this"
                + " persists: the server is away");
  }

  @Test
  void outage_is_logged_twice_a_minute_with_its_duration() {
    fail();
    assertThat(lines.take()).hasSize(1);
    time.advance(29_999);
    fail();
    assertThat(lines.take()).isEmpty();
    time.advance(1);
    fail();
    assertThat(lines.take()).singleElement().asString().contains("(attempt 3, 3 failures in 30 s)");
    time.advance(29_999);
    fail();
    assertThat(lines.take()).isEmpty();
    time.advance(1);
    fail();
    assertThat(lines.take()).singleElement().asString().contains("5 failures in 60 s");
  }

  @Test
  void another_cause_is_logged_at_once() {
    fail();
    fail(FailureKind.TRANSIENT, 0);
    fail(FailureKind.TRANSIENT, 202);
    assertThat(lines.take()).hasSize(3);
    fail(FailureKind.TRANSIENT, 202);
    assertThat(lines.take()).isEmpty();
  }

  @Test
  void end_is_logged_once() {
    fail();
    fail();
    time.advance(31_000);
    assertThat(lines.take()).hasSize(1);
    log.succeeded();
    assertThat(lines.take()).containsExactly("INFO task inserts again after 2 failures in 31 s");
    log.succeeded();
    assertThat(lines.take()).isEmpty();
  }

  @Test
  void next_outage_is_counted_from_zero() {
    fail();
    time.advance(5_000);
    log.succeeded();
    assertThat(lines.take()).hasSize(2);
    fail();
    assertThat(lines.take()).singleElement().asString().contains("1 failures in 0 s");
  }

  @Test
  void success_without_a_failure_is_not_worth_a_word() {
    log.succeeded();
    assertThat(lines.take()).isEmpty();
  }

  @Test
  void it_is_failing_from_the_first_failure_to_the_next_success() {
    assertThat(log.isFailing()).isFalse();
    fail();
    assertThat(log.isFailing()).isTrue();
    log.succeeded();
    assertThat(log.isFailing()).isFalse();
  }
}
