package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.util.List;
import java.util.Optional;

/**
 * The port to ClickHouse.
 *
 * <p>Every method may block for as long as {@code clickhouse.request.timeout.ms}. Nothing is
 * retried except on another server, see {@link #select}. Thread-safe.
 */
public interface ClickHouse extends AutoCloseable {

  /** The rows of a result, one after the other. Columns count from 1. */
  interface Rows {

    /** Moves to the next row; returns false after the last one. */
    boolean next() throws ClickHouseException;

    String text(int column) throws ClickHouseException;

    long number(int column) throws ClickHouseException;
  }

  /** Reads the rows of a result. */
  @FunctionalInterface
  interface RowsReader<T> {
    T read(Rows rows) throws ClickHouseException;
  }

  /**
   * Inserts one block under a token and waits for the answer.
   *
   * @throws InsertException when it was not acknowledged
   */
  void insert(InsertRequest request) throws InsertException;

  /**
   * Returns once no insert that was sent under a token before can store a row, so that what the
   * table holds then is final and the rows may be sent under other tokens. The token must not be
   * used again.
   *
   * @param inherited whether a previous owner may have sent inserts under it
   * @throws ClickHouseException TRANSIENT while one of them is running, UNREACHABLE if that is
   *     unknown; to be tried again
   */
  void fence(String token, boolean inherited) throws ClickHouseException;

  /**
   * Checks that inserts and their answers reach their ends unchanged.
   *
   * @param fenced whether inserts are to be fenced
   * @throws ClickHouseException PERMANENT with the remedy if they do not
   */
  void probe(boolean fenced) throws ClickHouseException;

  /** Whether another server is up, on which a failed attempt can be repeated at once. */
  boolean hasAnotherServer();

  /** The current schema of the table; empty if it does not exist or is not visible to the user. */
  Optional<Table> table(TableId id) throws ClickHouseException;

  /**
   * Runs a query on the first server that can be reached, each tried once.
   *
   * @param parameters the strings for each {@code ?} in the query
   * @param reader called again from the start if a server fails and another one is queried
   */
  <T> T select(String sql, List<String> parameters, RowsReader<T> reader)
      throws ClickHouseException;

  /** Runs a statement without a result, on the first server that can be reached. */
  void execute(String statement) throws ClickHouseException;

  /** The server in use, for messages. */
  String url();

  /** Aborts requests in flight, whose rows may be stored nevertheless. */
  @Override
  void close();
}
