package dev.tributary.connect.join;

import dev.tributary.connect.join.right.EndOffsetRequest;
import dev.tributary.connect.join.right.RightReader;
import dev.tributary.connect.kafka.StateUnavailableError;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;

/**
 * Makes the right table current: reads the right topic to its end offsets before the lefts of a
 * poll are joined, and while lefts are held. Confined to the task thread.
 */
final class CatchUp {

  /** How long a poll waits for the right side; well below max.poll.interval.ms. */
  private static final long PATIENCE_MS = 120_000;

  /**
   * For foreign sinks, which do not announce the end of a poll: how old a read to the end may be.
   */
  private static final long FOREIGN_MS = 10;

  private final String owner;
  private final RightReader reader;
  private final boolean everyPoll;
  private final boolean pollsAnnounced;
  private final Time clock;
  private boolean pollEnded = true;
  private long caughtUpMs;
  private long readToEndMs;
  private @Nullable EndOffsetRequest inFlight;

  /**
   * @param owner prefix of errors
   * @param everyPoll whether to do so before every poll, not only before the very first left
   * @param pollsAnnounced whether {@link #pollEnded} will be called
   */
  CatchUp(String owner, RightReader reader, boolean everyPoll, boolean pollsAnnounced, Time clock) {
    this.owner = owner;
    this.reader = reader;
    this.everyPoll = everyPoll;
    this.pollsAnnounced = pollsAnnounced;
    this.clock = clock;
  }

  /**
   * The lefts that follow belong to another poll.
   *
   * @throws StateUnavailableError if the right topic cannot be read
   */
  void pollEnded() {
    reader.check();
    pollEnded = true;
  }

  /**
   * Returns when the topic has been read to end offsets that were looked up after the poll.
   *
   * @throws StateUnavailableError if it cannot be read, or takes too long
   */
  void beforeLeft() {
    reader.check();
    if (reader.isLoaded() && !everyPoll) {
      return;
    }
    if (pollsAnnounced ? !pollEnded : clock.milliseconds() - caughtUpMs < FOREIGN_MS) {
      return;
    }
    long deadline = clock.milliseconds() + PATIENCE_MS;
    EndOffsetRequest request = reader.requestEndOffsets();
    while (!request.await(100)) {
      reader.check();
      if (reader.isLoaded() && clock.milliseconds() > deadline) {
        throw new StateUnavailableError(
            owner
                + ": the right topic could not be read to its end within "
                + PATIENCE_MS / 1000
                + " s, "
                + reader.lag()
                + " records are unread. The task stops, nothing is lost. Check its brokers, or"
                + " set 'right.sync' to false; then restart the task.");
      }
    }
    reader.check();
    readToEndMs = Math.max(readToEndMs, request.askedMs());
    pollEnded = false;
    caughtUpMs = clock.milliseconds();
  }

  /**
   * When the end offsets were looked up to which the topic has been read, by the wall clock. Does
   * not wait: each call starts the next look-up if none is in flight.
   */
  long readToEndMs() {
    EndOffsetRequest asked = inFlight;
    if (asked == null || asked.isDone()) {
      if (asked != null) {
        readToEndMs = Math.max(readToEndMs, asked.askedMs());
      }
      inFlight = reader.requestEndOffsets();
    }
    return readToEndMs;
  }
}
