package dev.tributary.connect.sink.exactly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.exactly.OwnedPartition.Claimed;
import dev.tributary.connect.sink.insert.Delivery.Admission;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.DoneOffsets;
import dev.tributary.connect.sink.progress.FencedException;
import dev.tributary.connect.sink.progress.Intent;
import dev.tributary.connect.sink.progress.MemoryRecord;
import dev.tributary.connect.sink.progress.MemoryRows;
import dev.tributary.connect.sink.progress.ProgressWriter;
import dev.tributary.connect.sink.progress.RestoredProgress;
import dev.tributary.connect.sink.progress.SourceId;
import dev.tributary.connect.sink.table.TableId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class OwnedPartitionTest {

  private static final TopicPartition P0 = new TopicPartition("t", 0);
  private static final TableId TABLE = SmallBatches.TABLE.id();
  private static final TableId OTHER = new TableId("default", "other");

  private final OwnedPartition owned = new OwnedPartition(P0, new CompletableFuture<>());
  private final CompletableFuture<Void> metadataSeen = new CompletableFuture<>();
  private final ProgressWriter progress = progress();

  private static ProgressWriter progress() {
    try {
      return ProgressWriter.claim(
          new SourceId("shop", P0, Uuid.ONE_UUID),
          new MemoryRecord().open(),
          Optional.empty(),
          new MemoryRows(),
          Runnable::run,
          () -> 0,
          1);
    } catch (FencedException | ClickHouseException e) {
      throw new AssertionError(e);
    }
  }

  private void begin(boolean rewound, Intent... intents) {
    Map<Intent, OffsetSet> open = new LinkedHashMap<>();
    for (Intent intent : intents) {
      open.put(intent, OffsetSet.EMPTY);
    }
    RestoredProgress restored = new RestoredProgress(false, DoneOffsets.NONE, open);
    owned.begin(new Claimed(progress, restored, 10, rewound), metadataSeen);
  }

  private void beginReady(Intent... intents) {
    begin(false, intents);
    metadataSeen.complete(null);
  }

  private static Intent intent(long number, long... offsets) {
    return new Intent(number, 1, TABLE, OffsetSet.of(offsets), Map.of(), Optional.empty());
  }

  private Admission admit(long offset, TableId table) {
    return owned.admit(SmallBatches.record(P0, offset), table);
  }

  private Optional<OffsetAndMetadata> commit(long offset) {
    return owned.commit(new OffsetAndMetadata(offset, "of the framework"));
  }

  private OffsetAndMetadata ours(long offset) {
    return new OffsetAndMetadata(offset, progress.metadata());
  }

  @Test
  void nothing_can_be_done_before_it_is_claimed() {
    assertThat(owned.hasBegun()).isFalse();
    assertThat(owned.isReady()).isFalse();
    assertThat(commit(12)).isEmpty();
    assertThat(owned.committedOffset()).isZero();
    assertThatThrownBy(owned::ledger).hasMessage("t-0 is not ready");
    assertThatThrownBy(owned::progress).hasMessage("t-0 is not ready");
    owned.position(20);
    assertThat(owned.isReady()).isFalse();
  }

  @Test
  void records_may_come_once_the_metadata_of_a_new_start_is_committed() {
    begin(false);
    assertThat(owned.hasBegun()).isTrue();
    assertThat(owned.isReady()).isFalse();
    metadataSeen.complete(null);
    assertThat(owned.isReady()).isTrue();
    assertThat(owned.progress()).isSameAs(progress);
  }

  @Test
  void commit_carries_what_tells_it_from_one_that_a_user_has_set() {
    begin(false); // also the first one, for which the records wait
    assertThat(owned.committedOffset()).isEqualTo(10);
    assertThat(commit(12)).contains(ours(12));
    assertThat(owned.committedOffset()).isEqualTo(12);
  }

  @Test
  void fenced_owner_commits_what_it_has_committed_before_and_nothing_new() {
    beginReady();
    assertThat(commit(12)).contains(ours(12));
    owned.fencedAt(5_000);
    assertThat(owned.isFenced()).isTrue();
    assertThat(owned.fencedAtMs()).isEqualTo(5_000);
    assertThat(owned.isReady()).isFalse();
    assertThat(commit(20)).contains(ours(12));
    assertThat(owned.committedOffset()).isEqualTo(12);
  }

  @Test
  void owner_fenced_before_its_first_commit_commits_where_it_was_claimed() {
    beginReady();
    owned.fencedAt(5_000);
    assertThat(commit(20)).contains(ours(10));
  }

  @Test
  void partition_of_a_topic_made_again_is_not_ready_before_the_framework_is_at_its_start() {
    begin(true);
    metadataSeen.complete(null);
    assertThat(owned.isRewinding()).isTrue();
    assertThat(owned.isReady()).isFalse();
    assertThat(commit(100)).isEmpty();
    owned.position(100);
    assertThat(owned.isReady()).isFalse();
    owned.position(10);
    assertThat(owned.isReady()).isTrue();
    assertThat(owned.ledger().next()).isEqualTo(10);
    assertThat(commit(10)).contains(ours(10));
  }

  @Test
  void partition_claimed_again_is_rewound_from_the_start_and_stays_so_when_it_begins() {
    owned.rewind();
    owned.position(10);
    assertThat(owned.isRewinding()).isTrue();
    beginReady();
    assertThat(owned.isReady()).isFalse();
    owned.position(10);
    assertThat(owned.isReady()).isTrue();
  }

  @Test
  void what_the_framework_has_passed_over_never_comes() {
    begin(false, intent(1, 10, 11));
    owned.position(12); // not before records may come
    assertThat(owned.takeComplete()).isEmpty();
    metadataSeen.complete(null);
    owned.position(11);
    assertThat(owned.takeComplete()).isEmpty();
    owned.position(12);
    assertThat(owned.takeComplete()).containsOnlyKeys(intent(1, 10, 11));
  }

  @Test
  void records_of_an_open_insert_are_kept_until_it_is_complete() {
    beginReady(intent(1, 10, 12), intent(2, 13));
    assertThat(admit(10, TABLE)).isEqualTo(Admission.KEEP);
    assertThat(admit(11, TABLE)).isEqualTo(Admission.TAKE);
    assertThat(owned.takeComplete()).isEmpty();
    assertThat(admit(12, TABLE)).isEqualTo(Admission.KEEP);
    Map<Intent, List<SinkRecord>> complete = owned.takeComplete();
    assertThat(complete).containsOnlyKeys(intent(1, 10, 12));
    assertThat(complete.get(intent(1, 10, 12)))
        .extracting(SinkRecord::originalKafkaOffset)
        .containsExactly(10L, 12L);
    owned.position(20);
    assertThat(owned.takeComplete()).containsExactly(Map.entry(intent(2, 13), List.of()));
  }

  @Test
  void record_of_an_open_insert_that_goes_to_another_table_now_is_taken() {
    beginReady(intent(1, 10, 11));
    assertThat(admit(10, OTHER)).isEqualTo(Admission.TAKE);
    assertThat(admit(11, TABLE)).isEqualTo(Admission.KEEP);
    assertThat(owned.takeComplete().get(intent(1, 10, 11))).hasSize(1);
  }

  @Test
  void record_that_comes_again_is_dropped() {
    beginReady();
    assertThat(admit(10, TABLE)).isEqualTo(Admission.TAKE);
    assertThat(admit(10, TABLE)).isEqualTo(Admission.DROP);
    assertThat(admit(3, TABLE)).isEqualTo(Admission.DROP);
  }
}
