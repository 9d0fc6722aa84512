package dev.tributary.connect.state;

import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.StateUnavailableError;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Truncates the front of a state partition once most of it is dead.
 *
 * <p>A first pass over the partition only counts, and finds the offset at which truncating pays
 * most: every dead state is worth as much as {@link #COPIES} states that have to be appended again.
 * A second pass appends again what is needed below that offset. When all of that is durable, the
 * front is deleted. A crash in between leaves duplicate records, which is harmless.
 *
 * <p>So nothing is ever deleted but what its owner declares dead, whoever shares the partition. The
 * state of others is appended again like our own; a record that is no state at all ends the search.
 * {@link StateReader} does not miss state that moves from the front to the end while it reads.
 */
public final class StateTrimmer {

  /**
   * What is in a record.
   *
   * @param dead how many states in it their owner will never need again
   * @param needed how many have to be kept, here or appended again
   */
  public record Content(long dead, long needed) {
    /** It must not be touched. */
    public static final Content UNKNOWN = new Content(0, 0);
  }

  /** Appends a record. */
  @FunctionalInterface
  public interface Appending {
    void append(byte[] key, byte[] value);
  }

  /** Decides what happens to a record; always the same for the same record. */
  @FunctionalInterface
  public interface Judge {

    Content judge(ByteBuffer key, ByteBuffer value);

    /** Appends again what is needed of a record that is partly dead. */
    default void keep(ByteBuffer key, ByteBuffer value, Appending appending) {
      appending.append(Utils.toArray(key), Utils.toArray(value));
    }
  }

  /** What a truncation has deleted and appended again, counted in states. */
  public record Cut(long offset, long dead, long copied) {
    public static final Cut NONE = new Cut(-1, 0, 0);
  }

  /** How many states are appended again, at most, for each one that is deleted. */
  static final int COPIES = 2;

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final KafkaAccess cluster;
  private final String topic;

  public StateTrimmer(KafkaAccess cluster, String topic) {
    this.cluster = cluster;
    this.topic = topic;
  }

  /**
   * Truncates a partition. Throws {@link org.apache.kafka.common.KafkaException} or {@link
   * StateUnavailableError} if it cannot; the partition then still holds all needed state.
   *
   * @param worthwhile the least number of dead states for which to truncate
   * @param expected about how many dead states there are; the search gives up when truncating would
   *     not pay even if all of them came next
   * @param cancelled checked often; once it is true, nothing is deleted
   */
  public Cut trim(
      int partition, long worthwhile, long expected, Judge judge, BooleanSupplier cancelled) {
    TopicPartition target = new TopicPartition(topic, partition);
    Consumer<ByteBuffer, ByteBuffer> consumer = cluster.consumer();
    try {
      consumer.assign(List.of(target));
      long beginning = consumer.beginningOffsets(List.of(target)).getOrDefault(target, 0L);
      long end = consumer.endOffsets(List.of(target)).getOrDefault(target, 0L);
      Search search = new Search(judge, expected);
      if (!walk(consumer, target, beginning, end, search, cancelled)
          || search.bestDead < worthwhile) {
        return Cut.NONE;
      }
      long copied = 0;
      if (search.bestNeeded > 0) {
        try (StateWriter writer = new StateWriter(cluster.producer(), topic)) {
          Copying copying = new Copying(judge, partition, writer);
          if (!walk(consumer, target, beginning, search.bestOffset, copying, cancelled)) {
            return Cut.NONE;
          }
          writer.flush();
          copied = copying.copied;
        }
      }
      if (cancelled.getAsBoolean()) {
        return Cut.NONE;
      }
      cluster.deleteBefore(topic, partition, search.bestOffset);
      return new Cut(search.bestOffset, search.bestDead, copied);
    } finally {
      Utils.closeQuietly(
          () -> consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT)), "state consumer");
    }
  }

  /** Visits records in the order of the partition; returns false to stop. */
  private interface Step {
    boolean take(long offset, @Nullable ByteBuffer key, @Nullable ByteBuffer value);
  }

  /** Returns false if it was cancelled. */
  private static boolean walk(
      Consumer<ByteBuffer, ByteBuffer> consumer,
      TopicPartition target,
      long from,
      long end,
      Step step,
      BooleanSupplier cancelled) {
    consumer.seek(target, from);
    while (!cancelled.getAsBoolean()) {
      if (consumer.position(target) >= end) {
        return true;
      }
      for (ConsumerRecord<ByteBuffer, ByteBuffer> record : consumer.poll(POLL).records(target)) {
        if (record.offset() >= end || !step.take(record.offset(), record.key(), record.value())) {
          return true;
        }
      }
    }
    return false;
  }

  /** Finds the best offset to truncate at. */
  private static final class Search implements Step {
    private final Judge judge;
    private final long patience;
    private long dead;
    private long needed;
    private long bestScore;
    private long bestOffset;
    private long bestDead;
    private long bestNeeded;

    Search(Judge judge, long expected) {
      this.judge = judge;
      this.patience = COPIES * expected;
    }

    @Override
    public boolean take(long offset, @Nullable ByteBuffer key, @Nullable ByteBuffer value) {
      Content content = content(judge, key, value);
      if (content.equals(Content.UNKNOWN)) {
        return false;
      }
      dead += content.dead;
      needed += content.needed;
      long score = COPIES * dead - needed;
      if (score > bestScore) {
        bestScore = score;
        bestOffset = offset + 1;
        bestDead = dead;
        bestNeeded = needed;
      }
      return bestScore - score <= patience;
    }
  }

  /** Appends again what is needed. */
  private static final class Copying implements Step {
    private final Judge judge;
    private final int partition;
    private final StateWriter writer;
    private long copied;

    Copying(Judge judge, int partition, StateWriter writer) {
      this.judge = judge;
      this.partition = partition;
      this.writer = writer;
    }

    @Override
    public boolean take(long offset, @Nullable ByteBuffer key, @Nullable ByteBuffer value) {
      if (key != null && value != null) {
        Content content = judge.judge(key, value);
        if (content.needed > 0) {
          if (content.dead > 0) {
            judge.keep(key, value, this::append);
          } else {
            append(Utils.toArray(key), Utils.toArray(value));
          }
          copied += content.needed;
        }
      }
      return true;
    }

    private void append(byte[] key, byte[] value) {
      writer.send(partition, key, value, acknowledged -> {});
    }
  }

  private static Content content(
      Judge judge, @Nullable ByteBuffer key, @Nullable ByteBuffer value) {
    return key == null || value == null ? Content.UNKNOWN : judge.judge(key, value);
  }
}
