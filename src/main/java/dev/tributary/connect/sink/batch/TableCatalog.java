package dev.tributary.connect.sink.batch;

import dev.tributary.connect.sink.clickhouse.ClickHouse;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.RetryPolicy;
import dev.tributary.connect.sink.row.RowMapping;
import dev.tributary.connect.sink.table.SinkKeys;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tables of a ClickHouse server, as a task finds them. Confined to the task thread. */
@SuppressWarnings("NullableOptional") // a server that is away is a third answer
public final class TableCatalog {

  private static final Logger log = LoggerFactory.getLogger(TableCatalog.class);

  /** What keeps a table from taking the rows, a sentence each; asks the server. */
  @FunctionalInterface
  public interface TableCheck {
    List<String> problems(TableId table) throws ClickHouseException;
  }

  private final String name;
  private final ClickHouse clickHouse;
  private final RetryPolicy retry;
  private final RowMapping mapping;
  private final TableCheck check;
  private int failures;
  private long firstFailureMs;
  private long nextTryMs;

  /**
   * @param check what a table must pass beside {@link RowMapping#check}
   */
  public TableCatalog(
      String name, ClickHouse clickHouse, RetryPolicy retry, RowMapping mapping, TableCheck check) {
    this.name = name;
    this.clickHouse = clickHouse;
    this.retry = retry;
    this.mapping = mapping;
    this.check = check;
  }

  /**
   * Reads a table; returns null while the server cannot be asked, and backs off between tries.
   *
   * @throws ConnectException when the table does not exist, may not be seen or cannot take the rows
   *     that the settings want; never a data error, since no record is to blame
   */
  @Nullable Table read(TableId id, long nowMs) {
    Optional<Table> found = find(id, nowMs);
    return found == null ? null : found.orElseThrow(() -> new ConnectException(missing(id)));
  }

  /**
   * Reads a table that need not be there, otherwise like {@link #read}.
   *
   * @return null while the server cannot be asked, empty when there is no such table
   */
  @Nullable Optional<Table> find(TableId id, long nowMs) {
    Optional<Table> found = ask("be read", id, nowMs, () -> clickHouse.table(id));
    return found != null && found.isPresent() && !isChecked(found.get(), nowMs) ? null : found;
  }

  /**
   * Makes or changes a table and reads it; returns null while the server cannot be asked.
   *
   * @throws ConnectException when the server refuses; never a data error
   */
  @Nullable Table change(TableId id, String statement, long nowMs) {
    Optional<Table> found =
        ask(
            "be changed with " + statement,
            id,
            nowMs,
            () -> {
              clickHouse.execute(statement);
              return clickHouse.table(id);
            });
    if (found == null) {
      return null;
    }
    log.info("{} has changed table {}: {}", name, id, statement);
    Table table = found.orElseThrow(() -> new ConnectException(missing(id)));
    return isChecked(table, nowMs) ? table : null;
  }

  /**
   * Checks that a table can take the rows in the way that the settings want; returns false when the
   * server cannot be asked.
   */
  private boolean isChecked(Table table, long nowMs) {
    mapping.check(table);
    List<String> problems = ask("be checked", table.id(), nowMs, () -> check.problems(table.id()));
    if (problems == null) {
      return false;
    } else if (!problems.isEmpty()) {
      throw new ConnectException(String.join(" ", problems) + " Then restart the task.");
    }
    return true;
  }

  /** Something to ask the server. */
  private interface Question<T> {
    T ask() throws ClickHouseException;
  }

  private <T> @Nullable T ask(String what, TableId id, long nowMs, Question<T> question) {
    if (failures > 0 && nowMs < nextTryMs) {
      return null;
    }
    try {
      T answer = question.ask();
      failures = 0;
      return answer;
    } catch (ClickHouseException e) {
      String message =
          "Table " + id.sql() + " could not " + what + " in ClickHouse at " + clickHouse.url();
      firstFailureMs = failures++ == 0 ? nowMs : firstFailureMs;
      if (!e.kind().isRetried() || retry.givesUpAfter(nowMs - firstFailureMs)) {
        throw new ConnectException(message + ": " + e.getMessage() + " — " + e.kind().advice(), e);
      }
      long delayMs = retry.delayMs(failures);
      nextTryMs = nowMs + delayMs;
      log.warn("{} {}, trying again in {} ms: {}", name, message, delayMs, e.getMessage());
      return null;
    }
  }

  private String missing(TableId id) {
    return "Table "
        + id.sql()
        + " does not exist in ClickHouse at "
        + clickHouse.url()
        + ", or the user may not see it. Create it, set "
        + SinkKeys.TABLE_CREATE
        + "=auto, or name another with "
        + SinkKeys.TOPIC_TO_TABLE
        + " or "
        + SinkKeys.TABLE_NAME_FORMAT
        + ", then restart the task.";
  }
}
