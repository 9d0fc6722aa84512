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
 * <p>So partitions that lag need the marks of those that are ahead. Marks expire by the stream time
 * of the slowest partition that still has unread records; a partition that is read to its end does
 * not retain them. A record that is written to it later and lags further is late.
 *
 * <p>Confined to the task thread.
 */
final class TopicMarks {

  private final Map<Integer, PartitionMarks> partitions = new HashMap<>();
  private final List<PartitionMarks> all = new ArrayList<>();

  /** Marks up to this stream time, less the horizon, may have been dropped. */
  private long purgedAt = StreamTime.NONE;

  /** Adds the marks of a partition. */
  void join(int partition, PartitionMarks marks) {
    leave(partition);
    partitions.put(partition, marks);
    all.add(marks);
    marks.share(this);
  }

  /** Removes the marks of a partition. */
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
   * Drops the marks that no partition needs.
   *
   * @param ends the end offsets of all partitions of the topic, including those whose marks are not
   *     here
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
