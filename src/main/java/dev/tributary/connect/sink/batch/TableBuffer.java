package dev.tributary.connect.sink.batch;

import dev.tributary.connect.sink.row.Row;
import dev.tributary.connect.sink.row.RowExtractor;
import dev.tributary.connect.sink.row.RowMapping;
import dev.tributary.connect.sink.row.UnfitRecordException;
import dev.tributary.connect.sink.table.Table;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * The open batches of one table: mostly one, more if rows differ in columns that must be present in
 * all rows of a batch or in none, or if a batch may hold rows of one partition only. Confined to
 * the task thread.
 */
public final class TableBuffer {

  private final RowMapping mapping;
  private final boolean mixesPartitions;
  private final List<Batch> open = new ArrayList<>();
  private final Deque<Batch> spare = new ArrayDeque<>();
  private final SchemaAge age = new SchemaAge();
  private Table table;
  private RowExtractor extractor;

  /** The fields without a column that were seen so far. */
  private final Set<String> metFields = new HashSet<>();

  private Row row;

  /** The partitions whose last batch was worthwhile. */
  private final Set<TopicPartition> bursting = new HashSet<>();

  public TableBuffer(Table table, RowMapping mapping, boolean mixesPartitions) {
    this.mapping = mapping;
    this.mixesPartitions = mixesPartitions;
    this.table = table;
    this.extractor = new RowExtractor(table, mapping, metFields);
    this.row = new Row(table.columns().size());
  }

  /** The table as last read. */
  public Table table() {
    return table;
  }

  /** How old {@link #table} is. */
  SchemaAge age() {
    return age;
  }

  /**
   * From when on the table may be read again for the sake of a record that does not fit it; in the
   * past if it may be read now.
   */
  public long mayRereadMs() {
    return age.mayRereadMs();
  }

  /** Switches to the current schema; batches with rows must have been taken before. */
  void refresh(Table now) {
    table = now;
    extractor = new RowExtractor(now, mapping, metFields);
    row = new Row(now.columns().size());
    spare.clear();
  }

  /** The fields for which {@link #append} returned null. */
  List<String> newFields() {
    return extractor.newFields();
  }

  /** Remembers that the table has no column for the new fields. */
  void rememberNewFields() {
    metFields.addAll(extractor.newFields());
  }

  /**
   * Adds the record's row to a batch and returns that batch; null when the record has {@link
   * #newFields}, for which the table may have changed.
   *
   * @throws UnfitRecordException when the record is no row for this table
   * @throws DataException when it is none for any table
   */
  @Nullable
  public Batch append(SinkRecord record, long nowMs) {
    return extractor.read(record, row) ? appendTo(open, record, nowMs) : null;
  }

  private Batch appendTo(List<Batch> batches, SinkRecord record, long nowMs) {
    for (Batch batch : batches) {
      if (batch.sharesPresence(row) && (mixesPartitions || batch.isFromPartitionOf(record))) {
        batch.append(record, row, nowMs);
        return batch;
      }
    }
    Batch batch =
        spare.isEmpty() ? new Batch(table, column -> mapping.options(table, column)) : spare.pop();
    try {
      batch.append(record, row, nowMs);
    } catch (DataException e) {
      spare.push(batch); // an open batch has rows
      throw e;
    }
    batches.add(batch);
    batch.setRestOfBurst(bursting.containsAll(batch.offsets().keySet()));
    return batch;
  }

  /**
   * Builds batches of records that were rows before.
   *
   * @param rejected takes the records that do not fit the current schema
   */
  public List<Batch> rebuild(
      List<SinkRecord> records, long openedMs, BiConsumer<SinkRecord, DataException> rejected) {
    List<Batch> batches = new ArrayList<>();
    for (SinkRecord record : records) {
      try {
        if (!extractor.read(record, row)) {
          rememberNewFields();
          extractor.read(record, row);
        }
        appendTo(batches, record, openedMs);
      } catch (DataException e) {
        rejected.accept(record, e);
      }
    }
    return batches;
  }

  /** Removes and returns the open batches that match, to be sent. */
  List<Batch> take(Predicate<Batch> which) {
    List<Batch> taken = new ArrayList<>();
    Iterator<Batch> batches = open.iterator();
    while (batches.hasNext()) {
      Batch batch = batches.next();
      if (which.test(batch)) {
        batches.remove();
        noteBurst(batch);
        taken.add(batch);
      }
    }
    return taken;
  }

  private void noteBurst(Batch closed) {
    if (BatchLimits.isWorthwhile(closed)) {
      bursting.addAll(closed.offsets().keySet());
    } else {
      bursting.removeAll(closed.offsets().keySet());
    }
  }

  List<Batch> open() {
    return open;
  }

  /** Returns a batch whose rows are stored, to reuse its buffers; one is kept. */
  void recycle(Batch batch) {
    if (batch.table().equals(table) && spare.isEmpty()) {
      batch.clear();
      spare.push(batch);
    }
  }
}
