package dev.tributary.connect.sink.batch;

import static java.util.Objects.requireNonNull;

import dev.tributary.connect.sink.row.RowMapping;
import dev.tributary.connect.sink.row.UnfitRecordException;
import dev.tributary.connect.sink.row.UnfitValueException;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.sink.table.TableNames;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * The tables that a task writes to, with their open batches.
 *
 * <p>A schema is read again in the background while records arrive, before a row is made for one
 * that is old, when a record has a new field or does not fit, and after it was changed for a
 * record. {@link SchemaAge} has the times. A record is refused only by a schema that was read after
 * the record had arrived; one that does not fit waits for that if necessary, and the records behind
 * it. So one read judges all records that have arrived before it.
 *
 * <p>Confined to the task thread.
 */
public final class TableRegistry implements AutoCloseable {

  /** The result of reading a table again. */
  public enum Change {
    NONE,
    CHANGED,
    /** The server cannot be queried now. */
    UNKNOWN
  }

  /** How long to wait for the schema of tables before rows are made for old ones. */
  private static final long FRESHEN_MS = 500;

  private final TableNames names;
  private final RowMapping mapping;
  private final TableCatalog catalog;
  private final SchemaEvolution evolution;
  private final SchemaWatcher watcher;
  private final boolean mixesPartitions;
  private final Map<TableId, TableBuffer> buffersByTable = new HashMap<>();
  private final Map<String, TableBuffer> buffersByTopic = new HashMap<>();

  /** How many records have arrived. */
  private long arrived;

  /** When the last look of the watcher began, and how many records had arrived by then. */
  private long lookedMs;

  private long arrivedAtLook;

  /** Not waited for again before this. */
  private long nextFreshenMs = Long.MIN_VALUE;

  /** Batches that were closed because their table changed, and are not taken yet. */
  private final List<Batch> closed = new ArrayList<>();

  /**
   * @param watcher closed with this
   * @param mixesPartitions whether a batch may hold rows of several partitions
   */
  public TableRegistry(
      TableNames names,
      RowMapping mapping,
      TableCatalog catalog,
      SchemaEvolution evolution,
      SchemaWatcher watcher,
      boolean mixesPartitions) {
    this.names = names;
    this.mapping = mapping;
    this.catalog = catalog;
    this.evolution = evolution;
    this.watcher = watcher;
    this.mixesPartitions = mixesPartitions;
  }

  /** Another record has arrived; {@link #append} is called for the records in that order. */
  public void arrived() {
    arrived++;
  }

  /**
   * Adds the record's row to a batch of its topic's table, and returns that batch. Null while the
   * table cannot be queried, and when the record does not fit the table, which is not to be read
   * again before {@link TableBuffer#mayRereadMs}.
   *
   * @param waiting this record and all after it, for which a table is changed once
   * @throws DataException when the record does not fit its table as it was after the record arrived
   */
  @Nullable
  public Batch append(
      SinkRecord record, TableBuffer buffer, Collection<SinkRecord> waiting, long nowMs) {
    while (true) {
      Table before = buffer.table();
      Table after;
      try {
        Batch batch = buffer.append(record, nowMs);
        if (batch != null) {
          return batch;
        }
        after = evolution.addColumns(before, buffer.newFields(), of(before.id(), waiting), nowMs);
        if (before.equals(after)) {
          buffer.rememberNewFields();
        }
      } catch (UnfitRecordException e) {
        Optional<Column> wider =
            e instanceof UnfitValueException unfit
                ? evolution.wider(before, unfit)
                : Optional.empty();
        if (wider.isPresent()) {
          after = widen(buffer, wider.get(), nowMs);
        } else if (buffer.age().covers(arrived - waiting.size())) {
          throw e;
        } else {
          after = nowMs < buffer.mayRereadMs() ? null : reread(buffer, nowMs);
        }
      }
      if (after == null) {
        return null;
      }
      switchTo(buffer, after, nowMs);
    }
  }

  private @Nullable Table widen(TableBuffer buffer, Column wider, long nowMs) {
    Table after = evolution.widen(buffer.table(), wider, nowMs);
    if (after == null) {
      buffer.age().doubt();
      buffer.age().reread(nowMs);
    }
    return after;
  }

  private @Nullable Table reread(TableBuffer buffer, long nowMs) {
    Table now = catalog.readAgain(buffer.table(), nowMs);
    if (now != null) {
      buffer.age().reread(nowMs);
    }
    return now;
  }

  /**
   * The batches of a topic's table, which is read or created on first use; null while it cannot be
   * queried.
   *
   * @param waiting the records for which a new table is created
   * @throws DataException when no table can be created for them
   */
  @Nullable
  public TableBuffer bufferFor(String topic, Collection<SinkRecord> waiting, long nowMs) {
    TableBuffer buffer = buffersByTopic.get(topic);
    if (buffer == null) {
      TableId id = names.tableFor(topic);
      buffer = buffersByTable.get(id);
      if (buffer == null) {
        Table table = evolution.open(id, of(id, waiting), nowMs);
        if (table == null) {
          return null;
        }
        buffer = new TableBuffer(table, mapping, mixesPartitions);
        buffer.age().read(nowMs, arrived);
        buffersByTable.put(id, buffer);
      }
      buffersByTopic.put(topic, buffer);
    }
    if (buffer.age().isOld(nowMs)) {
      freshen(nowMs);
    }
    return buffer;
  }

