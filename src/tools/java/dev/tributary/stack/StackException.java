package dev.tributary.stack;

/** A server of the stack did not do what was asked; the message says which and why. */
public sealed class StackException extends RuntimeException permits ServerExitedException {

  private static final long serialVersionUID = 1L;

  public StackException(String message) {
    super(message);
  }

  public StackException(String message, Throwable cause) {
    super(message, cause);
  }
}
