package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;

/**
 * ClickHouse, as much of it as the sink needs.
 *
 * <p>Every method may block for as long as {@code clickhouse.request.timeout.ms}. Nothing is
 * retried here except on another server, see {@link #select}. Thread-safe.
 */
public interface ClickHouse extends AutoCloseable {

  /** The rows of an insert, as one block of the Native format. */
  @FunctionalInterface
  interface BlockWriter {
    void writeTo(OutputStream out) throws IOException;
  }

  /** The rows of an answer, one after the other. Columns count from 1. */
  interface Rows {

    /** Moves to the next row; returns false behind the last one. */
    boolean next() throws ClickHouseException;

    String text(int column) throws ClickHouseException;

    long number(int column) throws ClickHouseException;
  }

  /** Makes something of the rows of an answer. */
  @FunctionalInterface
  interface RowsReader<T> {
    T read(Rows rows) throws ClickHouseException;
  }

  /**
   * Inserts one block under a token and waits for the answer.
   *
   * @param columns the names of the columns in the block, quoted
   * @param token what ClickHouse knows the insert by when it comes again
   * @throws InsertException when it was not acknowledged
   */
  void insert(TableId table, List<String> columns, String token, BlockWriter block)
      throws InsertException;

  /** Whether another server may take at once what the last attempt could not deliver. */
  boolean hasAnotherServer();

  /** The table as it is now; empty when it does not exist or the user may not see it. */
  Optional<Table> table(TableId id) throws ClickHouseException;

  /**
   * Runs a query on the first server that can be reached, each tried once.
   *
   * @param parameters the strings that take the place of {@code ?} in the query
   * @param reader called again from the start when a server breaks off and another one is asked
   */
  <T> T select(String sql, List<String> parameters, RowsReader<T> reader)
      throws ClickHouseException;

  /** Runs a statement without an answer, on the first server that can be reached. */
  void execute(String statement) throws ClickHouseException;

  /** The server that is asked at the moment, for messages. */
  String url();

  /** Cuts what is under way; it may have arrived all the same. */
  @Override
  void close();
}
