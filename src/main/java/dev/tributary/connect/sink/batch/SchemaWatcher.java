package dev.tributary.connect.sink.batch;

import dev.tributary.connect.sink.clickhouse.ClickHouse;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.util.Background;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the schemas of tables in the background, since an added column makes no insert fail. The
 * result is a hint: a table may have changed again since.
 *
 * <p>Threading: used by the task thread, which waits for the server only in {@link #await}; the
 * thread that queries stays inside. A read that fails is dropped: inserts report a server that is
 * down.
 */
public final class SchemaWatcher implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(SchemaWatcher.class);

  private final String name;
  private final ClickHouse clickHouse;
  private final Background thread;
  private CompletableFuture<List<Table>> look = CompletableFuture.completedFuture(List.of());

  /**
   * @param name prefix of log lines
   * @param thread closed with this
   */
  public SchemaWatcher(String name, ClickHouse clickHouse, Background thread) {
    this.name = name;
    this.clickHouse = clickHouse;
    this.thread = thread;
  }

  /** The tables read since the last call; mostly none. */
  List<Table> takeSeen() {
    if (!look.isDone()) {
      return List.of();
    }
    List<Table> seen = look.join();
    look = CompletableFuture.completedFuture(List.of());
    return seen;
  }

  /** Whether tables are being read. */
  boolean isLooking() {
    return !look.isDone();
  }

  /** Starts to read these tables again; no look may be under way. */
  void look(Collection<TableId> tables) {
    List<TableId> ids = List.copyOf(tables);
    look = CompletableFuture.supplyAsync(() -> read(ids), thread);
  }

  /** Waits at most {@code ms} milliseconds until the look under way has ended. */
  void await(long ms) {
    thread.await(look, ms);
  }

  private List<Table> read(List<TableId> ids) {
    List<Table> tables = new ArrayList<>();
    try {
      for (TableId id : ids) {
        clickHouse.table(id).ifPresent(tables::add);
      }
    } catch (ClickHouseException e) {
      log.debug("{} could not read its tables", name, e);
    }
    return tables;
  }

  @Override
  public void close() {
    thread.close();
  }
}
