package dev.tributary.connect.sink.offsets;

import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.sink.SinkTaskContext;

/** When a task asks the framework for a commit. Confined to the task thread. */
public final class CommitRequests {

  /** The shortest time between two commits because of rows that are in ClickHouse. */
  private static final long INTERVAL_MS = 1_000;

  private final SinkTaskContext context;
  private final Time time;
  private long nextMs;

  /** Whether the task has asked for a commit that has not come yet. */
  private boolean asked;

  public CommitRequests(SinkTaskContext context, Time time) {
    this.context = context;
    this.time = time;
  }

  public void request() {
    asked = true;
    context.requestCommit();
  }

  /** A crash repeats what was inserted since the last commit: keeps that short. */
  public void inserted() {
    long now = time.milliseconds();
    if (now >= nextMs) {
      request();
      nextMs = now + INTERVAL_MS;
    }
  }

  /** A commit has come; returns whether the task has asked for it. */
  public boolean takeAsked() {
    boolean was = asked;
    asked = false;
    return was;
  }
}
