package dev.tributary.connect.sink.progress;

import static dev.tributary.connect.kafka.WatchedCluster.once;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.kafka.WatchedCluster;
import dev.tributary.connect.util.ManualTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KafkaFencedRecordTest {

  private static final String TOPIC = "progress";
  private static final String ID = "tributary/shop/x/5";
  private static final int PARTITIONS = 4;

  /** The partition of the topic in which source partition 5 has its record. */
  private static final int PARTITION = 1;

  private final ManualTime time = new ManualTime();
  private final long startMs = time.milliseconds();
  private final WatchedCluster cluster = new WatchedCluster();

  KafkaFencedRecordTest() {
    cluster.withTopic(TOPIC, PARTITIONS, Map.of());
  }

  @AfterEach
  void clearInterrupt() {
    Thread.interrupted();
  }

  private KafkaFencedRecord record(String id) {
    return new KafkaFencedRecord(cluster, TOPIC, PARTITIONS, id, 5, time);
  }

  private KafkaFencedRecord open(String id) {
    KafkaFencedRecord record = record(id);
    record.open();
    return record;
  }

  private KafkaFencedRecord open() {
    return open(ID);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Optional<String> value(FencedRecord record) {
    return record.value().map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  /** What has arrived, by its value. */
  private List<String> arrived() {
    return cluster.log(TOPIC, PARTITION).stream()
        .map(record -> new String(record[1], StandardCharsets.UTF_8))
        .toList();
  }

  private long passedMs() {
    return time.milliseconds() - startMs;
  }

  /** The next write has no known outcome; the one after it has. */
  private void loseOneAnswer(boolean committed, Runnable beforeReadingAgain) {
    cluster.transactionFailure = new TimeoutException("no answer");
    cluster.failedTransactionIsCommitted = committed;
    cluster.beforeEnds =
        once(
            () -> {
              cluster.transactionFailure = null;
              beforeReadingAgain.run();
            });
  }

  @Test
  void record_that_was_never_written_is_empty() {
    assertThat(open().value()).isEmpty();
  }

  @Test
  void next_owner_reads_what_was_written_last() throws FencedException {
    FencedRecord first = open();
    first.write(bytes("one"));
    first.write(bytes("two"));
    assertThat(value(first)).contains("two");
    assertThat(value(open())).contains("two");
    assertThat(arrived()).containsExactly("one", "two");
  }

  @Test
  void records_that_share_a_partition_are_kept_apart() throws FencedException {
    open("tributary/shop/x/1").write(bytes("other"));
    assertThat(open().value()).isEmpty();
    open().write(bytes("mine"));
    assertThat(value(open("tributary/shop/x/1"))).contains("other");
  }

  @Test
  void long_topic_is_read_to_its_end() throws FencedException {
    for (int i = 0; i < 5; i++) {
      open().write(bytes("value " + i));
    }
    cluster.maxPollRecords = 1;
    assertThat(value(open())).contains("value 4");
  }

  @Test
  void earlier_owner_is_fenced_and_can_no_longer_write() throws FencedException {
    FencedRecord first = open();
    first.write(bytes("one"));
    FencedRecord second = open();
    assertThatThrownBy(() -> first.write(bytes("late")))
        .isInstanceOf(FencedException.class)
        .hasCauseInstanceOf(ProducerFencedException.class);
    assertThat(value(first)).contains("one");
    second.write(bytes("two"));
    assertThat(arrived()).containsExactly("one", "two");
  }

  @Test
  void write_whose_answer_is_lost_is_found_and_not_repeated() throws FencedException {
    FencedRecord record = open();
    record.write(bytes("before"));
    loseOneAnswer(true, () -> {});
    record.write(bytes("next"));
    assertThat(value(record)).contains("next");
    assertThat(arrived()).containsExactly("before", "next");
    record.write(bytes("and on"));
    assertThat(arrived()).containsExactly("before", "next", "and on");
  }

  @Test
  void write_that_is_lost_is_repeated_by_the_owner_who_still_is_one() throws FencedException {
    FencedRecord record = open();
    record.write(bytes("before"));
    loseOneAnswer(false, () -> {});
    record.write(bytes("next"));
    assertThat(value(record)).contains("next");
    assertThat(arrived()).containsExactly("before", "next");
  }

  @Test
  void first_write_of_all_is_repeated_as_well() throws FencedException {
    FencedRecord record = open();
    loseOneAnswer(false, () -> {});
    record.write(bytes("first"));
    assertThat(arrived()).containsExactly("first");
  }

  @Test
  void owner_in_doubt_is_out_when_somebody_else_has_written_meanwhile() throws FencedException {
    FencedRecord record = open();
    record.write(bytes("before"));
    loseOneAnswer(false, () -> cluster.append(TOPIC, PARTITION, bytes(ID), bytes("theirs")));
    assertThatThrownBy(() -> record.write(bytes("next")))
        .isInstanceOf(FencedException.class)
        .hasMessageContaining("another task has written it meanwhile");
    assertThat(arrived()).containsExactly("before", "theirs");
  }

  @Test
  void kafka_that_does_not_answer_is_waited_for_two_minutes_and_no_longer() {
    FencedRecord record = open();
    cluster.transactionFailure = new TimeoutException("no answer");
    assertThatThrownBy(() -> record.write(bytes("next")))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("topic '" + TOPIC + "' under '" + ID + "': no answer")
        .hasMessageContaining("Check that the topic can be read and written")
        .hasMessageContaining("restart the task")
        .hasCause(cluster.transactionFailure);
    assertThat(passedMs()).isBetween(120_000L, 121_000L);
  }

  @Test
  void start_waits_for_kafka_as_long_as_a_write_does() throws FencedException {
    KafkaFencedRecord before = open();
    before.write(bytes("one"));
    before.close();
    cluster.readFailure = new TimeoutException("away");
    assertThatThrownBy(this::open)
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("away");
    assertThat(passedMs()).isBetween(120_000L, 121_000L);
    assertThat(cluster.producersClosed).hasValue(cluster.transactionalProducers);
    assertThat(cluster.consumersClosed).hasValue(cluster.consumersOpened);
  }

  @Test
  void start_continues_when_kafka_recovers() throws FencedException {
    open().write(bytes("one"));
    cluster.beforeEnds =
        once(
            () -> {
              throw new TimeoutException("away");
            });
    assertThat(value(open())).contains("one");
    assertThat(passedMs()).isEqualTo(200);
  }

  @Test
  void wait_for_an_end_of_the_topic_that_is_never_reached_has_a_limit() throws FencedException {
    for (int i = 0; i < 5; i++) {
      open().write(bytes("value"));
    }
    cluster.maxPollRecords = 1;
    time.stepPerReading(50_000);
    assertThatThrownBy(this::open)
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("the end of progress-1 is not reached");
  }

  @Test
  void missing_permission_is_reported_at_once() {
    FencedRecord record = open();
    cluster.transactionFailure = new TopicAuthorizationException(TOPIC);
    assertThatThrownBy(() -> record.write(bytes("next"))).isInstanceOf(StateUnavailableError.class);
    cluster.transactionFailure = new KafkaException(new TopicAuthorizationException(TOPIC));
    assertThatThrownBy(() -> record.write(bytes("next"))).isInstanceOf(StateUnavailableError.class);
    assertThat(passedMs()).isZero();
  }

  @Test
  void record_that_is_too_large_is_reported_at_once() {
    FencedRecord record = open();
    cluster.transactionFailure = new KafkaException(new RecordTooLargeException("17 MiB"));
    assertThatThrownBy(() -> record.write(bytes("next")))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("17 MiB");
    assertThat(passedMs()).isZero();
  }

  @Test
  void being_fenced_is_recognised_however_deep_it_is_wrapped() {
    for (RuntimeException fencing :
        List.of(
            new ProducerFencedException("epoch"),
            new InvalidProducerEpochException("epoch"),
            new KafkaException(new ProducerFencedException("epoch")),
            new KafkaException(new KafkaException(new InvalidProducerEpochException("epoch"))))) {
      FencedRecord record = open();
      cluster.transactionFailure = fencing;
      assertThatThrownBy(() -> record.write(bytes("next")))
          .isInstanceOf(FencedException.class)
          .hasCause(fencing);
      cluster.transactionFailure = null;
    }
    assertThat(cluster.producersClosed).hasValue(cluster.transactionalProducers);
    assertThat(passedMs()).isZero();
  }

  @Test
  void interrupt_is_passed_on_and_is_no_failure_of_kafka() {
    FencedRecord record = open();
    InterruptException interrupt = new InterruptException("the task ends");
    cluster.transactionFailure = interrupt;
    assertThatThrownBy(() -> record.write(bytes("next"))).isSameAs(interrupt);
  }

  @Test
  void interrupt_between_two_tries_ends_them() {
    FencedRecord record = open();
    cluster.transactionFailure = new TimeoutException("no answer");
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> record.write(bytes("next")))
        .isInstanceOf(InterruptException.class)
        .hasMessageContaining("between two writes of " + ID);
    assertThat(passedMs()).isEqualTo(200);
  }

  @Test
  void every_producer_and_consumer_is_closed_in_the_end() throws FencedException {
    FencedRecord record = open();
    assertThat(cluster.consumersClosed).hasValue(1);
    assertThat(cluster.producersClosed).hasValue(0);
    loseOneAnswer(false, () -> {});
    record.write(bytes("next"));
    assertThat(cluster.transactionalProducers).isEqualTo(2);
    assertThat(cluster.producersClosed).hasValue(1);
    record.close();
    record.close();
    assertThat(cluster.producersClosed).hasValue(2);
    assertThat(cluster.consumersClosed).hasValue(cluster.consumersOpened);
  }

  @Test
  void start_that_fails_for_good_closes_what_it_has_opened() {
    cluster.beforeEnds =
        () -> {
          throw new IllegalStateException("a bug");
        };
    assertThatThrownBy(this::open).isInstanceOf(IllegalStateException.class);
    assertThat(cluster.producersClosed).hasValue(1);
  }

  @Test
  void closing_waits_for_nothing() {
    List<Duration> waits = new ArrayList<>();
    cluster.onProducerClose = waits::add;
    open().close();
    assertThat(waits).containsExactly(Duration.ZERO);
  }

  @Test
  void closed_record_is_neither_opened_nor_written() {
    KafkaFencedRecord record = open();
    record.close();
    assertThatThrownBy(record::open).hasMessage("the record is closed");
    assertThatThrownBy(() -> record.write(bytes("next"))).hasMessage("the record is closed");
    assertThat(cluster.transactionalProducers).isEqualTo(1);
    assertThat(passedMs()).isZero();
  }

  @Test
  void record_closed_while_its_producer_starts_fences_nobody() {
    KafkaFencedRecord record = record(ID);
    cluster.beforeProducer = once(record::close);
    boolean[] fenced = new boolean[1];
    cluster.beforeFencing = () -> fenced[0] = true;
    assertThatThrownBy(record::open).hasMessage("the record is closed");
    assertThat(fenced[0]).isFalse();
    assertThat(cluster.producersClosed).hasValue(1);
  }

  @Test
  void record_closed_while_its_topic_is_read_ends_reading() throws FencedException {
    for (int i = 0; i < 5; i++) {
      open().write(bytes("value"));
    }
    int producers = cluster.transactionalProducers;
    KafkaFencedRecord record = record(ID);
    cluster.beforeEnds = once(record::close);
    cluster.readFailure = new TimeoutException("read on");
    assertThatThrownBy(record::open).hasMessage("the record is closed");
    assertThat(cluster.transactionalProducers).isEqualTo(producers + 1);
    assertThat(cluster.consumersClosed).hasValue(cluster.consumersOpened);
    assertThat(passedMs()).isZero();
  }

  @Test
  void write_during_which_the_record_is_closed_is_not_retried() {
    KafkaFencedRecord record = open();
    cluster.transactionFailure = new TimeoutException("no answer");
    cluster.beforeWrite =
        once(
            () -> {
              record.close();
              throw new TimeoutException("closed");
            });
    assertThatThrownBy(() -> record.write(bytes("next"))).hasMessage("closed");
    assertThat(cluster.transactionalProducers).isEqualTo(1);
    assertThat(cluster.producersClosed).hasValue(1);
    assertThat(passedMs()).isZero();
  }
}
