package dev.tributary.connect.util;

import java.util.concurrent.ThreadFactory;

/**
 * Threads that do not keep the worker alive and whose name identifies their owner in a thread dump.
 */
public final class DaemonThreads {

  private DaemonThreads() {}

  /** A factory whose threads all have this name. */
  public static ThreadFactory named(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }
}
