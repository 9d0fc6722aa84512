package dev.tributary.connect.join.right;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The right topic by key, several versions each. Rows are held as bytes, see {@link RightFields}.
 *
 * <p>One thread puts and purges; any thread looks up. Its own count of bytes is what the entries
 * take on a 64-bit JVM with compressed references, within a few percent.
 */
public final class RightTable {

  /** The hash of a typed key. */
  public record Key(long high, long low) {
    @Override
    public int hashCode() {
      return (int) (low ^ low >>> 32); // a part of a good hash is one
    }
  }

  /** Entry, key and slot in the map. */
  private static final long ENTRY_BYTES = 32 + 32 + 6;

  private final Map<Key, Versions> entries = new ConcurrentHashMap<>();
  private final Consumer<Key> listener;
  private final long maxBytes;
  private final boolean remembersKeys;
  private final AtomicLong rows = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  /**
   * @param maxBytes the bound of {@link #isFull}; 0 for none
   * @param remembersKeys whether a key stays known when all its versions have been purged, which
   *     {@link Window#sinceEver} needs: the next version of such a key is not its first
   * @param listener called on the putting thread with each key that has received a version
   */
  public RightTable(long maxBytes, boolean remembersKeys, Consumer<Key> listener) {
    this.listener = listener;
    this.remembersKeys = remembersKeys;
    this.maxBytes = maxBytes == 0 ? Long.MAX_VALUE : maxBytes;
  }

  /**
   * Adds a version.
   *
   * @param row null for a tombstone
   */
  public void put(Key key, long time, byte @Nullable [] row) {
    Versions old = entries.get(key);
    long before = old == null ? 0 : ENTRY_BYTES + old.overhead() + replaced(old, time);
    int held = old == null ? 0 : old.count();
    Versions versions = old == null ? Versions.of(time, row) : old.with(time, row);
    if (versions != old) {
      entries.put(key, versions);
    }
    addToTotals(versions.count() - held, ENTRY_BYTES + versions.overhead() + bytesOf(row) - before);
    listener.accept(key);
  }

  /** The bytes of the row that a version at this time replaces. */
  private static long replaced(Versions versions, long time) {
    int at = versions.lastUpTo(time, versions.count());
    return at >= 0 && versions.time(at) == time ? bytesOf(versions.row(at)) : 0;
  }

  /** Drops all versions older than this time; visits all entries. */
  void purge(long limit) {
    entries.forEach(
        (key, versions) -> {
          Versions left = versions.since(limit);
          if (left == null && remembersKeys) {
            left = Versions.FORGOTTEN;
          }
          if (left == versions) {
            return;
          }
          int count = left == null ? 0 : left.count();
          long freed = left == null ? ENTRY_BYTES : -left.overhead();
          for (int i = 0; i < versions.count() - count; i++) {
            freed += bytesOf(versions.row(i));
          }
          addToTotals(count - versions.count(), -freed - versions.overhead());
          if (left == null) {
            entries.remove(key);
          } else {
            entries.put(key, left);
          }
        });
  }

  /** Forgets everything, also which keys there were. */
  void clear() {
    entries.clear();
    rows.set(0);
    bytes.set(0);
  }

  private void addToTotals(long moreRows, long moreBytes) {
    rows.addAndGet(moreRows);
    bytes.addAndGet(moreBytes);
  }

  private static long bytesOf(byte @Nullable [] row) {
    return row == null ? 0 : 16 + (row.length + 7L & ~7L);
  }

  /** See {@link Versions#asOf}. */
  public byte @Nullable [] asOf(Key key, long left, Window window) {
    Versions versions = entries.get(key);
    return versions == null ? null : versions.asOf(left, window);
  }

  /** Whether it takes more than it may. */
  boolean isFull() {
    return bytes.get() > maxBytes;
  }

  /** Versions held, tombstones included. */
  public long rows() {
    return rows.get();
  }

  public long bytes() {
    return bytes.get();
  }
}
