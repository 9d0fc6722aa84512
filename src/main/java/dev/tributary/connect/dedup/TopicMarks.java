package dev.tributary.connect.dedup;

import dev.tributary.connect.record.StreamTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The marks of all partitions of a topic, for a topic whose duplicates may be in any partition.
 *
 * <p>A record is also the duplicate of a mark that another partition holds: that one arrived
 * before, whatever its offset. Such a mark counts by the stream time of the record's own partition,
 * like one of its own.
 *
 * <p>So the marks of a partition that is far ahead are needed by the ones behind. They may go by
 * the stream time of the slowest partition that still has unread records; one that is read to its
 * end does not hold them. A record that later comes there and is further behind is late.
 *
 * <p>Confined to the task thread.
 */
final class TopicMarks {

  private final Map<Integer, PartitionMarks> partitions = new HashMap<>();
  private final List<PartitionMarks> all = new ArrayList<>();

  /** Marks of stream times up to this, less the horizon, may be gone. */
  private long purgedAt = StreamTime.NONE;

  /** The marks of a partition are here. */
  void join(int partition, PartitionMarks marks) {
    leave(partition);
    partitions.put(partition, marks);
    all.add(marks);
    marks.share(this);
  }

  /** The marks of a partition are given up. */
  void leave(int partition) {
    PartitionMarks left = partitions.remove(partition);
    if (left != null) {
      all.remove(left);
    }
  }

  /** Whether another partition than the record's own has a mark that makes it a duplicate. */
  boolean hasDuplicate(PartitionMarks own, long high, long low, long time, long streamTimeThere) {
    long streamTime = Math.max(streamTimeThere, purgedAt);
    for (int i = 0; i < all.size(); i++) {
      PartitionMarks other = all.get(i);
      if (other != own && other.makesDuplicate(high, low, time, streamTime)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Lets go of what no partition needs any more.
   *
   * @param ends the end offsets of all partitions of the topic, also of those that are not here
   */
  void purge(Map<Integer, Long> ends) {
    long slowest = Long.MAX_VALUE;
    long fastest = StreamTime.NONE;
    for (Map.Entry<Integer, Long> end : ends.entrySet()) {
      PartitionMarks marks = partitions.get(end.getKey());
      boolean unread = marks == null ? end.getValue() > 0 : marks.next() < end.getValue();
      long settled = marks == null ? StreamTime.NONE : marks.settledTime();
      if (unread) {
        slowest = Math.min(slowest, settled);
      }
      fastest = Math.max(fastest, settled);
    }
    long time = slowest == Long.MAX_VALUE ? fastest : slowest;
    if (time > purgedAt) {
      purgedAt = time;
      all.forEach(marks -> marks.expireAt(time));
    }
  }
}
