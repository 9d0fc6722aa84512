package dev.tributary.connect.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * Links the transforms of one sink task with the sink task itself.
 *
 * <p>Connect runs a task's transforms and its {@code put} on one thread and, when both come from
 * one plugin directory, loads them with one class loader. The sink enters a scope on that thread
 * before the first record; a transform finds it there on its first record and joins. From then on
 * the sink makes the members' state durable before it commits, and tells them which partitions come
 * and go. In front of a foreign sink there is no scope, and a transform must fend for itself.
 *
 * <p>Threading: confined to the task thread; every method must be called on it.
 */
public final class TaskScope implements AutoCloseable {

  /** A transform that keeps state for the records of the task. All calls are on the task thread. */
  public interface Member {

    /**
     * Returns once all state written so far is durable.
     *
     * @throws StateUnavailableError when that cannot be reached; the caller then commits nothing
     */
    void flush();

    /**
     * Everything below these offsets is committed: it will not be delivered to this task again
     * unless the partition is closed in between. What only decides such records may be forgotten. A
     * lower offset than the true one is always right; a member that is never told keeps everything.
     */
    default void committed(Map<TopicPartition, Long> offsets) {}

    /**
     * The task does not own these partitions any more: forget what was held for them. Another task
     * may already be writing; a later record of the partition means that it was assigned again.
     */
    void closed(Collection<TopicPartition> partitions);
  }

  private static final ThreadLocal<TaskScope> CURRENT = new ThreadLocal<>();

  private final String connector;
  private final Map<String, String> stateDefaults;
  private final List<Member> members = new ArrayList<>();

  private TaskScope(String connector, Map<String, String> stateDefaults) {
    this.connector = connector;
    this.stateDefaults = Map.copyOf(stateDefaults);
  }

  /**
   * Opens the scope of the task that runs on this thread; {@link #close} ends it.
   *
   * @param connector the connector's name
   * @param stateDefaults the sink's own {@code state.bootstrap.servers} and {@code state.kafka.*}
   *     settings, keys written out, which hold for every member that has none
   */
  public static TaskScope enter(String connector, Map<String, String> stateDefaults) {
    TaskScope scope = new TaskScope(connector, stateDefaults);
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

  public Map<String, String> stateDefaults() {
    return stateDefaults;
  }

  public void join(Member member) {
    members.add(member);
  }

  public void leave(Member member) {
    members.remove(member);
  }

  /** See {@link Member#flush}. */
  public void flush() {
    members.forEach(Member::flush);
  }

  /** See {@link Member#committed}. */
  public void committed(Map<TopicPartition, Long> offsets) {
    members.forEach(member -> member.committed(offsets));
  }

  /** See {@link Member#closed}. */
  public void closed(Collection<TopicPartition> partitions) {
    members.forEach(member -> member.closed(partitions));
  }

  @Override
  public void close() {
    if (CURRENT.get() == this) {
      CURRENT.remove();
    }
  }
}
