package dev.tributary.connect.kafka;

import org.jspecify.annotations.Nullable;

/**
 * State cannot be read or written, so the task must stop: a record must never pass undecided.
 *
 * <p>An {@link Error}, not an exception, on purpose: under {@code errors.tolerance=all} Connect
 * would take an exception of a transform for a bad record and send good ones to the dead letter
 * queue. An error stops the task, nothing is committed, and a restart resumes where it stopped.
 */
public final class StateUnavailableError extends Error {

  public StateUnavailableError(String message) {
    super(message);
  }

  public StateUnavailableError(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
