package dev.tributary.connect.sink.batch;

import static java.util.Objects.requireNonNull;

import dev.tributary.connect.record.Records;
import dev.tributary.connect.sink.row.Mappings;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/** Batches of rows with one column; mostly their coordinates matter. */
public final class SmallBatches {

  public static final Table TABLE =
      new Table(
          new TableId("default", "t"), List.of(new Column("id", "Int64", false)), ZoneOffset.UTC);

  private SmallBatches() {}

  public static SinkRecord record(TopicPartition partition, long offset) {
    return Records.at(
        partition.topic(), partition.partition(), offset, 0L, null, Map.of("id", offset));
  }

  public static Batch of(TopicPartition partition, long... offsets) {
    TableBuffer batches = new TableBuffer(TABLE, Mappings.byName(), true);
    Batch batch = null;
    for (long offset : offsets) {
      batch = batches.append(record(partition, offset), 0);
    }
    return requireNonNull(batch);
  }

  public static Batch of(List<SinkRecord> records) {
    TableBuffer batches = new TableBuffer(TABLE, Mappings.byName(), true);
    Batch batch = null;
    for (SinkRecord record : records) {
      batch = batches.append(record, 0);
    }
    return requireNonNull(batch);
  }
}
