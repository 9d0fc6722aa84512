package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;

/**
 * The port to ClickHouse.
 *
 * <p>Every method may block for as long as {@code clickhouse.request.timeout.ms}. Nothing is
 * retried except on another server, see {@link #select}. Thread-safe.
 */
public interface ClickHouse extends AutoCloseable {

  /** The rows of an insert, as one block of the Native format. */
  @FunctionalInterface
  interface BlockWriter {
    void writeTo(OutputStream out) throws IOException;
  }

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
   * @param columns the names of the columns in the block, quoted
   * @param token the deduplication token of the insert
   * @throws InsertException when it was not acknowledged
   */
  void insert(TableId table, List<String> columns, String token, BlockWriter block)
      throws InsertException;

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
