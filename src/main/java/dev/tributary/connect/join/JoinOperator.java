package dev.tributary.connect.join;

import dev.tributary.connect.join.right.RightSide;
import dev.tributary.connect.join.right.RightTable;
import dev.tributary.connect.json.RecordText;
import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.record.EventTime;
import dev.tributary.connect.record.HeldValue;
import dev.tributary.connect.record.KeyHasher;
import dev.tributary.connect.record.MemoryEstimate;
import dev.tributary.connect.record.RecordCoordinates;
import dev.tributary.connect.record.UnreadableValue;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.TransformId;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running temporal join of a task, from its start to its end.
 *
 * <p>Confined to the task thread; the right side is shared with other tasks.
 */
public final class JoinOperator implements TaskScope.Member {

  /** The simple class name of the transform that this is the state of, as users write it. */
  public static final String TYPE = "TemporalJoin";

  private static final Logger log = LoggerFactory.getLogger(JoinOperator.class);

  /** How much of the right topic may be unread before left partitions pause for it. */
  private static final long BEHIND_RECORDS = 100_000;

  private final TransformId identity;
  private final String rightTopic;
  private final KeyHasher keys;
  private final EventTime time;
  private final boolean rightSync;
  private final int holdMaxRecords;
  private final long holdMaxBytes;
  private final JoinMetrics metrics;
  private final @Nullable TaskScope scope;
  private final RightSide right;
  private final HeldLefts held;
  private final RightSide.Subscription subscription;
  private final LeftMatcher matcher;
  private final LeftRelease release;
  private final Time clock;

  private final RecordText text = new RecordText();
  private final LeftPartitions partitions = new LeftPartitions();
  private final CatchUp catchUp;
  private long number;
  private boolean closed;

  /** The transforms after a join. */
  @FunctionalInterface
  public interface Downstream {

    /**
     * Applies the transforms to a released record, in the order of the chain.
     *
     * @param unique whether they count it, because it is no redelivery
     * @return null if one of them drops it, a record whose value is a {@link HeldValue} if one
     *     holds it again
     * @throws DataException if one of them refuses the record because of its content
     * @throws StateUnavailableError if one of them cannot decide it
     */
    @Nullable SinkRecord apply(SinkRecord record, boolean unique);
  }

  private JoinOperator(
      TemporalJoinConfig config,
      TransformId identity,
      @Nullable TaskScope scope,
      JoinMetrics metrics,
      RightSide right,
      Time clock) {
    this.identity = identity;
    this.rightTopic = config.rightTopic();
    this.keys = new KeyHasher(config.leftKey());
    this.time = config.leftTime();
    this.rightSync = config.rightSync();
    this.holdMaxRecords = config.holdMaxRecords();
    this.holdMaxBytes = config.holdMaxBytes() == 0 ? Long.MAX_VALUE : config.holdMaxBytes();
    this.metrics = metrics;
    this.scope = scope;
    this.right = right;
    this.held = new HeldLefts(right.window().afterMs());
    this.subscription = right.subscribe(held::arrived);
    this.matcher = new LeftMatcher(right, config.isLeftJoin(), metrics);
    this.catchUp =
        new CatchUp(identity.toString(), right.reader(), config.rightSync(), scope != null, clock);
    this.release =
        new LeftRelease(
            identity.toString(), right.reader(), matcher, held, catchUp, metrics, clock);
    this.clock = clock;
  }

  /**
   * Opens the right side and joins the task's scope, if there is one, under the alias.
   *
   * @throws StateUnavailableError if the right topic cannot be read, or lefts cannot be held
   */
  public static JoinOperator start(
      TemporalJoinConfig config,
      TransformId identity,
      Optional<TaskScope> scope,
      JoinMetrics metrics,
      KafkaAccess.Factory factory,
      Map<String, String> environment,
      Time clock) {
    if (config.afterMs() > 0 && scope.isEmpty()) {
      throw new StateUnavailableError(
          identity
              + ": left records are held for "
              + config.afterMs()
              + " ms ('window.after', or 'window'), which works in front of Tributary's own sink"
              + " only: another sink does not support records that are held back. Set"
              + " 'window.before' alone, without 'window' and 'window.after'.");
    }
    RightSide right =
        RightSide.acquire(
            config.right(scope.map(TaskScope::stateDefaults).orElse(Map.of()), environment),
            identity,
            factory,
            clock);
    JoinOperator started =
        new JoinOperator(config, identity, scope.orElse(null), metrics, right, clock);
    metrics.show(right);
    scope.ifPresent(s -> s.join(started));
    log.info("{}: joins the right topic '{}', {}", identity, started.rightTopic, right.window());
    return started;
  }

  @Override
  public TransformId id() {
    return identity;
  }

  /** Sets the transforms that released records go through; none until then. */
  public void setDownstream(Downstream transforms) {
    release.setDownstream(transforms);
  }

  /**
   * Joins a left record; one of the right topic passes.
   *
   * @return the joined record, a record with a {@link HeldValue} if it is held, or null if it is
   *     dropped
   * @throws DataException if the record cannot be joined because of its content
   * @throws StateUnavailableError if the right side cannot be read
   */
  public @Nullable SinkRecord join(SinkRecord record) {
    return join(record, FirstDelivery.BY_OFFSET);
  }

  /**
   * As {@link #join}, for a record that was released by a join before this one.
   *
   * @throws DataException if the record cannot be joined because of its content
   * @throws StateUnavailableError if the right side cannot be read
   */
  public @Nullable SinkRecord joinReleased(SinkRecord record, boolean unique) {
    return join(record, unique ? FirstDelivery.YES : FirstDelivery.NO);
  }