  /** The records of a table. */
  private List<SinkRecord> of(TableId id, Collection<SinkRecord> records) {
    return records.stream().filter(record -> names.tableFor(record.topic()).equals(id)).toList();
  }

  /** Follows schema changes that make no insert fail, such as an added column. */
  public void follow(long nowMs) {
    takeSeen(nowMs);
    if (watcher.isLooking()) {
      return;
    }
    List<TableId> due = new ArrayList<>();
    buffersByTable.forEach(
        (id, buffer) -> {
          if (buffer.age().isToBeLookedAt(nowMs)) {
            buffer.age().asked(nowMs);
            due.add(id);
          }
        });
    if (!due.isEmpty()) {
      lookedMs = nowMs;
      arrivedAtLook = arrived;
      watcher.look(due);
    }
  }

  private void takeSeen(long nowMs) {
    for (Table seen : watcher.takeSeen()) {
      TableBuffer buffer = buffersByTable.get(seen.id());
      if (buffer != null && seen.equals(buffer.table())) {
        buffer.age().read(lookedMs, arrivedAtLook);
      } else if (buffer != null) {
        Table table = catalog.readAgain(buffer.table(), nowMs);
        if (table != null) {
          switchTo(buffer, table, nowMs);
        }
      }
    }
  }

  /**
   * Waits for the schemas of old tables, as after a while without records. A server that takes long
   * is not waited for: rows are made for the table as it is known.
   */
  private void freshen(long nowMs) {
    if (nowMs < nextFreshenMs) {
      return;
    }
    nextFreshenMs = nowMs + SchemaAge.OLD_MS;
    follow(nowMs);
    watcher.await(FRESHEN_MS);
    takeSeen(nowMs);
  }

  /**
   * Switches to a schema that was read just now; open batches are closed as they are if it is
   * another one.
   */
  private void switchTo(TableBuffer buffer, Table now, long nowMs) {
    buffer.age().read(nowMs, arrived);
    if (!now.equals(buffer.table())) {
      closed.addAll(buffer.take(batch -> true));
      buffer.refresh(now);
    }
  }

  /** Reads the table of a batch again if it may have changed since, and follows the change. */
  public Change refresh(Table madeFor, long nowMs) {
    TableBuffer buffer = of(madeFor.id());
    if (buffer.table().equals(madeFor)) {
      Table now = catalog.read(madeFor.id(), nowMs);
      if (now == null) {
        return Change.UNKNOWN;
      }
      switchTo(buffer, now, nowMs);
    }
    return buffer.table().equals(madeFor) ? Change.NONE : Change.CHANGED;
  }

  /**
   * Builds batches of records that have arrived and were no rows yet, for a table that is
   * registered.
   *
   * @param rejected takes the records that do not fit the table
   */
  public List<Batch> build(
      TableId id,
      List<SinkRecord> records,
      long nowMs,
      BiConsumer<SinkRecord, DataException> rejected) {
    TableBuffer buffer = of(id);
    if (!buffer.age().covers(arrived - 1)) {
      Table now = catalog.readAgain(buffer.table(), nowMs);
      if (now != null) {
        switchTo(buffer, now, nowMs);
      }
    }
    return buffer.rebuild(records, nowMs, rejected);
  }

  /** The batches of a table that is registered. */
  public TableBuffer of(TableId id) {
    return requireNonNull(buffersByTable.get(id));
  }

  /** Returns a batch whose rows are stored, to reuse its buffers. */
  public void recycle(Batch batch) {
    of(batch.table().id()).recycle(batch);
  }

  /** The open batches of all tables. */
  public List<Batch> open() {
    List<Batch> open = new ArrayList<>();
    buffersByTable.values().forEach(buffer -> open.addAll(buffer.open()));
    return open;
  }

  /** The batches that were closed because their table changed, to be sent as they are. */
  private List<Batch> takeClosed() {
    List<Batch> taken = List.copyOf(closed);
    closed.clear();
    return taken;
  }

  /** Closes the open batches that match, and returns them after those that were closed before. */
  public List<Batch> close(Predicate<Batch> which) {
    List<Batch> taken = new ArrayList<>(takeClosed());
    for (TableBuffer buffer : buffersByTable.values()) {
      taken.addAll(buffer.take(which));
    }
    return taken;
  }

  /** Closes one open batch, and returns it after those that were closed before. */
  public List<Batch> close(Batch batch) {
    List<Batch> taken = new ArrayList<>(takeClosed());
    taken.addAll(of(batch.table().id()).take(one -> one == batch));
    return taken;
  }

  /** Closes the largest open batches until those left take at most half of {@code bytesMax}. */
  public List<Batch> closeLargest(long bytesMax) {
    List<Batch> open = open();
    open.sort(Comparator.comparingLong(Batch::bytes).reversed());
    long left = open.stream().mapToLong(Batch::bytes).sum();
    List<Batch> taken = new ArrayList<>();
    for (Batch batch : open) {
      if (left <= bytesMax / 2) {
        break;
      }
      left -= batch.bytes();
      taken.addAll(close(batch));
    }
    return taken;
  }

  /** The memory of the open batches, in bytes. */
  public long openBytes() {
    long bytes = 0;
    for (TableBuffer buffer : buffersByTable.values()) {
      for (Batch batch : buffer.open()) {
        bytes += batch.bytes();
      }
    }
    for (Batch batch : closed) {
      bytes += batch.bytes();
    }
    return bytes;
  }

  @Override
  public void close() {
    watcher.close();
  }
}
