package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.kafka.WatchedCluster;
import dev.tributary.connect.sink.RecordingContext;
import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.exactly.OwnedPartition.Claimed;
import dev.tributary.connect.sink.offsets.CommitRequests;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.offsets.PendingOffsets;
import dev.tributary.connect.sink.progress.MemoryRows;
import dev.tributary.connect.sink.progress.ProgressTopic;
import dev.tributary.connect.sink.progress.TokenAge;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualBackground;
import dev.tributary.connect.util.ManualTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** What {@code delivery=exactly_once} has around it, in memory, with tasks that share it. */
final class ExactWorld implements AutoCloseable {

  static final TopicPartition P0 = new TopicPartition("t", 0);
  static final String GROUP = "connect-shop";

  final ManualTime time = new ManualTime();
  final WatchedCluster cluster = new WatchedCluster();
  final ManualBackground background = new ManualBackground(time);
  final MemoryRows rows = new MemoryRows();
  final TaskScope scope = TaskScope.enter("shop", GROUP, Map.of());
  final RecordingContext context = new RecordingContext();
  final PendingOffsets pending = new PendingOffsets(scope::oldestHeld);

  /** The materialized views on the table, each with its target. */
  final Map<TableId, TableId> views = new HashMap<>();

  /** Whether the table and the views' targets still know the tokens of all inserts. */
  boolean tokensAreKnown = true;

  /** Set: fences fail so. */
  @Nullable ClickHouseException fenceFailure;

  /** Runs when an insert is fenced. */
  Runnable onFence = () -> {};

  /** The tokens of inserts that were fenced, in this order. */
  final List<String> fenced = new ArrayList<>();

  private final DeliveryTargets targets =
      new DeliveryTargets() {
        @Override
        public void fence(String token, boolean inherited) throws ClickHouseException {
          ClickHouseException failure = fenceFailure;
          if (failure != null) {
            throw failure;
          }
          fenced.add(token);
          onFence.run();
        }

        @Override
        public Map<TableId, TableId> views(TableId table) {
          return views;
        }

        @Override
        public boolean knowsToken(TableId table, TokenAge sent) {
          return tokensAreKnown && !sent.equals(TokenAge.UNKNOWN);
        }

        @Override
        public List<String> fillViews(TableId table, TopicPartition partition, OffsetSet offsets) {
          return List.of("INSERT INTO the view's target");
        }
      };

  /** How batches are built of the records of a previous owner. */
  Function<List<SinkRecord>, List<Batch>> rebuilt =
      records -> new ArrayList<>(List.of(SmallBatches.of(records)));

  /** A view reads the table from now on. */
  void addView() {
    TableId target = new TableId("default", "target");
    views.put(new TableId("default", "view"), target);
    rows.age = Optional.of(new TokenAge(1, Map.of(target, 1L)));
  }

  /** Where the framework was asked to resume. */
  final Map<TopicPartition, Long> rewinds = new HashMap<>();

  ExactWorld() {
    cluster.withTopic("t", 70, Map.of());
  }

  /** The claims of one more task. */
  PartitionClaims claims() {
    return new PartitionClaims(
        "task",
        scope,
        cluster,
        new ProgressTopic(cluster, "progress", time),
        rows,
        background.factory().start("claims", PartitionClaims.THREADS),
        time);
  }

  /** One more task. */
  ExactlyOnce delivery() {
    return new ExactlyOnce(
        "task",
        scope,
        claims(),
        targets,
        pending,
        new CommitRequests(context, time),
        time,
        new DeliveryHost() {
          @Override
          public List<Batch> rebuild(TableId table, List<SinkRecord> records) {
            return rebuilt.apply(records);
          }

          @Override
          public void rewind(TopicPartition partition, long offset) {
            rewinds.put(partition, offset);
          }
        });
  }

  void commit(TopicPartition partition, long offset, String metadata) {
    cluster.commit(GROUP, partition, new OffsetAndMetadata(offset, metadata));
  }

  /** Claims a partition, and commits its starting offset for the group. */
  Claimed claim(PartitionClaims claims, TopicPartition partition, long position) {
    Claimed claimed = done(claims.claim(partition, position));
    commit(partition, claimed.position(), claimed.progress().metadata());
    return claimed;
  }

  /** What a claim comes to with what is due now. */
  Claimed done(CompletableFuture<Claimed> claim) {
    background.runDue();
    if (!claim.isDone()) {
      throw new AssertionError("still claiming");
    }
    return claim.join();
  }

  /** Moves the clock and runs what that makes due. */
  void pass(long ms) {
    time.advance(ms);
    background.runDue();
  }

  @Override
  public void close() {
    scope.close();
  }
}
