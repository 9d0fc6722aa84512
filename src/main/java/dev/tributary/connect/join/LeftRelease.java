package dev.tributary.connect.join;

import dev.tributary.connect.join.right.RightReader;
import dev.tributary.connect.record.HeldValue;
import dev.tributary.connect.record.UnreadableValue;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Releases held lefts: joined when they have found their match, unmatched when their window has
 * passed, both through the transforms downstream of the join. A left that this join or one of those
 * refuses is released with an {@link UnreadableValue}, for the sink to report: the framework, which
 * reports what a transform throws for a record that it delivers, has no part in a release.
 *
 * <p>Confined to the task thread.
 */
final class LeftRelease {

  private final String owner;
  private final RightReader reader;
  private final LeftMatcher matcher;
  private final HeldLefts held;
  private final CatchUp catchUp;
  private final JoinMetrics metrics;
  private final Time clock;
  private JoinOperator.Downstream downstream = (record, unique) -> record;

  /**
   * @param owner prefix of error messages
   */
  LeftRelease(
      String owner,
      RightReader reader,
      LeftMatcher matcher,
      HeldLefts held,
      CatchUp catchUp,
      JoinMetrics metrics,
      Time clock) {
    this.owner = owner;
    this.reader = reader;
    this.matcher = matcher;
    this.held = held;
    this.catchUp = catchUp;
    this.metrics = metrics;
    this.clock = clock;
  }

  /** See {@link JoinOperator#setDownstream}. */
  void setDownstream(JoinOperator.Downstream transforms) {
    downstream = transforms;
  }

  /** Releases what can be released now. */
  void release(Consumer<SinkRecord> released) {
    // First the times, then the versions: no version up to these times is missed.
    long rightTime = reader.streamTime();
    long readToEndMs = catchUp.readToEndMs();
    held.settle(
        clock.milliseconds(), rightTime, readToEndMs, left -> releaseMatched(left, released));
    held.expire(
        rightTime,
        readToEndMs,
        left -> {
          if (!releaseMatched(left, released)) {
            emit(left, unmatched(left), released);
          }
        });
  }

  /** Releases a left joined if it has found its match; returns whether it has. */
  private boolean releaseMatched(HeldLeft left, Consumer<SinkRecord> released) {
    SinkRecord match;
    try {
      match = matcher.match(left.record(), left.key(), left.time());
    } catch (DataException e) {
      match = refused(left, e);
    }
    if (match == null) {
      return false;
    }
    JoinMetrics.count(left.isUnique(), metrics.matchedLate);
    emit(left, match, released);
    return true;
  }

  private @Nullable SinkRecord unmatched(HeldLeft left) {
    try {
      return matcher.unmatched(left.record(), left.isUnique());
    } catch (DataException e) {
      return refused(left, e);
    }
  }

  private SinkRecord refused(HeldLeft left, DataException e) {
    return refused(left.record(), owner + ": " + e.getMessage());
  }

  private static SinkRecord refused(SinkRecord record, String reason) {
    return LeftMatcher.withValue(
        record, record, new SchemaAndValue(null, new UnreadableValue(reason)));
  }

  private void emit(HeldLeft left, @Nullable SinkRecord found, Consumer<SinkRecord> released) {
    if (found == null) {
      return;
    }
    SinkRecord result =
        throughDownstream(
            LeftMatcher.withValue(
                left.marker(), found, new SchemaAndValue(found.valueSchema(), found.value())),
            left.isUnique());
    if (result == null) {
      return;
    }
    if (result.value() instanceof HeldValue again) {
      again.replacedBy(result);
    } else {
      released.accept(result);
    }
  }

  private @Nullable SinkRecord throughDownstream(SinkRecord record, boolean unique) {
    try {
      return downstream.apply(record, unique);
    } catch (DataException e) {
      return refused(record, String.valueOf(e.getMessage()));
    }
  }
}
