package dev.tributary.connect.join;

import dev.tributary.connect.record.RecordCoordinates;
import dev.tributary.connect.record.StreamTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** The left partitions of a task. Confined to the task thread. */
final class LeftPartitions {

  private final Map<TopicPartition, LeftPartition> assigned = new HashMap<>();
  private final Map<TopicPartition, LeftPartition> known = new HashMap<>();

  /** The partition of the last record: a poll delivers them partition by partition. */
  private @Nullable LeftPartition last;

  /** The partition of this name, which belongs to the task from now on. */
  LeftPartition of(TopicPartition name) {
    return assigned.computeIfAbsent(
        name, found -> known.computeIfAbsent(found, LeftPartition::new));
  }

  /** The partition that a record was read from; see {@link #of(TopicPartition)}. */
  LeftPartition of(SinkRecord record) {
    LeftPartition partition = last;
    if (partition == null || !RecordCoordinates.isFrom(record, partition.name())) {
      partition = of(RecordCoordinates.partition(record));
      last = partition;
    }
    return partition;
  }

  void close(Collection<TopicPartition> names) {
    last = null;
    for (TopicPartition name : names) {
      LeftPartition partition = assigned.remove(name);
      if (partition != null) {
        partition.close();
      }
    }
  }

  /** Stream time of the slowest one; {@link StreamTime#NONE} while one has none. */
  long slowest() {
    long slowest = Long.MAX_VALUE;
    for (LeftPartition partition : assigned.values()) {
      slowest = Math.min(slowest, partition.streamTime());
    }
    return slowest == Long.MAX_VALUE ? StreamTime.NONE : slowest;
  }
}
