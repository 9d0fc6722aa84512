package dev.tributary.connect.join;

import dev.tributary.connect.record.StreamTime;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * What a task knows about a left partition. It is kept while another task owns the partition, so
 * that records that are redelivered later are not counted again. Confined to the task thread.
 */
final class LeftPartition {

  private final TopicPartition name;
  private long streamTime = StreamTime.NONE;

  /** The next offset that has not been counted. */
  private long uncounted;

  /** Lefts below it that were counted as seen, and were held when the partition was closed. */
  private final Set<Long> undecided = new HashSet<>();

  LeftPartition(TopicPartition name) {
    this.name = name;
  }

  TopicPartition name() {
    return name;
  }

  /** The greatest event time seen since it was opened. */
  long streamTime() {
    return streamTime;
  }

  /** Advances stream time; returns whether it has changed. */
  boolean moveTo(long eventTime) {
    if (eventTime <= streamTime) {
      return false;
    }
    streamTime = eventTime;
    return true;
  }

  /** Marks an offset as seen; returns whether this is its first delivery. */
  boolean markSeen(long offset) {
    if (offset < uncounted) {
      return false;
    }
    uncounted = offset + 1;
    return true;
  }

  /** The left at this offset was seen, and what becomes of it has not been counted. */
  void leaveUndecided(long offset) {
    undecided.add(offset);
  }

  /** Whether a left was {@link #leaveUndecided left undecided}; this call clears that. */
  boolean takeUndecided(long offset) {
    return !undecided.isEmpty() && undecided.remove(offset);
  }

  void close() {
    streamTime = StreamTime.NONE;
  }
}
