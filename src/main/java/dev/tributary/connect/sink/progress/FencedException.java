package dev.tributary.connect.sink.progress;

import org.jspecify.annotations.Nullable;

/**
 * Another owner has claimed the partition: nothing that this one does from now on may have an
 * effect.
 */
public final class FencedException extends Exception {

  public FencedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
