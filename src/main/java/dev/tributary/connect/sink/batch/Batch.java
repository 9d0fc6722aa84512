package dev.tributary.connect.sink.batch;

import dev.tributary.connect.record.MemoryEstimate;
import dev.tributary.connect.sink.columns.ColumnOptions;
import dev.tributary.connect.sink.columns.ColumnWriter;
import dev.tributary.connect.sink.columns.NativeBlock;
import dev.tributary.connect.sink.columns.ValueException;
import dev.tributary.connect.sink.offsets.OffsetRuns;
import dev.tributary.connect.sink.row.Row;
import dev.tributary.connect.sink.row.UnfitRecordException;
import dev.tributary.connect.sink.row.UnfitValueException;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Rows for one table that are inserted together, with the coordinates of their records.
 *
 * <p>The value of a row never depends on other rows. A column that no row has a value for is left
 * out, so its DEFAULT applies. A column that only some rows have a value for is sent as {@code
 * Nullable(T)} if it has a DEFAULT expression, and ClickHouse replaces the NULLs ({@code
 * input_format_null_as_default}); a column that cannot be sent that way must be present in all rows
 * of a batch or in none, see {@link #sharesPresence}.
 *
 * <p>The records are kept until their rows are acknowledged: a batch that ClickHouse rejects is
 * rebuilt from them, in parts or for the current schema of the table.
 *
 * <p>Threading: filled by the task thread, then handed over to a sender thread, which only writes
 * it out, then handed back. Meanwhile the task thread may read it, since it no longer changes.
 */
public final class Batch {

  private final Table table;
  private final ColumnWriter[] writers;
  private final boolean[] present;

  /** The row from which a column is present. */
  private final int[] presentFrom;

  /** The columns that must have a value in all rows of a batch or in none. */
  private final int[] splitting;

  private final Map<TopicPartition, OffsetRuns> offsets = new HashMap<>();
  private final List<SinkRecord> records = new ArrayList<>();
  private int rows;
  private long openedMs;
  private long recordBytes;
  private long bytes;
  private long lastRowBytes;
  private @Nullable TopicPartition lastPartition;

  /** The offsets of {@link #lastPartition}. */
  private @Nullable OffsetRuns lastRuns;

  private boolean restOfBurst;

  /** A batch that does not round decimals. */
  Batch(Table table) {
    this(table, column -> ColumnOptions.exact(table.serverZone()));
  }

  Batch(Table table, Function<Column, ColumnOptions> options) {
    this.table = table;
    List<Column> columns = table.columns();
    writers = new ColumnWriter[columns.size()];
    present = new boolean[columns.size()];
    presentFrom = new int[columns.size()];
    for (int i = 0; i < writers.length; i++) {
      writers[i] = ColumnWriter.create(columns.get(i).type(), options.apply(columns.get(i)));
    }
    splitting =
        IntStream.range(0, writers.length)
            .filter(i -> columns.get(i).hasDefault() && !writers[i].canTravelAsNullable())
            .toArray();
  }

  /**
   * Whether a row has the same columns present as this batch, of those that must be in all rows or
   * in none.
   */
  boolean sharesPresence(Row row) {
    if (rows == 0) {
      return true;
    }
    for (int i : splitting) {
      if (present[i] != row.isPresent(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Adds a record's row.
   *
   * @throws UnfitRecordException when a column cannot hold its value, or its conversion fails in
   *     whatever way; the batch is unchanged then
   * @throws DataException when the record cannot be read; the batch is unchanged then
   */
  void append(SinkRecord record, Row row, long nowMs) {
    long memory = memoryOf(record);
    for (int i = 0; i < writers.length; i++) {
      try {
        append(i, row);
      } catch (ValueException e) {
        rollBack();
        Column column = table.columns().get(i);
        throw new UnfitValueException(
            column,
            row.value(i),
            row.schema(i),
            "column `"
                + column.name()
                + "` "
                + column.type()
                + " of "
                + table.id()
                + " cannot take its value: "
                + e.getMessage(),
            e);
      }
    }
    if (!hasPresentColumn()) {
      letOneColumnTravel();
    }
    // From here on nothing can fail.
    if (rows == 0) {
      openedMs = nowMs;
    }
    rows++;
    records.add(record);
    recordBytes += memory;
    long before = bytes;
    bytes = recordBytes + columnBytes();
    lastRowBytes = bytes - before;
    note(record);
  }

  private static long memoryOf(SinkRecord record) {
    try {
      return MemoryEstimate.of(record);
    } catch (RuntimeException | StackOverflowError e) { // of a class that no converter should make
      throw new DataException("its value cannot be read: " + e.getClass().getName(), e);
    }
  }

  private boolean hasPresentColumn() {
    for (boolean one : present) {
      if (one) {
        return true;
      }
    }
    return false;
  }

  /**
   * Sends one column of defaults if all rows have only defaults, since a block without columns has
   * no rows.
   */
  private void letOneColumnTravel() {
    for (int i = 0; i < writers.length; i++) {
      int column = i;
      if (Arrays.stream(splitting).noneMatch(other -> other == column)) {
        for (int row = 0; row <= rows; row++) {
          appendAbsent(i);
        }
        present[i] = true;
        presentFrom[i] = rows;
        return;
      }
    }
    throw new UnfitRecordException("the record has no value for any column of " + table.id());
  }

  private void append(int i, Row row) {
    if (!row.isPresent(i)) {
      if (present[i]) {
        appendAbsent(i);
      }
      return;
    }
    if (!present[i]) {
      for (int earlier = 0; earlier < rows; earlier++) {
        appendAbsent(i);
      }
    }
    writers[i].append(row.value(i), row.schema(i));
    if (!present[i]) {
      present[i] = true;
      presentFrom[i] = rows;
    }
  }

  private void appendAbsent(int i) {
    if (table.columns().get(i).hasDefault()) {
      writers[i].appendAbsent();
    } else {
      writers[i].appendDefault();
    }
  }

  private void rollBack() {
    for (int i = 0; i < writers.length; i++) {
      present[i] = present[i] && presentFrom[i] < rows;
      if (present[i]) {
        writers[i].truncate(rows);
      } else {
        writers[i].clear();
      }
    }
  }

  private void note(SinkRecord record) {
    int partition = record.originalKafkaPartition();
    String topic = record.originalTopic();
    long offset = record.originalKafkaOffset();
    OffsetRuns runs = lastRuns;
    if (runs == null
        || lastPartition == null
        || lastPartition.partition() != partition
        || !lastPartition.topic().equals(topic)) {
      lastPartition = new TopicPartition(topic, partition);
      runs = offsets.computeIfAbsent(lastPartition, name -> new OffsetRuns());
      lastRuns = runs;
    }
    runs.add(offset);
  }

  /** Whether all rows are from the record's partition; true of a batch without rows. */
  boolean isFromPartitionOf(SinkRecord record) {
    return lastPartition == null
        || (offsets.size() == 1
            && lastPartition.partition() == record.originalKafkaPartition()
            && lastPartition.topic().equals(record.originalTopic()));
  }

  /** Whether the previous batch was worthwhile, so that this one is the rest of a burst. */
  boolean isRestOfBurst() {
    return restOfBurst;
  }

  void setRestOfBurst(boolean rest) {
    restOfBurst = rest;
  }

  public Table table() {
    return table;
  }

  public int rows() {
    return rows;
  }

  public long openedMs() {
    return openedMs;
  }

  /** The memory of the batch: its columns before compression, and an estimate of its records. */
  public long bytes() {
    return bytes;
  }

  /** The memory that the last row has added to {@link #bytes}. */
  public long lastRowBytes() {
    return lastRowBytes;
  }

  private long columnBytes() {
    long sum = 0;
    for (ColumnWriter writer : writers) {
      sum += writer.bytes();
    }
    return sum;
  }

  /** The records of the rows, in the order of the rows. */
  public List<SinkRecord> records() {
    return records;
  }

  /** The offsets of the rows, by partition. */
  public Map<TopicPartition, OffsetRuns> offsets() {
    return offsets;
  }

  /** The names of the columns that are sent, quoted. */
  public List<String> columnNames() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < writers.length; i++) {
      if (present[i]) {
        names.add(TableId.quote(table.columns().get(i).name()));
      }
    }
    return names;
  }

  /** Writes the rows as one block of ClickHouse's Native format. */
  public void writeTo(OutputStream out) throws IOException {
    List<String> names = new ArrayList<>();
    List<ColumnWriter> columns = new ArrayList<>();
    for (int i = 0; i < writers.length; i++) {
      if (present[i]) {
        names.add(table.columns().get(i).name());
        columns.add(writers[i]);
      }
    }
    NativeBlock.write(out, names, columns, rows);
  }

  /** Empties the batch, so that its buffers can be reused. */
  void clear() {
    for (int i = 0; i < writers.length; i++) {
      writers[i].clear();
      present[i] = false;
    }
    offsets.clear();
    records.clear();
    lastPartition = null;
    lastRuns = null;
    restOfBurst = false;
    rows = 0;
    recordBytes = 0;
    bytes = 0;
    lastRowBytes = 0;
  }

  /** The number of rows, their table and coordinates, for logs and errors. */
  @Override
  public String toString() {
    String from =
        offsets.entrySet().stream()
            .map(
                entry ->
                    entry.getKey()
                        + "@"
                        + entry.getValue().first()
                        + ".."
                        + entry.getValue().last())
            .sorted()
            .collect(Collectors.joining(", "));
    return rows + " rows for " + table.id() + " from " + from;
  }
}
