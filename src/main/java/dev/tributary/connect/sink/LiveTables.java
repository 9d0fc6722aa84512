package dev.tributary.connect.sink;

import static java.util.Objects.requireNonNull;

import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * The tables that a task writes to, with their open batches, kept as the tables are at the moment:
 * looked at again every few seconds, when a record has a field that was never met, and when it has
 * grown for one. Confined to the task thread.
 */
final class LiveTables implements AutoCloseable {

  private final SinkConfig config;
  private final Tables tables;
  private final boolean mixesPartitions;
  private final Consumer<Batch> closed;
  private final TableGrowth growth;
  private final TableWatch watch;
  private final Map<TableId, TableBatches> batchesByTable = new HashMap<>();
  private final Map<String, TableBatches> batchesByTopic = new HashMap<>();

  /**
   * @param mixesPartitions whether a batch may hold rows of several partitions
   * @param closed gets the batches that are to be sent
   */
  LiveTables(
      String name,
      SinkConfig config,
      ClickHouse clickHouse,
      Tables tables,
      boolean mixesPartitions,
      Consumer<Batch> closed) {
    this.config = config;
    this.tables = tables;
    this.mixesPartitions = mixesPartitions;
    this.closed = closed;
    this.growth = new TableGrowth(name, config, tables);
    this.watch = new TableWatch(name, clickHouse);
  }

  /**
   * Adds the record's row to a batch of its topic's table, and returns that batch; null when the
   * table cannot be asked at the moment.
   *
   * @param waiting this record and those behind it, for which a table grows together
   * @throws DataException when the record is no row for its table
   */
  @Nullable Batch append(
      SinkRecord record, TableBatches batches, Collection<SinkRecord> waiting, long nowMs) {
    while (true) {
      Table before = batches.table();
      Table after;
      try {
        Batch batch = batches.append(record, nowMs);
        if (batch != null) {
          return batch;
        }
        after = growth.meet(before, batches.newFields(), of(before.id(), waiting), nowMs);
        if (before.equals(after)) {
          batches.rememberNewFields();
        }
      } catch (UnfitValueException e) {
        after = growth.widen(before, e, nowMs);
        if (before.equals(after)) {
          throw e;
        }
      }
      if (after == null) {
        return null;
      }
      renew(batches, after);
    }
  }

  /**
   * The batches of a topic's table, which is read or created when it comes up first; null when it
   * cannot be asked at the moment.
   *
   * @param waiting the records for which a new table is made
   * @throws DataException when no table can be made for them
   */
  @Nullable TableBatches batchesFor(String topic, Collection<SinkRecord> waiting, long nowMs) {
    TableBatches batches = batchesByTopic.get(topic);
    if (batches == null) {
      TableId id = config.tableNames().tableFor(topic);
      batches = batchesByTable.get(id);
      if (batches == null) {
        Table table = growth.open(id, of(id, waiting), nowMs);
        if (table == null) {
          return null;
        }
        batches = new TableBatches(table, config.rowMapping(), mixesPartitions);
        batchesByTable.put(id, batches);
      }
      batchesByTopic.put(topic, batches);
    }
    return batches;
  }

  /** The records that are to go into a table. */
  private List<SinkRecord> of(TableId id, Collection<SinkRecord> records) {
    return records.stream()
        .filter(record -> config.tableNames().tableFor(record.topic()).equals(id))
        .toList();
  }

  /** Follows changes of tables that no insert tells of, such as a column more. */
  void follow(long nowMs) {
    for (Table seen : watch.takeSeen()) {
      TableBatches batches = batchesByTable.get(seen.id());
      if (batches != null && !seen.equals(batches.table())) {
        Table table = tables.read(seen.id(), nowMs);
        if (table != null) {
          renew(batches, table);
        }
      }
    }
    watch.lookIfDue(batchesByTable.keySet(), nowMs);
  }

  /** Goes on with the table as it is now; what is open goes out as it is. */
  private void renew(TableBatches batches, Table now) {
    if (!now.equals(batches.table())) {
      batches.take(batch -> true, closed);
      batches.refresh(now);
    }
  }

  /** The batches of a table that records have gone to. */
  TableBatches of(TableId id) {
    return requireNonNull(batchesByTable.get(id));
  }

  /** Takes back a batch whose rows are done with. */
  void recycle(Batch batch) {
    of(batch.table().id()).recycle(batch);
  }

  /** The open batches of all tables. */
  List<Batch> open() {
    List<Batch> open = new ArrayList<>();
    batchesByTable.values().forEach(batches -> open.addAll(batches.open()));
    return open;
  }

  /** Closes the open batches that fit. */
  void close(Predicate<Batch> which) {
    for (TableBatches batches : batchesByTable.values()) {
      batches.take(which, closed);
    }
  }

  /** Closes one open batch. */
  void close(Batch batch) {
    of(batch.table().id()).take(one -> one == batch, closed);
  }

  /** Closes the largest open batches until half of so many bytes is left at most. */
  void closeLargest(long bytesMax) {
    List<Batch> open = open();
    open.sort(Comparator.comparingLong(Batch::bytes).reversed());
    long left = open.stream().mapToLong(Batch::bytes).sum();
    for (Batch batch : open) {
      if (left <= bytesMax / 2) {
        return;
      }
      left -= batch.bytes();
      close(batch);
    }
  }

  @Override
  public void close() {
    watch.close();
  }
}
