package dev.tributary.connect.sink.insert;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.table.TableId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/** A delivery that admits and commits what a test wants. */
public final class StubDelivery implements Delivery {

  /** What becomes of a record, by its offset; it is taken where nothing is said. */
  public final Map<Long, Admission> admissions = new HashMap<>();

  /** The offsets that it was asked to admit. */
  public final List<Long> admitted = new ArrayList<>();

  public final Map<TopicPartition, Long> opened = new HashMap<>();
  public final Map<TopicPartition, Long> positions = new HashMap<>();

  /** Whether nothing may be committed at the moment. */
  public boolean commitsNothing;

  @Override
  public boolean mixesPartitions() {
    return true;
  }

  @Override
  public boolean needsPositions() {
    return true;
  }

  @Override
  public void opened(Map<TopicPartition, Long> started) {
    opened.putAll(started);
  }

  @Override
  public boolean isReady(TopicPartition partition) {
    return true;
  }

  @Override
  public void closed(Collection<TopicPartition> partitions) {}

  @Override
  public Admission admit(SinkRecord record, TableId table) {
    admitted.add(record.originalKafkaOffset());
    return admissions.getOrDefault(record.originalKafkaOffset(), Admission.TAKE);
  }

  @Override
  public void held(SinkRecord record) {}

  @Override
  public void released(SinkRecord record) {}

  @Override
  public List<Insert> work() {
    return List.of();
  }

  @Override
  public List<TopicPartition> takeFenced() {
    return List.of();
  }

  @Override
  public Insert begin(Batch batch) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void position(TopicPartition partition, long position) {
    positions.put(partition, position);
  }

  @Override
  public Optional<OffsetAndMetadata> commit(TopicPartition partition, OffsetAndMetadata offset) {
    return commitsNothing
        ? Optional.empty()
        : Optional.of(new OffsetAndMetadata(offset.offset(), "of the delivery"));
  }

  @Override
  public void close() {}
}
