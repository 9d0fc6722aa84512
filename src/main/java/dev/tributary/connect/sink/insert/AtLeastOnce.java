package dev.tributary.connect.sink.insert;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.clickhouse.ClickHouse;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.clickhouse.InsertException;
import dev.tributary.connect.sink.clickhouse.SystemTables;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.state.TaskScope;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * {@code delivery=at_least_once}: every batch has a random token that it keeps over its retries. On
 * a table with a deduplication window, a retry of an insert whose rows are already stored adds
 * nothing, and equal batches are all stored.
 *
 * <p>If the server restarted after the first attempt, the retry uses a new token. A server killed
 * between logging the token and writing the part would acknowledge the retry without storing a row.
 * Duplicates are preferred to loss.
 *
 * <p>A batch is sent at once, before the state of the transforms is durable: after a kill its
 * records are delivered again, and decided as before. Only where a decision depends on the order in
 * which partitions are delivered, which may be another one then, a batch waits until the decisions
 * about its records are durable. The task thread does not wait.
 */
public final class AtLeastOnce implements Delivery {

  /** A margin for {@code uptime()}, which counts whole seconds. */
  private static final long UPTIME_SLACK_MS = 2_000;

  private static final CompletableFuture<?> READY = CompletableFuture.completedFuture(null);

  private final ClickHouse clickHouse;
  private final SystemTables tables;
  private final TaskScope scope;
  private final Time time;

  /**
   * @param scope the transforms whose decisions the batches rest on
   */
  public AtLeastOnce(ClickHouse clickHouse, TaskScope scope, Time time) {
    this.clickHouse = clickHouse;
    this.tables = new SystemTables(clickHouse);
    this.scope = scope;
    this.time = time;
  }

  @Override
  public boolean mixesPartitions() {
    return true;
  }

  @Override
  public boolean needsPositions() {
    return false;
  }

  @Override
  public void opened(Map<TopicPartition, Long> positions) {}

  @Override
  public boolean isReady(TopicPartition partition) {
    return true;
  }

  @Override
  public void closed(Collection<TopicPartition> partitions) {}

  @Override
  public Admission admit(SinkRecord record, TableId table) {
    return Admission.TAKE;
  }

  @Override
  public void held(SinkRecord record) {}

  @Override
  public void released(SinkRecord record) {}

  @Override
  public List<Insert> work() {
    return List.of();
  }

  @Override
  public List<TopicPartition> takeFenced() {
    return List.of();
  }

  /**
   * See {@link Delivery#begin}.
   *
   * @throws dev.tributary.connect.kafka.StateUnavailableError if the batch has to wait for state
   *     that cannot be written
   */
  @Override
  public Insert begin(Batch batch) {
    return new TokenInsert(batch, scope.decidesAcrossPartitions() ? scope.durable() : READY);
  }

  /** An insert that ClickHouse identifies by its token alone. */
  private final class TokenInsert implements Insert {
    private final Batch batch;

    /** Completes when the decisions about the batch's records are durable. */
    private final CompletableFuture<?> decided;

    private volatile String token = newToken();

    /** When it was first sent under its current token. */
    private volatile long firstSentNs;

    private volatile boolean sent;

    TokenInsert(Batch batch, CompletableFuture<?> decided) {
      this.batch = batch;
      this.decided = decided;
    }

    private static String newToken() {
      return UUID.randomUUID().toString();
    }

    @Override
    public Batch batch() {
      return batch;
    }

    @Override
    public String token() {
      return token;
    }

    @Override
    public CompletableFuture<?> whenReady() {
      return decided;
    }

    @Override
    public boolean beforeAttempt(boolean uncertain) throws InsertException {
      decided.join(); // does not wait, but throws why the decisions are not durable
      long now = time.nanoseconds();
      if (!sent) {
        firstSentNs = now;
        sent = true;
      } else if (uptimeMs() < TimeUnit.NANOSECONDS.toMillis(now - firstSentNs) + UPTIME_SLACK_MS) {
        token = newToken();
        firstSentNs = now;
      }
      return true;
    }

    private long uptimeMs() throws InsertException {
      try {
        return clickHouse.select(
            "SELECT uptime()",
            List.of(),
            rows -> rows.next() ? TimeUnit.SECONDS.toMillis(rows.number(1)) : 0);
      } catch (ClickHouseException e) {
        throw InsertException.of(e, false);
      }
    }

    @Override
    public void verify(boolean uncertain) {}

    /**
     * A table has the rows when one of its views fails, and may have some of them when the server
     * gives up: then the batch is repeated as a whole under its token, of which the table and its
     * views take what they lack. After an error that nobody knows it is not repeated, but not split
     * either.
     */
    @Override
    public InsertException beforeHandBack(InsertException failure, boolean uncertain)
        throws InsertException {
      boolean ofView = failure.view().isPresent();
      boolean unlisted = failure.kind() == FailureKind.UNLISTED;
      if (!ofView && !(uncertain && (unlisted || failure.kind() == FailureKind.PRESSURE))) {
        return failure;
      }
      TableId table = batch.table().id();
      boolean inParts;
      boolean repeats;
      try {
        Map<TableId, TableId> views = tables.allViews(table);
        inParts = ofView || !views.isEmpty() || isPartitioned(table);
        repeats = inParts && remembersTokens(table, views.values());
      } catch (ClickHouseException e) {
        throw InsertException.unverified(e);
      }
      if (unlisted && !ofView) {
        return inParts ? InsertException.unsplit(failure) : failure;
      }
      if (repeats) {
        throw InsertException.whole(failure);
      }
      return ofView
          ? InsertException.view(
              "the rows are stored, but not in all materialized views; the table or the target of a"
                  + " view remembers no inserts (non_replicated_deduplication_window), so that each"
                  + " repetition, also after a restart, stores the rows again; fix the view, then"
                  + " restart the task",
              failure)
          : failure;
    }

    private boolean remembersTokens(TableId table, Collection<TableId> targets)
        throws ClickHouseException {
      for (TableId target : targets) {
        if (!tables.remembersTokens(target)) {
          return false;
        }
      }
      return tables.remembersTokens(table);
    }

    private boolean isPartitioned(TableId table) throws ClickHouseException {
      return tables.engine(table).map(SystemTables.Engine::isPartitioned).orElse(false);
    }

    @Override
    public List<SinkRecord> missing(boolean answered) {
      return answered ? List.of() : batch.records();
    }

    @Override
    public void stored() {}

    @Override
    public List<Insert> replacedBy(List<Batch> pieces) {
      return pieces.stream().map(AtLeastOnce.this::begin).toList();
    }
  }

  @Override
  public void position(TopicPartition partition, long position) {}

  @Override
  public Optional<OffsetAndMetadata> commit(TopicPartition partition, OffsetAndMetadata offset) {
    return Optional.of(offset);
  }

  @Override
  public void close() {}
}
