package dev.tributary.connect.join;

import dev.tributary.connect.join.right.DecodedRows;
import dev.tributary.connect.join.right.RightFields;
import dev.tributary.connect.join.right.RightSide;
import dev.tributary.connect.join.right.RightTable;
import dev.tributary.connect.join.right.Window;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Finds the right version of a left and makes the joined record of the two, or of the left alone.
 *
 * <p>Confined to the task thread; the right side is shared with other tasks.
 */
final class LeftMatcher {

  private final RightSide right;
  private final Window window;
  private final boolean leftJoin;
  private final JoinMetrics metrics;
  private final FieldMerger merger;
  private final DecodedRows rows;

  /**
   * @param leftJoin whether a left without a match is joined with null right fields, not dropped
   */
  LeftMatcher(RightSide right, boolean leftJoin, JoinMetrics metrics) {
    this.right = right;
    this.window = right.window();
    this.leftJoin = leftJoin;
    this.metrics = metrics;
    this.merger = new FieldMerger(right.fields(), right.schemas());
    this.rows = new DecodedRows(right.fields(), right.schemas());
  }

  /** Whether a version that a left at this time matches may still be read. */
  boolean mayMatchLater(long eventTime) {
    return window.afterMs() > 0 && right.reader().streamTime() - window.afterMs() <= eventTime;
  }

  /**
   * The joined record of a left and the version that it matches; null if there is none.
   *
   * @throws DataException if the two cannot be joined
   */
  @Nullable SinkRecord match(SinkRecord left, RightTable.Key key, long eventTime) {
    byte[] row = right.table().asOf(key, eventTime, window);
    return row == null ? null : withValue(left, left, merger.merge(left, rows.decode(row)));
  }

  /**
   * What becomes of a left without a match, counted if it is unique; null if it is dropped.
   *
   * @throws DataException if null right fields cannot be added to it
   */
  @Nullable SinkRecord unmatched(SinkRecord left, boolean unique) {
    if (!leftJoin) {
      JoinMetrics.count(unique, metrics.unmatchedDropped);
      return null;
    }
    RightFields.RightRow none = right.fields().none(right.schemas());
    SinkRecord alone = withValue(left, left, merger.merge(left, none));
    JoinMetrics.count(unique, metrics.unmatchedEmitted);
    return alone;
  }

  /**
   * A record with another value.
   *
   * @param made the record that it is derived from, which the framework traces it back to
   * @param of everything else is that of this one
   */
  static SinkRecord withValue(SinkRecord made, SinkRecord of, SchemaAndValue value) {
    return made.newRecord(
        of.topic(),
        of.kafkaPartition(),
        of.keySchema(),
        of.key(),
        value.schema(),
        value.value(),
        of.timestamp(),
        of.headers());
  }
}
