package dev.tributary.connect.sink.offsets;

import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.sink.SinkTaskContext;

/** Requests commits from the framework. Confined to the task thread. */
public final class CommitRequests {

  /** The shortest time between two commits that are requested because rows were stored. */
  private static final long INTERVAL_MS = 1_000;

  private final SinkTaskContext context;
  private final Time time;
  private long nextMs;

  /** Whether a requested commit has not come yet. */
  private boolean asked;

  public CommitRequests(SinkTaskContext context, Time time) {
    this.context = context;
    this.time = time;
  }

  public void request() {
    asked = true;
    context.requestCommit();
  }

  /** Rows were stored. A crash repeats the rows since the last commit, so commits are frequent. */
  public void inserted() {
    long now = time.milliseconds();
    if (now >= nextMs) {
      request();
      nextMs = now + INTERVAL_MS;
    }
  }

  /** A commit has come; returns whether the task requested it. */
  public boolean takeAsked() {
    boolean was = asked;
    asked = false;
    return was;
  }
}
