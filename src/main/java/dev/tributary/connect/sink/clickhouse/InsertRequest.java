package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.TableId;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;

/**
 * One block of rows to insert.
 *
 * @param columns the names of the columns in the block, quoted
 * @param token the deduplication token
 * @param lastCheck present if the insert can be fenced, see {@link ClickHouse#fence}: runs once
 *     everything is prepared and before the first byte of the insert is sent
 * @param block writes the block
 */
public record InsertRequest(
    TableId table,
    List<String> columns,
    String token,
    Optional<LastCheck> lastCheck,
    BlockWriter block) {

  /** Writes rows as one block of the Native format; called once per attempt. */
  @FunctionalInterface
  public interface BlockWriter {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Decides whether the insert may still be sent. May block. */
  @FunctionalInterface
  public interface LastCheck {

    /**
     * @throws InsertException if it must not be sent
     */
    void run() throws InsertException;
  }

  /** The statement without its settings and format. */
  String into() {
    return "INSERT INTO " + table.sql() + " (" + String.join(", ", columns) + ")";
  }
}
