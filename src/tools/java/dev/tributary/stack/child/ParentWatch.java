package dev.tributary.stack.child;

import java.io.IOException;

/**
 * Ties a child JVM's life to its parent's: the parent holds the other end of this JVM's standard
 * input, and the operating system closes it when the parent is gone, however it went.
 */
final class ParentWatch {

  private static final int PARENT_GONE = 99;

  private ParentWatch() {}

  /** Halts this JVM, without its shutdown hooks, as soon as standard input ends. */
  static void start() {
    Thread watch = new Thread(ParentWatch::haltAtEndOfInput, "parent-watch");
    watch.setDaemon(true);
    watch.start();
  }

  private static void haltAtEndOfInput() {
    try {
      int read;
      do {
        read = System.in.read();
      } while (read >= 0);
    } catch (IOException e) {
      System.err.println("Standard input failed: " + e.getMessage());
    }
    Runtime.getRuntime().halt(PARENT_GONE);
  }
}
