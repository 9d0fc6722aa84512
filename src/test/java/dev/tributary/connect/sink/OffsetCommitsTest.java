package dev.tributary.connect.sink;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.batch.SmallTables;
import dev.tributary.connect.sink.batch.TableBuffer;
import dev.tributary.connect.sink.batch.TableRegistry;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.clickhouse.InsertException;
import dev.tributary.connect.sink.clickhouse.InsertRequest;
import dev.tributary.connect.sink.clickhouse.StubClickHouse;
import dev.tributary.connect.sink.insert.AtLeastOnce;
import dev.tributary.connect.sink.insert.InsertSender;
import dev.tributary.connect.sink.insert.StubDelivery;
import dev.tributary.connect.sink.insert.StubInsert;
import dev.tributary.connect.sink.offsets.CommitRequests;
import dev.tributary.connect.sink.offsets.PendingOffsets;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.state.StubMember;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualBackground;
import dev.tributary.connect.util.ManualTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OffsetCommitsTest {

  private static final TopicPartition P0 = new TopicPartition("t", 0);
  private static final TopicPartition P1 = new TopicPartition("t", 1);

  private final ManualTime time = new ManualTime();
  private final ManualBackground background = new ManualBackground(time);
  private final TaskScope scope = TaskScope.enter("shop", "connect-shop", Map.of());

  /** The calls that the transforms' state got, in their order. */
  private final List<String> calls = new ArrayList<>();

  private @Nullable StateUnavailableError flushFailure;

  private final StubClickHouse clickHouse =
      new StubClickHouse() {
        @Override
        public Optional<Table> table(TableId id) {
          return Optional.of(SmallBatches.TABLE);
        }

        @Override
        public void insert(InsertRequest request) throws InsertException {
          InsertException thrown = insertFailure;
          if (thrown != null) {
            throw thrown;
          }
        }
      };

  private @Nullable InsertException insertFailure;

  private final RecordingContext context = new RecordingContext();
  private final CommitRequests requests = new CommitRequests(context, time);
  private final PendingOffsets pending = new PendingOffsets(scope::oldestHeld);
  private final List<CompletableFuture<Void>> reports = new ArrayList<>();
  private final DeadLetters deadLetters =
      new DeadLetters(
          (record, error) -> {
            CompletableFuture<Void> report = new CompletableFuture<>();
            reports.add(report);
            return report;
          },
          pending);
  private final StubDelivery delivery = new StubDelivery();
  private final AssignedPartitions partitions = new AssignedPartitions(context);
  private final TableRegistry tables = SmallTables.of(clickHouse, background);
  private final AtLeastOnce inserting = new AtLeastOnce(clickHouse, scope, time);
  private final InsertQueue inserts =
      new InsertQueue(
          "task",
          new InsertSender(
              "task",
              clickHouse,
              SmallTables.RETRY,
              1,
              background.factory().start("insert", 1),
              time),
          tables,
          deadLetters,
          partitions,
          pending,
          inserting,
          () -> {});
  private final OffsetCommits commits =
      new OffsetCommits(time, scope, delivery, deadLetters, inserts, pending, partitions, requests);

  OffsetCommitsTest() {
    scope.join(
        new StubMember("dedup") {
          @Override
          public void flush() {
            calls.add("flush");
            StateUnavailableError thrown = flushFailure;
            if (thrown != null) {
              throw thrown;
            }
          }

          @Override
          public void opened(Map<TopicPartition, Long> positions) {
            calls.add("opened " + positions);
          }

          @Override
          public void committed(Map<TopicPartition, Long> offsets) {
            calls.add("committed " + offsets);
          }
        });
    partitions.open(List.of(P0, P1), true);
  }

  @AfterEach
  void close() {
    scope.close();
  }

  /** Where the framework is: the offset of P0, and perhaps that of P1. */
  private static Map<TopicPartition, OffsetAndMetadata> at(long... offsets) {
    Map<TopicPartition, OffsetAndMetadata> current = new HashMap<>();
    for (int partition = 0; partition < offsets.length; partition++) {
      current.put(new TopicPartition("t", partition), new OffsetAndMetadata(offsets[partition]));
    }
    return current;
  }

  private Map<TopicPartition, Long> preCommit(long... offsets) {
    Map<TopicPartition, Long> committed = new HashMap<>();
    commits
        .preCommit(at(offsets))
        .forEach((partition, offset) -> committed.put(partition, offset.offset()));
    return committed;
  }

  private SinkRecord waiting(TopicPartition partition, long offset) {
    SinkRecord record = SmallBatches.record(partition, offset);
    pending.waiting(record);
    return record;
  }

  /** A batch that is about to be sent. */
  private void insert(TopicPartition partition, long... offsets) {
    for (long offset : offsets) {
      SinkRecord record = waiting(partition, offset);
      pending.admitted(record);
      TableBuffer batches = requireNonNull(tables.bufferFor("t", List.of(record), 0));
      requireNonNull(tables.append(record, batches, List.of(record), 0));
    }
    inserts.add(tables.close(batch -> true));
    inserts.send();
  }

  @Test
  void everything_below_the_oldest_record_that_is_not_done_is_committed() {
    waiting(P0, 7);
    assertThat(preCommit(12, 30)).isEqualTo(Map.of(P0, 7L, P1, 30L));
  }

  @Test
  void what_the_delivery_makes_of_an_offset_is_committed() {
    assertThat(commits.preCommit(at(12)))
        .containsEntry(P0, new OffsetAndMetadata(12, "of the delivery"));
  }

  @Test
  void offset_waiting_beyond_the_framework_does_not_move_it_forward() {
    waiting(P0, 20); // the framework has stepped back
    assertThat(preCommit(12)).isEqualTo(Map.of(P0, 12L));
  }

  @Test
  void delivery_learns_how_far_all_records_have_been_admitted() {
    waiting(P0, 7);
    pending.admitted(waiting(P1, 3));
    preCommit(12, 30);
    assertThat(delivery.positions).isEqualTo(Map.of(P0, 7L, P1, 30L));
  }

  @Test
  void partition_that_the_task_no_longer_has_is_left_out() {
    partitions.close(List.of(P1));
    assertThat(preCommit(12, 30)).isEqualTo(Map.of(P0, 12L));
    assertThat(delivery.positions).containsOnlyKeys(P0);
  }

  @Test
  void nothing_at_all_is_committed_while_one_partition_must_not_be() {
    preCommit(5);
    calls.clear();
    delivery.commitsNothing = true;
    assertThat(preCommit(12, 30)).isEmpty();
    assertThat(calls).containsExactly("committed {t-0=5}");
    delivery.commitsNothing = false;
    preCommit(12);
    assertThat(calls).contains("committed {}"); // what was not committed is not taken for it
  }

  @Test
  void state_is_durable_before_the_offsets_that_rest_on_it_are_committed() {
    flushFailure = new StateUnavailableError("no broker");
    assertThatThrownBy(() -> preCommit(12)).isSameAs(flushFailure);
    flushFailure = null;
    preCommit(12);
    assertThat(calls).containsExactly("committed {}", "flush", "committed {}", "flush");
  }

  @Test
  void state_may_forget_what_the_commit_before_has_covered() {
    preCommit(12);
    calls.clear();
    preCommit(15);
    assertThat(calls).containsExactly("committed {t-0=12}", "flush");
  }

  @Test
  void partition_that_was_closed_is_not_reported_as_committed() {
    preCommit(12, 30);
    calls.clear();
    commits.close(List.of(P1));
    preCommit(12);
    assertThat(calls).startsWith("committed {t-0=12}");
  }

  @Test
  void partition_begins_where_the_framework_says_once() {
    commits.open(List.of(P0));
    assertThat(context.commitsRequested).isEqualTo(1);
    assertThat(commits.isPositioned(P0)).isFalse();
    assertThat(commits.isPositioned(P1)).isTrue();
    preCommit(12, 30);
    assertThat(commits.isPositioned(P0)).isTrue();
    assertThat(delivery.opened).isEqualTo(Map.of(P0, 12L));
    assertThat(calls).startsWith("opened {t-0=12}");
    calls.clear();
    preCommit(13, 31);
    assertThat(calls).doesNotContain("opened {t-0=13}");
    assertThat(delivery.opened).isEqualTo(Map.of(P0, 12L));
  }

  @Test
  void partition_closed_before_it_had_a_position_needs_none() {
    commits.open(List.of(P0));
    commits.close(List.of(P0));
    preCommit(12);
    assertThat(delivery.opened).isEmpty();
    assertThat(calls).noneMatch(line -> line.startsWith("opened"));
  }

  @Test
  void commit_that_was_asked_for_waits_for_no_insert() {
    insert(P0, 3, 4);
    requests.request();
    assertThat(preCommit(5)).isEqualTo(Map.of(P0, 3L));
  }

  @Test
  void commit_that_was_not_asked_for_takes_along_what_is_in_flight_and_queued() {
    insert(P0, 3, 4);
    insert(P0, 5);
    assertThat(preCommit(6)).isEqualTo(Map.of(P0, 6L));
    assertThat(inserts.isIdle()).isTrue();
  }

  @Test
  void commit_waits_three_seconds_at_most() {
    insert(P0, 3, 4);
    background.runDue();
    inserts.settle(time.milliseconds());
    pending.admitted(waiting(P0, 5));
    StubInsert stuck = new StubInsert(SmallBatches.of(P0, 5), new ArrayList<>());
    stuck.ready = new CompletableFuture<>();
    inserts.addBegun(List.of(stuck));
    inserts.send();
    long before = time.milliseconds();
    assertThat(preCommit(6)).isEqualTo(Map.of(P0, 5L));
    assertThat(time.milliseconds() - before).isEqualTo(3_000);
  }

  @Test
  void end_of_an_outage_is_not_waited_for() {
    insertFailure = failure(FailureKind.UNREACHABLE);
    insert(P0, 3);
    background.runDue();
    long before = time.milliseconds();
    assertThat(preCommit(6)).isEqualTo(Map.of(P0, 3L));
    assertThat(time.milliseconds()).isEqualTo(before);
  }

  private static InsertException failure(FailureKind kind) {
    return InsertException.of(new ClickHouseException(kind, 0, "no", null), false);
  }

  @Test
  void batch_that_cannot_be_inserted_fails_the_next_put_and_not_the_commit() {
    insertFailure = failure(FailureKind.DENIED);
    insert(P0, 3);
    assertThat(preCommit(6, 9)).isEqualTo(Map.of(P0, 3L, P1, 9L));
    assertThatThrownBy(() -> inserts.settle(time.milliseconds()))
        .isInstanceOf(ConnectException.class);
  }

  @Test
  void record_that_the_dead_letter_queue_has_by_now_is_done() {
    SinkRecord bad = waiting(P0, 3);
    pending.admitted(bad);
    deadLetters.reject(bad, new DataException("bad"));
    assertThat(preCommit(6)).isEqualTo(Map.of(P0, 3L));
    reports.get(0).complete(null);
    assertThat(preCommit(6)).isEqualTo(Map.of(P0, 6L));
  }
}
