package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.table.TableId;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/** What the delivery needs from the sink task. Confined to the task thread. */
public interface DeliveryHost {

  /** Builds batches of records for a table that is registered. */
  List<Batch> rebuild(TableId table, List<SinkRecord> records);

  /** Rewinds the framework to an offset of the partition. */
  void rewind(TopicPartition partition, long offset);
}
