package dev.tributary.connect.util;

import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** The causes of an exception, outermost first: the exception itself is the first of them. */
public final class Causes {

  private Causes() {}

  /** The innermost cause. */
  public static Throwable root(Throwable thrown) {
    Throwable root = thrown;
    for (Throwable cause = root.getCause(); cause != null; cause = root.getCause()) {
      root = cause;
    }
    return root;
  }

  /** The message of the innermost cause, or the simple name of its class if it has none. */
  public static String message(Throwable thrown) {
    Throwable root = root(thrown);
    String message = root.getMessage();
    return message == null ? root.getClass().getSimpleName() : message;
  }

  /** The outermost cause of a type. */
  public static <T extends Throwable> Optional<T> find(Throwable thrown, Class<T> type) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return Optional.of(type.cast(cause));
      }
    }
    return Optional.empty();
  }

  /**
   * The exception that an asynchronous call ended with, without the {@link ExecutionException} or
   * {@link CompletionException} that a future wraps around it.
   */
  public static Throwable unwrap(Throwable thrown) {
    Throwable cause = thrown.getCause();
    boolean wraps = thrown instanceof ExecutionException || thrown instanceof CompletionException;
    return wraps && cause != null ? cause : thrown;
  }
}
