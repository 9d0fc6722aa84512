package dev.tributary.connect.sink;

import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.sink.table.TableReader;
import java.sql.SQLException;
import java.util.Optional;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tables of a ClickHouse server, as a task finds them. Confined to the task thread. */
final class Tables {

  private static final Logger log = LoggerFactory.getLogger(Tables.class);

  private final String name;
  private final ClickHouse clickHouse;
  private final RetryPolicy retry;
  private final RowMapping mapping;
  private int failures;
  private long firstFailureMs;
  private long nextTryMs;

  Tables(String name, ClickHouse clickHouse, RetryPolicy retry, RowMapping mapping) {
    this.name = name;
    this.clickHouse = clickHouse;
    this.retry = retry;
    this.mapping = mapping;
  }

  /**
   * Reads a table; returns null while the server cannot be asked, and backs off between tries.
   *
   * @throws ConnectException when the table does not exist, may not be seen or cannot take the rows
   *     that the settings want; never a data error, since no record is to blame
   */
  @Nullable Table read(TableId id, long nowMs) {
    if (failures > 0 && nowMs < nextTryMs) {
      return null;
    }
    try {
      Optional<Table> found = clickHouse.query(connection -> TableReader.read(connection, id));
      failures = 0;
      Table table = found.orElseThrow(() -> new ConnectException(missing(id)));
      mapping.check(table);
      return table;
    } catch (SQLException e) {
      String what =
          "Table " + id.sql() + " could not be read from ClickHouse at " + clickHouse.url();
      firstFailureMs = failures++ == 0 ? nowMs : firstFailureMs;
      if (!Failure.of(e).isRetried() || retry.givesUpAfter(nowMs - firstFailureMs)) {
        throw new ConnectException(
            what + ": " + e.getMessage() + " — " + Failure.of(e).advice(), e);
      }
      long delayMs = retry.delayMs(failures);
      nextTryMs = nowMs + delayMs;
      log.warn("{} {}, trying again in {} ms: {}", name, what, delayMs, e.getMessage());
      return null;
    }
  }

  private String missing(TableId id) {
    return "Table "
        + id.sql()
        + " does not exist in ClickHouse at "
        + clickHouse.url()
        + ", or the user may not see it. Create it, or name another with "
        + SinkConfig.TOPIC_TO_TABLE
        + " or "
        + SinkConfig.TABLE_NAME_FORMAT
        + ", then restart the task.";
  }
}
