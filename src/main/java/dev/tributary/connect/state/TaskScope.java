package dev.tributary.connect.state;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.util.TransformId;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Links the transforms of one sink task with the sink task itself.
 *
 * <p>Connect runs a task's transforms and its {@code put} on one thread and, when both come from
 * one plugin directory, loads them with one class loader. The sink task enters a scope on that
 * thread when it starts, and the state of the transforms joins it under their aliases; a transform
 * finds its own there on its first record. From then on the sink notifies the members of assigned
 * and revoked partitions, keeps a partition paused until all of them are ready for it, and makes
 * their state durable before it commits. In front of a foreign sink there is no scope, and a
 * transform works without one.
 *
 * <p>Threading: confined to the task thread; every method must be called on it.
 */
public final class TaskScope implements AutoCloseable {

  /** A transform that keeps state for the records of the task. All calls are on the task thread. */
  public interface Member extends AutoCloseable {

    /** The transform whose state it is. */
    TransformId id();

    /**
     * All records of a poll have been through the transforms: the state that was collected may be
     * written.
     *
     * @throws StateUnavailableError if state cannot be written
     */
    default void polled() {}

    /**
     * Returns once all state so far is written and durable.
     *
     * @throws StateUnavailableError when that cannot be reached; the caller then commits nothing
     */
    void flush();

    /**
     * As {@link #flush}, but without waiting: completes once all state so far is durable, and fails
     * with {@link StateUnavailableError} if that cannot be reached.
     */
    default CompletableFuture<Void> durable() {
      flush();
      return CompletableFuture.completedFuture(null);
    }

    /**
     * Whether what it decides about a record may depend on records of other partitions that were
     * delivered before. Another delivery may bring them in another order. Whatever follows from a
     * decision must then not leave the task before the decision is {@link #durable}: after a kill
     * nothing else could tell the next task what has been decided.
     */
    default boolean decidesAcrossPartitions() {
      return false;
    }

    /**
     * Everything below these offsets has been given to Kafka to commit: it is not expected again
     * unless the partition is closed in between. What only decides such records may be forgotten in
     * memory, but not deleted from Kafka, since the commit may have failed. A lower offset than the
     * true one is always safe; a member that is never notified keeps everything.
     */
    default void committed(Map<TopicPartition, Long> offsets) {}

    /**
     * The task was given these partitions, and the next record of each has this offset or a higher
     * one. Get ready for them without blocking; their records are held back until {@link #isReady}.
     */
    default void opened(Map<TopicPartition, Long> positions) {}

    /**
     * Whether records of an opened partition can be decided without waiting.
     *
     * @throws StateUnavailableError if they never will be
     */
    default boolean isReady(TopicPartition partition) {
      return true;
    }

    /**
     * The task no longer owns these partitions: drop what is held for them, and stop getting ready
     * for them. Another task may already be writing; a later record of the partition means that it
     * was assigned again. May name partitions that the member does not know.
     */
    void closed(Collection<TopicPartition> partitions);

    /**
     * Releases records that were held back, in their final form. Called in every {@code put} of the
     * sink, including the empty ones, so it also announces that the records of another poll follow.
     *
     * @throws StateUnavailableError if what is held can never be released
     */
    default void release(Consumer<SinkRecord> released) {}

    /**
     * The oldest offset of a partition that is held back, {@link Long#MAX_VALUE} if there is none.
     * No offset at or above it may be committed.
     */
    default long oldestHeld(TopicPartition partition) {
      return Long.MAX_VALUE;
    }

    /** Whether no more records should be delivered until some have been released. */
    default boolean isFull() {
      return false;
    }

    /** Called more than once: by the sink task and by the transform. */
    @Override
    void close();
  }

  private static final ThreadLocal<TaskScope> CURRENT = new ThreadLocal<>();

  private final String connector;
  private final String group;
  private final Map<String, String> stateDefaults;
  private final boolean toleratesExceptions;
  private boolean failed;

  /** By alias, in the order of the chain. */
  private final Map<String, Member> members = new LinkedHashMap<>();

  private TaskScope(
      String connector,
      String group,
      Map<String, String> stateDefaults,
      boolean toleratesExceptions) {
    this.connector = connector;
    this.group = group;
    this.stateDefaults = Map.copyOf(stateDefaults);
    this.toleratesExceptions = toleratesExceptions;
  }

  /** Opens a scope in which the framework tolerates no exception, as it does by default. */
  public static TaskScope enter(String connector, String group, Map<String, String> stateDefaults) {
    return enter(connector, group, stateDefaults, false);
  }

