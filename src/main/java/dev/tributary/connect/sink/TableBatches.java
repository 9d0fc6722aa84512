package dev.tributary.connect.sink;

import dev.tributary.connect.sink.table.Table;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The open batches of one table: mostly one, more where rows differ in columns that must be present
 * in all rows of a batch or in none. Confined to the task thread.
 */
final class TableBatches {

  private final Table table;
  private final RowReader reader;
  private final Row row;
  private final List<Batch> open = new ArrayList<>();
  private final Deque<Batch> spare = new ArrayDeque<>();

  TableBatches(Table table, RowMapping mapping) {
    this.table = table;
    this.reader = new RowReader(table, mapping);
    this.row = new Row(table.columns().size());
  }

  /**
   * Adds the record's row to a batch and returns that batch.
   *
   * @throws org.apache.kafka.connect.errors.DataException when the record is no row for this table
   */
  Batch append(SinkRecord record, long nowMs) {
    reader.read(record, row);
    for (Batch batch : open) {
      if (batch.sharesPresence(row)) {
        batch.append(record, row, nowMs);
        return batch;
      }
    }
    Batch batch = spare.isEmpty() ? new Batch(table) : spare.pop();
    open.add(batch);
    batch.append(record, row, nowMs);
    return batch;
  }

  /** Takes out the open batches that fit, to be sent. */
  void take(Predicate<Batch> which, Consumer<Batch> taker) {
    Iterator<Batch> batches = open.iterator();
    while (batches.hasNext()) {
      Batch batch = batches.next();
      if (batch.rows() > 0 && which.test(batch)) {
        batches.remove();
        taker.accept(batch);
      }
    }
  }

  List<Batch> open() {
    return open;
  }

  /** Takes back a batch whose rows are done with, for its buffers. */
  void recycle(Batch batch) {
    batch.clear();
    spare.push(batch);
  }
}
