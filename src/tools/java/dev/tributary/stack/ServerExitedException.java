package dev.tributary.stack;

import java.util.List;

/** A server exited by itself: the cause of whatever else went wrong then. */
public final class ServerExitedException extends StackException {

  private static final long serialVersionUID = 1L;

  private ServerExitedException(ServerExit exit) {
    super(exit.report());
  }

  /**
   * @param exits at least one; all but the first are suppressed exceptions
   */
  public static ServerExitedException of(List<ServerExit> exits) {
    ServerExitedException first = new ServerExitedException(exits.get(0));
    exits.stream().skip(1).map(ServerExitedException::new).forEach(first::addSuppressed);
    return first;
  }
}
