package dev.tributary.connect.sink.exactly;

import static dev.tributary.connect.sink.exactly.ExactWorld.P0;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.clickhouse.InsertException;
import dev.tributary.connect.sink.insert.Insert;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.Intent;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.connect.sink.SinkRecord;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;

/** A partition that is owned and ready for the inserts that {@link ExactlyOnce} begins. */
abstract class ExactInsertFixture {

  final ExactWorld world = new ExactWorld();
  final ExactlyOnce delivery = world.delivery();

  ExactInsertFixture() {
    delivery.opened(Map.of(P0, 0L));
    world.background.runDue();
    assertThat(delivery.work()).isEmpty();
    OffsetAndMetadata commit = delivery.commit(P0, new OffsetAndMetadata(0)).orElseThrow();
    world.commit(P0, 0, commit.metadata());
    world.pass(50);
    assertThat(delivery.isReady(P0)).isTrue();
  }

  @AfterEach
  void close() {
    world.close();
  }

  Insert begin(long... offsets) {
    return delivery.begin(SmallBatches.of(P0, offsets));
  }

  Insert ready(long... offsets) {
    Insert insert = begin(offsets);
    world.background.runDue();
    assertThat(insert.whenReady()).isCompleted();
    return insert;
  }

  /** One whose rows were sent without an answer. */
  Insert sent(long... offsets) throws InsertException {
    Insert insert = ready(offsets);
    assertThat(insert.beforeAttempt(false)).isTrue();
    return insert;
  }

  static List<Long> offsets(List<SinkRecord> records) {
    return records.stream().map(SinkRecord::originalKafkaOffset).toList();
  }

  /** The open intents that another task finds when it claims the partition. */
  Map<Intent, OffsetSet> openIntents() {
    return world.done(world.claims().claim(P0, 0)).restored().intents();
  }

  void claimElsewhere() {
    world.done(world.claims().claim(P0, 0));
  }

  static void assertFails(ThrowingCallable call, FailureKind kind, boolean uncertain) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            InsertException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(kind);
              assertThat(e.isUncertain()).isEqualTo(uncertain);
            });
  }

  static InsertException answered(FailureKind kind, int code) {
    return InsertException.of(new ClickHouseException(kind, code, "answered", null), true);
  }
}