  /**
   * Opens the scope of the task that runs on this thread; {@link #close} ends it.
   *
   * @param connector the connector's name
   * @param group the consumer group in which its tasks commit
   * @param stateDefaults the sink's own {@code state.bootstrap.servers} and {@code state.kafka.*}
   *     settings, keys written out, which hold for every member that has none
   * @param toleratesExceptions whether the framework skips a record for which a transform throws an
   *     exception, and continues: with {@code errors.tolerance=all}
   */
  public static TaskScope enter(
      String connector,
      String group,
      Map<String, String> stateDefaults,
      boolean toleratesExceptions) {
    TaskScope scope = new TaskScope(connector, group, stateDefaults, toleratesExceptions);
    CURRENT.set(scope);
    return scope;
  }

  /** The scope of the task that runs on this thread; empty in front of a foreign sink. */
  public static Optional<TaskScope> current() {
    return Optional.ofNullable(CURRENT.get());
  }

  public String connector() {
    return connector;
  }

  public String group() {
    return group;
  }

  public Map<String, String> stateDefaults() {
    return stateDefaults;
  }

  /**
   * A transform throws this for a record, out of {@code apply}. The task has {@link #hasFailed
   * failed} with it unless the framework tolerates it, which it never does with an {@link Error}.
   * Our transforms throw nothing that the framework would retry.
   */
  public void thrown(Throwable reason) {
    if (reason instanceof Error || !toleratesExceptions) {
      fail();
    }
  }

  /** The task has failed: it will process no further record. This cannot be undone. */
  public void fail() {
    failed = true;
  }

  /**
   * Whether the task has failed. The framework asks it for offsets to commit once more, when it
   * closes its partitions; what a transform was about to do for its last record may be half done.
   */
  public boolean hasFailed() {
    return failed;
  }

  /** Adds the state of a transform, in place of another with the same alias. */
  public void join(Member member) {
    members.put(member.id().alias(), member);
  }

  public void leave(Member member) {
    members.values().remove(member);
  }

  /** The state of a transform that has joined. */
  public Optional<Member> member(TransformId id) {
    return Optional.ofNullable(members.get(id.alias())).filter(member -> member.id().equals(id));
  }

  /** Whether no transform of the task keeps state. */
  public boolean isEmpty() {
    return members.isEmpty();
  }

  /** See {@link Member#polled}. */
  public void polled() {
    members.values().forEach(Member::polled);
  }

  /** See {@link Member#flush}. */
  public void flush() {
    members.values().forEach(Member::flush);
  }

  /** Completes when all members have, see {@link Member#durable}. */
  public CompletableFuture<Void> durable() {
    return CompletableFuture.allOf(
        members.values().stream().map(Member::durable).toArray(CompletableFuture<?>[]::new));
  }

  /** Whether any member does, see {@link Member#decidesAcrossPartitions}. */
  public boolean decidesAcrossPartitions() {
    return members.values().stream().anyMatch(Member::decidesAcrossPartitions);
  }

  /** See {@link Member#committed}. */
  public void committed(Map<TopicPartition, Long> offsets) {
    members.values().forEach(member -> member.committed(offsets));
  }

  /** See {@link Member#opened}. */
  public void opened(Map<TopicPartition, Long> positions) {
    members.values().forEach(member -> member.opened(positions));
  }

  /** Whether all members are ready, see {@link Member#isReady}. */
  public boolean isReady(TopicPartition partition) {
    return members.values().stream().allMatch(member -> member.isReady(partition));
  }

  /** See {@link Member#closed}. */
  public void closed(Collection<TopicPartition> partitions) {
    members.values().forEach(member -> member.closed(partitions));
  }

  /** See {@link Member#release}. */
  public void release(Consumer<SinkRecord> released) {
    members.values().forEach(member -> member.release(released));
  }

  /** The oldest offset of a partition that any member holds back, see {@link Member#oldestHeld}. */
  public long oldestHeld(TopicPartition partition) {
    long oldest = Long.MAX_VALUE;
    for (Member member : members.values()) {
      oldest = Math.min(oldest, member.oldestHeld(partition));
    }
    return oldest;
  }

  /** Whether any member is full, see {@link Member#isFull}. */
  public boolean isFull() {
    return members.values().stream().anyMatch(Member::isFull);
  }

  @Override
  public void close() {
    if (CURRENT.get() == this) {
      CURRENT.remove();
    }
  }
}
