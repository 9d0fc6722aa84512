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

/** Reads, checks and changes the tables of a ClickHouse server. Confined to the task thread. */
@SuppressWarnings("NullableOptional") // null: the server cannot be queried
public final class TableCatalog {

  private static final Logger log = LoggerFactory.getLogger(TableCatalog.class);

  /** Which requirements a table does not meet, one sentence each; queries the server. */
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
   * @param check requirements of a table in addition to {@link RowMapping#check}
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
   * Reads a table; returns null while the server cannot be queried, and backs off between attempts.
   *
   * @throws ConnectException when the table does not exist, is not visible to the user or cannot
   *     hold the rows that the settings ask for; never a data error, since no record is to blame
   */
  @Nullable Table read(TableId id, long nowMs) {
    Optional<Table> found = find(id, nowMs);
    return found == null ? null : found.orElseThrow(() -> new ConnectException(missing(id)));
  }

  /**
   * Reads a table that need not exist, otherwise like {@link #read}.
   *
   * @return null while the server cannot be queried, empty if there is no such table
   */
  @Nullable Optional<Table> find(TableId id, long nowMs) {
    Optional<Table> found = ask("be read", id, nowMs, () -> clickHouse.table(id));
    return found != null && found.isPresent() && !isChecked(found.get(), nowMs) ? null : found;
  }

  /**
   * Reads a table again, otherwise like {@link #read}; one that has not changed is not checked
   * again.
   */
  @Nullable Table readAgain(Table known, long nowMs) {
    Optional<Table> found = ask("be read", known.id(), nowMs, () -> clickHouse.table(known.id()));
    if (found == null) {
      return null;
    }
    Table now = found.orElseThrow(() -> new ConnectException(missing(known.id())));
    return now.equals(known) || isChecked(now, nowMs) ? now : null;
  }

  /**
   * Creates or alters a table and reads it; returns null while the server cannot be queried.
   *
   * @throws RefusedStatementException when the server refuses the statement for what it asks for
   * @throws ConnectException when the server is not reached for long or a right is missing; never a
   *     data error
   */
  @Nullable Table change(TableId id, String statement, long nowMs)
      throws RefusedStatementException {
    Optional<ClickHouseException> refusal =
        ask(changing(statement), id, nowMs, () -> refusalOf(statement));
    if (refusal == null) {
      return null;
    } else if (refusal.isPresent()) {
      ClickHouseException cause = refusal.get();
      throw new RefusedStatementException(
          cause.code(), failure(id, changing(statement), cause), cause);
    }
    log.info("{} changed table {}: {}", name, id, statement);
    return read(id, nowMs);
  }

  private static String changing(String statement) {
    return "be changed with " + statement;
  }

  private Optional<ClickHouseException> refusalOf(String statement) throws ClickHouseException {
    try {
      clickHouse.execute(statement);
      return Optional.empty();
    } catch (ClickHouseException e) {
      if (e.code() == 0 || e.kind().isRetried()) {
        throw e;
      }
      return switch (e.kind()) {
        case DENIED, READ_ONLY, NO_DATABASE -> throw e;
        default -> Optional.of(e);
      };
    }
  }

  /**
   * Checks that a table can hold the rows that the settings ask for; returns false while the server
   * cannot be queried.
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

  /** A request to the server. */
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
      firstFailureMs = failures++ == 0 ? nowMs : firstFailureMs;
      if (!e.kind().isRetried() || retry.givesUpAfter(nowMs - firstFailureMs)) {
        throw new ConnectException(failure(id, what, e), e);
      }
      long delayMs = retry.delayMs(failures);
      nextTryMs = nowMs + delayMs;
      log.warn(
          "{} {}, trying again in {} ms; its records wait until then, check ClickHouse if this"
              + " persists: {}",
          name,
          sentence(id, what),
          delayMs,
          e.getMessage());
      return null;
    }
  }

  private String failure(TableId id, String what, ClickHouseException e) {
    return sentence(id, what) + ": " + e.getMessage() + " — " + e.kind().advice();
  }

  private String sentence(TableId id, String what) {
    return "Table " + id.sql() + " could not " + what + " in ClickHouse at " + clickHouse.url();
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
