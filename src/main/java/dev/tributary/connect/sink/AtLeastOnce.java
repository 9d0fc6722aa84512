package dev.tributary.connect.sink;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

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
  public void beforeAttempt(Batch batch, int attempt) throws InsertException {
    long now = System.nanoTime();
    long sinceFirstMs =
        TimeUnit.NANOSECONDS.toMillis(now - firstSentNs.computeIfAbsent(batch.token(), t -> now));
    if (attempt > 1 && uptimeMs() < sinceFirstMs + UPTIME_SLACK_MS) {
      firstSentNs.remove(batch.token());
      batch.setToken(UUID.randomUUID().toString());
      firstSentNs.put(batch.token(), now);
    }
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
  public List<Batch> acknowledged(Batch batch, boolean uncertain) {
    firstSentNs.remove(batch.token());
    return List.of();
  }

  @Override
  public List<Batch> replaced(Batch batch, boolean uncertain, List<Batch> pieces) {
    firstSentNs.remove(batch.token());
    return pieces;
  }

  @Override
  public void close() {}
}
