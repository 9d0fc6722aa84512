package dev.tributary.connect;

import dev.tributary.connect.record.Held;
import dev.tributary.connect.state.TaskScope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/** What a join does to the sink, without its rules: holds records back until the test lets go. */
final class Holder implements TaskScope.Member {

  /** A record in the sink's hands that has not come yet. */
  private final class Marker implements Held {
    final SinkRecord original;

    Marker(SinkRecord original) {
      this.original = original;
    }

    @Override
    public void taken(SinkRecord marker) {
      held.add(
          marker.newRecord(
              marker.topic(),
              marker.kafkaPartition(),
              marker.keySchema(),
              marker.key(),
              original.valueSchema(),
              original.value(),
              marker.timestamp()));
    }
  }

  private final Predicate<SinkRecord> holds;
  private final List<SinkRecord> held = new ArrayList<>();
  private final List<SinkRecord> free = new ArrayList<>();

  Holder(Predicate<SinkRecord> holds) {
    this.holds = holds;
  }

  SinkRecord apply(SinkRecord record) {
    return forget(record) || holds.test(record)
        ? record.newRecord(
            record.topic(),
            record.kafkaPartition(),
            record.keySchema(),
            record.key(),
            null,
            new Marker(record),
            record.timestamp())
        : record;
  }

  /** A left that is delivered again while it is held is held again, once. */
  private boolean forget(SinkRecord again) {
    boolean wasHeld = held.removeIf(record -> isSame(record, again));
    boolean wasFree = free.removeIf(record -> isSame(record, again));
    return wasHeld || wasFree;
  }

  private static boolean isSame(SinkRecord one, SinkRecord other) {
    return one.originalKafkaOffset() == other.originalKafkaOffset()
        && one.originalKafkaPartition().equals(other.originalKafkaPartition())
        && one.originalTopic().equals(other.originalTopic());
  }

  /** Lets the oldest go; returns false without any. */
  boolean letGo() {
    return !held.isEmpty() && free.add(held.remove(0));
  }

  @Override
  public void flush() {}

  @Override
  public void closed(Collection<TopicPartition> partitions) {
    held.removeIf(record -> isOf(record, partitions));
    free.removeIf(record -> isOf(record, partitions));
  }

  private static boolean isOf(SinkRecord record, Collection<TopicPartition> partitions) {
    return partitions.contains(
        new TopicPartition(record.originalTopic(), record.originalKafkaPartition()));
  }

  @Override
  public void release(Consumer<SinkRecord> released) {
    List<SinkRecord> going = List.copyOf(free);
    free.clear();
    going.forEach(released);
  }

  @Override
  public long oldestHeld(TopicPartition partition) {
    long oldest = Long.MAX_VALUE;
    for (List<SinkRecord> some : List.of(held, free)) {
      for (SinkRecord record : some) {
        if (isOf(record, List.of(partition))) {
          oldest = Math.min(oldest, record.originalKafkaOffset());
        }
      }
    }
    return oldest;
  }
}
