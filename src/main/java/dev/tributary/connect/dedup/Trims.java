package dev.tributary.connect.dedup;

import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.state.StateTrimmer;
import dev.tributary.connect.state.StateTrimmer.Content;
import dev.tributary.connect.state.StateTrimmer.Cut;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when the state partitions of a task are truncated, and which marks in them are dead:
 * those of its own source partitions that decide nothing from the offsets on that the consumer
 * group itself has committed. After a commit that failed unnoticed, or in a task that does not know
 * that it has lost its partitions, nothing can therefore be truncated that is still needed.
 *
 * <p>A failure stops nothing: the state topic only stays larger than it has to be.
 *
 * <p>Confined to the task thread; state partitions are truncated in the background, one at a time.
 */
final class Trims {

  private static final Logger log = LoggerFactory.getLogger(Trims.class);

  /** The least number of dead marks for which a state partition is truncated: about 2 MB. */
  static final long WORTHWHILE = 100_000;

  /**
   * Which marks of a source partition are dead.
   *
   * @param floor the offset of the first record for which this holds
   * @param expired marks with this time or an earlier one decide no such record
   */
  record Known(TopicPartition source, MarkCodec codec, long floor, long expired) {

    boolean isOf(ByteBuffer key) {
      return codec.isOwn(key, source.partition());
    }

    Content content(ByteBuffer value) {
      long[] counts = new long[2];
      MarkCodec.read(value, (high, low, offset, time, moves) -> counts[time <= expired ? 0 : 1]++);
      return new Content(counts[0], counts[1]);
    }

    /** Appends the marks that are not dead. */
    void keep(ByteBuffer value, StateTrimmer.Appending appending) {
      MarkBlock living = new MarkBlock();
      MarkCodec.read(
          value,
          (high, low, offset, time, moves) -> {
            if (time > expired) {
              living.add(high, low, offset, time, moves);
            }
          });
      byte[] marks = living.take();
      appending.append(codec.key(source.partition(), marks), marks);
    }
  }

  /** Separates dead marks from needed ones, record by record. */
  private record Marks(List<Known> known) implements StateTrimmer.Judge {

    @Override
    public Content judge(ByteBuffer key, ByteBuffer value) {
      if (!MarkCodec.holdsMarks(key)) {
        return Content.UNKNOWN;
      }
      return owner(key)
          .map(owner -> owner.content(value))
          .orElseGet(() -> new Content(0, MarkCodec.marksAtMost(value)));
    }

    @Override
    public void keep(ByteBuffer key, ByteBuffer value, StateTrimmer.Appending appending) {
      owner(key).ifPresent(owner -> owner.keep(value, appending));
    }

    private Optional<Known> owner(ByteBuffer key) {
      return known.stream().filter(one -> one.isOf(key)).findFirst();
    }
  }

  /** A truncation in progress. */
  private static final class Running {
    final int partition;
    final CompletableFuture<Cut> result = new CompletableFuture<>();
    volatile boolean cancelled;

    Running(int partition) {
      this.partition = partition;
    }
  }

  private final String owner;
  private final String group;
  private final KafkaAccess cluster;
  private final StateTrimmer trimmer;
  private final Executor background;
  private final long worthwhile;

  /** The least number of dead marks with which a state partition is considered again. */
  private final Map<Integer, Long> notBelow = new HashMap<>();

  private @Nullable Running running;
  private volatile boolean warned;

  /**
   * @param owner prefix of log lines
   * @param group the consumer group that commits the source offsets
   */
  Trims(
      String owner,
      String group,
      KafkaAccess cluster,
      String stateTopic,
      Executor background,
      long worthwhile) {
    this.owner = owner;
    this.group = group;
    this.cluster = cluster;
    this.trimmer = new StateTrimmer(cluster, stateTopic);
    this.background = background;
    this.worthwhile = worthwhile;
  }

  /** Starts to truncate a state partition if enough of it is dead; called after commits. */
  void consider(Collection<SourcePartition> partitions) {
    Running before = running;
    if (before != null) {
      if (!before.result.isDone()) {
        return;
      }
      running = null;
      account(before, partitions);
    }
    Map<Integer, Tally> tallies = new HashMap<>();
    for (SourcePartition partition : partitions) {
      tallies.computeIfAbsent(partition.number(), Tally::new).add(partition);
    }
    for (Tally tally : tallies.values()) {
      if (tally.dead >= Math.max(leastDead(tally), notBelow.getOrDefault(tally.number, 0L))) {
        start(tally);
        return;
      }
    }
  }

  /** The marks of the source partitions that share a state partition. */
  private static final class Tally {
    final int number;
    final List<Known> known = new ArrayList<>();
    long live;
    long dead;

    Tally(int number) {
      this.number = number;
    }

    void add(SourcePartition partition) {
      partition.known().ifPresent(known::add);
      live += partition.live();
      dead += partition.dead();
    }
  }

  private long leastDead(Tally tally) {
    return Math.max(worthwhile, tally.live / 2);
  }

  private void start(Tally tally) {
    // Whatever the outcome, it is not retried before as many more marks are dead.
    notBelow.put(tally.number, tally.dead + leastDead(tally));
    Running started = new Running(tally.number);
    running = started;
    background.execute(() -> run(started, tally));
  }

  private void run(Running self, Tally tally) {
    Cut cut = Cut.NONE;
    try {
      if (!self.cancelled && isCommitted(tally.known)) {
        cut =
            trimmer.trim(
                tally.number, worthwhile, tally.dead, new Marks(tally.known), () -> self.cancelled);
      }
    } catch (RuntimeException | StateUnavailableError e) {
      if (!self.cancelled) {
        warn(e);
      }
    } finally {
      self.result.complete(cut);
    }
  }

  private boolean isCommitted(List<Known> known) {
    Map<TopicPartition, Long> committed =
        cluster.committed(group, known.stream().map(Known::source).toList());
    return known.stream().allMatch(one -> committed.getOrDefault(one.source, -1L) >= one.floor);
  }

  private void account(Running over, Collection<SourcePartition> partitions) {
    Cut cut = over.result.join();
    if (cut.dead() == 0) {
      return;
    }
    log.info(
        "{}: truncated partition {} of the state topic before offset {}: {} dead marks deleted,"
            + " {} live ones appended again",
        owner,
        over.partition,
        cut.offset(),
        cut.dead(),
        cut.copied());
    notBelow.remove(over.partition);
    long gone = cut.dead();
    for (SourcePartition partition : partitions) {
      if (partition.number() == over.partition) {
        gone -= partition.forgetDead(gone);
      }
    }
  }

  private void warn(Throwable e) {
    if (!warned) {
      warned = true;
      Throwable reason = e.getCause() == null ? e : e.getCause();
      log.warn(
          "{}: the state topic cannot be truncated and keeps growing: {}. Nothing is lost, and it"
              + " is retried as it grows. If it keeps failing, allow the user of the state"
              + " ('state.kafka.*') to describe the consumer group '{}' and to delete records of"
              + " the state topic.",
          owner,
          reason.toString(),
          group);
    } else {
      log.debug("{}: the state topic cannot be truncated", owner, e);
    }
  }

  /** Cancels the truncation in progress, for a restore or because partitions were revoked. */
  void cancel() {
    Running current = running;
    if (current != null) {
      current.cancelled = true;
      notBelow.remove(current.partition);
    }
  }
}