  /** Whether a left is delivered for the first time. */
  private enum FirstDelivery {
    /** If its offset is the highest of its partition so far. */
    BY_OFFSET,
    /** A released left, which comes out of the order of offsets. */
    YES,
    /** A released left that had been redelivered. */
    NO
  }

  private @Nullable SinkRecord join(SinkRecord record, FirstDelivery firstDelivery) {
    if (!RecordCoordinates.areKnown(record)) {
      throw new DataException(identity + ": the record does not come from a Kafka topic");
    }
    Object value = record.value();
    if (value == null
        || value instanceof HeldValue
        || value instanceof UnreadableValue
        || record.originalTopic().equals(rightTopic)) {
      return record;
    }
    catchUp.beforeLeft();
    LeftPartition source = partitions.of(record);
    try {
      return judge(withFields(record, value), source, countDelivery(record, source, firstDelivery));
    } catch (DataException e) {
      throw new DataException(
          identity
              + " at "
              + source.name()
              + "@"
              + record.originalKafkaOffset()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  /**
   * The record with a value that has fields: text may be JSON. Without fields it is an error, also
   * where it would not match anyway: its key might only not be readable.
   */
  private SinkRecord withFields(SinkRecord record, Object value) {
    Object fields;
    try {
      fields = text.withFields(value);
    } catch (DataException e) {
      throw new DataException(
          "only a record with named fields can be joined, but the value is " + e.getMessage(), e);
    }
    return fields == value
        ? record
        : LeftMatcher.withValue(record, record, new SchemaAndValue(null, fields));
  }

  /**
   * Counts the first delivery of a left, and drops the held one that it replaces, if any.
   *
   * @return whether the outcome of this delivery is to be counted
   */
  private boolean countDelivery(
      SinkRecord record, LeftPartition source, FirstDelivery firstDelivery) {
    long offset = record.originalKafkaOffset();
    boolean first =
        firstDelivery == FirstDelivery.BY_OFFSET
            ? source.markSeen(offset)
            : firstDelivery == FirstDelivery.YES;
    boolean undecided = source.takeUndecided(offset);
    HeldLeft before = held.at(source.name(), offset);
    if (before != null) {
      held.remove(before);
      undecided |= before.isUnique();
    }
    if (first && !undecided) {
      metrics.seen.increment();
    }
    return first || undecided;
  }

  private @Nullable SinkRecord judge(SinkRecord record, LeftPartition source, boolean unique) {
    long eventTime = time.of(record);
    if (eventTime == EventTime.MISSING) {
      metrics.missingTime.increment();
      return null;
    }
    if (time.movesStreamTime(eventTime, record) && source.moveTo(eventTime)) {
      subscription.leftTime(partitions.slowest());
    }
    if (!keys.hash(record)) {
      return matcher.unmatched(record, unique);
    }
    RightTable.Key key = new RightTable.Key(keys.high(), keys.low());
    SinkRecord match = matcher.match(record, key, eventTime);
    if (match == null && matcher.mayMatchLater(eventTime)) {
      HeldLeft left =
          new HeldLeft(
              identity.alias(),
              record,
              source.name(),
              key,
              eventTime,
              clock.milliseconds(),
              HeldLeft.OVERHEAD + MemoryEstimate.of(record),
              unique,
              number++);
      match = holdUnlessMatched(left);
      if (match == null) {
        showHeld();
        return LeftMatcher.withValue(record, record, new SchemaAndValue(null, left));
      }
    }
    if (match == null) {
      return matcher.unmatched(record, unique);
    }
    JoinMetrics.count(unique, metrics.matchedAtOnce);
    return match;
  }

  /** Holds a left, unless it matches a version that has arrived since its first look-up. */
  private @Nullable SinkRecord holdUnlessMatched(HeldLeft left) {
    held.add(left); // before the second look-up: now its key is awaited, so no version is missed
    boolean stays = false;
    try {
      SinkRecord match = matcher.match(left.record(), left.key(), left.time());
      stays = match == null;
      return match;
    } finally {
      if (!stays) {
        held.remove(left); // also if the two cannot be joined: then it is a failed record
      }
    }
  }

  @Override
  public void release(Consumer<SinkRecord> released) {
    catchUp.pollEnded();
    if (held.size() == 0) {
      return;
    }
    release.release(released);
    showHeld();
  }

  private void showHeld() {
    metrics.held.set(held.size());
    metrics.heldBytes.set(held.bytes());
    metrics.oldestReadMs.set(held.oldestReadMs());
  }

  @Override
  public long oldestHeld(TopicPartition partition) {
    return held.oldest(partition);
  }

  @Override
  public boolean isFull() {
    return held.size() >= holdMaxRecords
        || held.bytes() >= holdMaxBytes
        || (rightSync && right.reader().lag() > BEHIND_RECORDS);
  }

  /** A join has no durable state. */
  @Override
  public void flush() {}

  @Override
  public void opened(Map<TopicPartition, Long> positions) {
    positions
        .keySet()
        .forEach(
            name -> {
              if (!name.topic().equals(rightTopic)) {
                var unused = partitions.of(name);
              }
            });
    subscription.leftTime(partitions.slowest());
  }

  @Override
  public boolean isReady(TopicPartition partition) {
    right.reader().check();
    return right.reader().isLoaded();
  }

  @Override
  public void closed(Collection<TopicPartition> gone) {
    held.drop(
        gone,
        left -> {
          if (left.isUnique()) {
            partitions.of(left.partition()).leaveUndecided(left.offset());
          }
        });
    partitions.close(gone);
    subscription.leftTime(partitions.slowest());
    showHeld();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (scope != null) {
      scope.leave(this);
    }
    right.release(subscription);
  }
}
