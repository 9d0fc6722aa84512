package dev.tributary.connect;

import dev.tributary.connect.record.HeldValue;
import dev.tributary.connect.record.RecordCoordinates;
import dev.tributary.connect.state.StubMember;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * What a join does to the sink, without its rules: holds records back until the test lets go. A
 * record that is delivered again while it is held is held again, once.
 */
final class Holder extends StubMember {

  /** A record that is held, and what came to the sink in its place. */
  private static final class Left implements HeldValue {
    final SinkRecord record;
    SinkRecord marker;
    boolean free;

    Left(SinkRecord record) {
      this.record = record;
      this.marker = record;
    }

    @Override
    public void replacedBy(SinkRecord replacement) {
      marker = replacement;
    }

    boolean isOf(Collection<TopicPartition> partitions) {
      return partitions.contains(RecordCoordinates.partition(record));
    }

    boolean isFor(SinkRecord other) {
      return record.originalKafkaOffset() == other.originalKafkaOffset()
          && RecordCoordinates.partition(record).equals(RecordCoordinates.partition(other));
    }
  }

  private final Predicate<SinkRecord> holds;
  private final List<Left> lefts = new ArrayList<>();

  Holder(Predicate<SinkRecord> holds) {
    super("holder");
    this.holds = holds;
  }

  SinkRecord apply(SinkRecord record) {
    boolean again = lefts.removeIf(left -> left.isFor(record));
    if (!again && !holds.test(record)) {
      return record;
    }
    Left left = new Left(record);
    lefts.add(left);
    return withValue(record, left);
  }

  private static SinkRecord withValue(SinkRecord record, Object value) {
    return record.newRecord(
        record.topic(),
        record.kafkaPartition(),
        record.keySchema(),
        record.key(),
        null,
        value,
        record.timestamp());
  }

  /** Lets the oldest go; returns false without any. */
  boolean letGo() {
    for (Left left : lefts) {
      if (!left.free) {
        left.free = true;
        return true;
      }
    }
    return false;
  }

  @Override
  public void closed(Collection<TopicPartition> partitions) {
    lefts.removeIf(left -> left.isOf(partitions));
  }

  @Override
  public void release(Consumer<SinkRecord> released) {
    List<Left> going = lefts.stream().filter(left -> left.free).toList();
    lefts.removeAll(going);
    going.forEach(left -> released.accept(withValue(left.marker, left.record.value())));
  }

  @Override
  public long oldestHeld(TopicPartition partition) {
    return lefts.stream()
        .filter(left -> left.isOf(List.of(partition)))
        .mapToLong(left -> left.record.originalKafkaOffset())
        .min()
        .orElse(Long.MAX_VALUE);
  }
}
