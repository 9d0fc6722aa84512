package dev.tributary.connect.sink;

import dev.tributary.connect.sink.table.TableId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * {@code delivery=at_least_once}: every batch has a random token that it keeps over its retries, so
 * that on a table with a deduplication window a retry of an insert that had arrived after all adds
 * nothing, and equal batches all arrive.
 *
 * <p>Only a server that has started since the batch was first sent gets it under another token. Of
 * a server that was killed a token may be left whose rows are lost, and it would answer a retry
 * with 200 and write nothing. Rather twice than never.
 */
final class AtLeastOnce implements Delivery {

  /** How far uptime, which counts whole seconds, may be off, and then some. */
  private static final long UPTIME_SLACK_MS = 2_000;

  private final ClickHouse clickHouse;

  /** When each batch under way was first sent under its token. */
  private final Map<String, Long> firstSentNs = new ConcurrentHashMap<>();

  AtLeastOnce(ClickHouse clickHouse) {
    this.clickHouse = clickHouse;
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
  public boolean admits(SinkRecord record, TableId table) {
    return true;
  }

  @Override
  public void held(SinkRecord record) {}

  @Override
  public void released(SinkRecord record) {}

  @Override
  public void work() {}

  @Override
  public void announce(Batch batch) {}

  @Override
  public boolean beforeAttempt(Batch batch, int attempt, boolean uncertain) throws InsertException {
    long now = System.nanoTime();
    long sinceFirstMs =
        TimeUnit.NANOSECONDS.toMillis(now - firstSentNs.computeIfAbsent(batch.token(), t -> now));
    if (attempt > 1 && uptimeMs() < sinceFirstMs + UPTIME_SLACK_MS) {
      firstSentNs.remove(batch.token());
      batch.setToken(UUID.randomUUID().toString());
      firstSentNs.put(batch.token(), now);
    }
    return true;
  }

  private long uptimeMs() throws InsertException {
    try {
      return clickHouse.query(
          connection -> {
            try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT uptime()")) {
              return rows.next() ? TimeUnit.SECONDS.toMillis(rows.getLong(1)) : 0;
            }
          });
    } catch (SQLException e) {
      throw InsertException.of(e, false);
    }
  }

  @Override
  public void afterAnswer(Batch batch, boolean uncertain) {}

  @Override
  public void beforeHandBack(Batch batch, boolean uncertain) {}

  @Override
  public List<SinkRecord> missing(Batch batch, boolean answered) {
    return answered ? List.of() : batch.records();
  }

  @Override
  public void acknowledged(Batch batch) {
    firstSentNs.remove(batch.token());
  }

  @Override
  public void replaced(Batch batch, List<Batch> pieces) {
    firstSentNs.remove(batch.token());
  }

  @Override
  public long oldestCollected(TopicPartition partition) {
    return Long.MAX_VALUE;
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
