package dev.tributary.connect.sink.progress;

import org.jspecify.annotations.Nullable;

/** Another owner has taken over: what this one does from now on must have no effect. */
public final class FencedException extends Exception {

  public FencedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
