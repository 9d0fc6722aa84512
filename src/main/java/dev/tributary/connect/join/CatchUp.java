package dev.tributary.connect.join;

import dev.tributary.connect.join.right.EndOffsetRequest;
import dev.tributary.connect.join.right.RightReader;
import dev.tributary.connect.kafka.StateUnavailableError;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;

/**
 * Has the right topic read to its end: before the lefts of a poll are judged, and while lefts are
 * held. Confined to the task thread.
 */
final class CatchUp {

  /** How long a poll waits for the right side; well inside max.poll.interval.ms. */
  private static final long PATIENCE_MS = 120_000;

  /** A foreign sink does not tell when a poll has ended: how old a reading to the end may be. */
  private static final long FOREIGN_MS = 10;

  private final String owner;
  private final RightReader reader;
  private final boolean everyPoll;
  private final boolean pollsAreTold;
  private final Time clock;
  private boolean pollEnded = true;
  private long caughtUpMs;
  private long readToEndMs;
  private @Nullable EndOffsetRequest underWay;

  /**
   * @param owner who speaks in errors
   * @param everyPoll false: only before the first left of all
   * @param pollsAreTold whether {@link #pollEnded} will be called
   */
  CatchUp(String owner, RightReader reader, boolean everyPoll, boolean pollsAreTold, Time clock) {
    this.owner = owner;
    this.reader = reader;
    this.everyPoll = everyPoll;
    this.pollsAreTold = pollsAreTold;
    this.clock = clock;
  }

  /**
   * The lefts that follow are of another poll.
   *
   * @throws StateUnavailableError if the right topic cannot be read
   */
  void pollEnded() {
    reader.check();
    pollEnded = true;
  }

  /**
   * Returns when the topic has been read to the end that it has had since the poll.
   *
   * @throws StateUnavailableError if it cannot be read, or takes too long
   */
  void beforeLeft() {
    reader.check();
    if (reader.isLoaded() && !everyPoll) {
      return;
    }
    if (pollsAreTold ? !pollEnded : clock.milliseconds() - caughtUpMs < FOREIGN_MS) {
      return;
    }
    long deadline = clock.milliseconds() + PATIENCE_MS;
    EndOffsetRequest request = reader.requestEndOffsets();
    while (!request.await(100)) {
      reader.check();
      if (reader.isLoaded() && clock.milliseconds() > deadline) {
        throw new StateUnavailableError(
            owner
                + ": the right topic could not be read to its end for "
                + PATIENCE_MS / 1000
                + " s, "
                + reader.lag()
                + " records are left. The task stops, nothing is lost. Check its brokers, or set"
                + " 'right.sync' to false; then restart the task.");
      }
    }
    reader.check();
    readToEndMs = Math.max(readToEndMs, request.askedMs());
    pollEnded = false;
    caughtUpMs = clock.milliseconds();
  }

  /**
   * When the ends were asked for to which the topic has been read, by the wall clock. Does not
   * wait; it moves on as this is called again and again.
   */
  long readToEndMs() {
    EndOffsetRequest asked = underWay;
    if (asked == null || asked.isDone()) {
      if (asked != null) {
        readToEndMs = Math.max(readToEndMs, asked.askedMs());
      }
      underWay = reader.requestEndOffsets();
    }
    return readToEndMs;
  }
}
