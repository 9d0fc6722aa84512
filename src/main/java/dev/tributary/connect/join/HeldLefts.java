package dev.tributary.connect.join;

import dev.tributary.connect.join.right.RightTable;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The lefts that wait for their right side, found by key, by time, by arrival and by offset, so
 * that a right version only visits the lefts of its key, and the end of a window only the lefts
 * that it releases.
 *
 * <p>Confined to the task thread, but for {@link #arrived}.
 */
final class HeldLefts {

  /**
   * How long after a right version another of its key may follow in the same burst: a late match is
   * made when right time has passed the left, or when the right topic, read to its end, has had
   * nothing for the key for this long.
   */
  static final long SETTLED_MS = 1_000;

  private final long afterMs;
  private final long settledMs;
  private final Map<RightTable.Key, Set<HeldLeft>> byKey = new HashMap<>();
  private final TreeSet<HeldLeft> byTime =
      new TreeSet<>(Comparator.comparingLong(HeldLeft::time).thenComparingLong(HeldLeft::number));
  private final Set<HeldLeft> byArrival = new LinkedHashSet<>();
  private final Map<TopicPartition, TreeMap<Long, HeldLeft>> byOffset = new HashMap<>();
  private long bytes;

  /** The keys of held lefts, for the thread that reads the right topic. */
  private final Set<RightTable.Key> awaited = ConcurrentHashMap.newKeySet();

  private final ConcurrentLinkedQueue<RightTable.Key> arrivals = new ConcurrentLinkedQueue<>();

  /** Keys that have received versions and are not settled, with the time when that was noticed. */
  private final Map<RightTable.Key, Long> unsettled = new LinkedHashMap<>();

  /**
   * @param afterMs how long after a left, by event time and by the wall clock, its window ends
   */
  HeldLefts(long afterMs) {
    this.afterMs = afterMs;
    this.settledMs = Math.min(SETTLED_MS, afterMs);
  }

  /** A right key has received a version; may be called on any thread. */
  void arrived(RightTable.Key key) {
    if (awaited.contains(key)) {
      arrivals.add(key);
    }
  }

  /** Holds a left, in place of one with the same coordinates. */
  void add(HeldLeft left) {
    HeldLeft before = at(left.partition(), left.offset());
    if (before != null) {
      remove(before);
    }
    awaited.add(left.key());
    byKey.computeIfAbsent(left.key(), key -> new LinkedHashSet<>()).add(left);
    byTime.add(left);
    byArrival.add(left);
    byOffset
        .computeIfAbsent(left.partition(), partition -> new TreeMap<>())
        .put(left.offset(), left);
    bytes += left.bytes();
  }

  /** The left with these coordinates, if it is held. */
  @Nullable HeldLeft at(TopicPartition partition, long offset) {
    TreeMap<Long, HeldLeft> lefts = byOffset.get(partition);
    return lefts == null ? null : lefts.get(offset);
  }

  void remove(HeldLeft left) {
    Set<HeldLeft> ofKey = byKey.get(left.key());
    if (ofKey == null || !ofKey.remove(left)) {
      return;
    }
    if (ofKey.isEmpty()) {
      byKey.remove(left.key());
      awaited.remove(left.key());
    }
    byTime.remove(left);
    byArrival.remove(left);
    TreeMap<Long, HeldLeft> ofPartition = byOffset.get(left.partition());
    if (ofPartition != null) {
      ofPartition.remove(left.offset());
      if (ofPartition.isEmpty()) {
        byOffset.remove(left.partition());
      }
    }
    bytes -= left.bytes();
  }

  /**
   * Offers the lefts whose keys have received versions and are settled.
   *
   * @param nowMs the wall clock
   * @param rightTime stream time of the slowest right partition
   * @param readToEndMs when the end offsets were looked up to which the right topic has been read
   * @param matches whether a left has a match; it is then no longer held
   */
  void settle(long nowMs, long rightTime, long readToEndMs, Predicate<HeldLeft> matches) {
    for (RightTable.Key key = arrivals.poll(); key != null; key = arrivals.poll()) {
      unsettled.put(key, nowMs);
    }
    Iterator<Map.Entry<RightTable.Key, Long>> keys = unsettled.entrySet().iterator();
    while (keys.hasNext()) {
      Map.Entry<RightTable.Key, Long> entry = keys.next();
      Set<HeldLeft> lefts = byKey.get(entry.getKey());
      boolean quiet = readToEndMs - entry.getValue() >= settledMs;
      boolean waits = false;
      if (lefts != null) {
        for (HeldLeft left : List.copyOf(lefts)) {
          if (!quiet && rightTime <= left.time()) {
            waits = true;
          } else if (matches.test(left)) {
            remove(left);
          }
        }
      }
      if (!waits) {
        keys.remove();
      }
    }
  }

  /**
   * Hands over the lefts whose window has passed. Each is held until it has been accepted: if that
   * fails, it and those after it still are, and no offset at or above theirs is committed.
   *
   * @param rightTime see {@link #settle}
   * @param readToEndMs see {@link #settle}
   */
  void expire(long rightTime, long readToEndMs, Consumer<HeldLeft> passed) {
    Set<HeldLeft> expired = new LinkedHashSet<>();
    for (HeldLeft left : byTime) {
      if (rightTime - afterMs <= left.time()) {
        break;
      }
      expired.add(left);
    }
    for (HeldLeft left : byArrival) {
      if (readToEndMs - left.readMs() < afterMs) {
        break;
      }
      expired.add(left);
    }
    for (HeldLeft left : expired) {
      passed.accept(left);
      remove(left);
    }
  }

  /** The oldest offset held of a partition; {@link Long#MAX_VALUE} if there is none. */
  long oldest(TopicPartition partition) {
    TreeMap<Long, HeldLeft> lefts = byOffset.get(partition);
    return lefts == null ? Long.MAX_VALUE : lefts.firstKey();
  }

  /** Removes the lefts of these partitions and hands them over. */
  void drop(Collection<TopicPartition> partitions, Consumer<HeldLeft> dropped) {
    for (TopicPartition partition : new HashSet<>(partitions)) {
      TreeMap<Long, HeldLeft> lefts = byOffset.get(partition);
      if (lefts != null) {
        for (HeldLeft left : List.copyOf(lefts.values())) {
          remove(left);
          dropped.accept(left);
        }
      }
    }
  }

  int size() {
    return byArrival.size();
  }

  long bytes() {
    return bytes;
  }

  /** When the left that has waited longest was read, by the wall clock; 0 if there is none. */
  long oldestReadMs() {
    return byArrival.isEmpty() ? 0 : byArrival.iterator().next().readMs();
  }
}
