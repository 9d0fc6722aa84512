package dev.tributary.stack;

import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;

/** {@code ./tributary stack}: the servers alone, until Ctrl-C. */
@Command(name = "stack")
final class StackCommand implements Runnable {

  @Override
  public void run() {
    try (Stack stack = StackUrls.announcedStart(config -> config)) {
      System.out.println(StackUrls.of(stack));
      awaitInterrupt();
    }
  }

  /** Blocks until the JVM is told to end; its shutdown hooks then stop the servers. */
  static void awaitInterrupt() {
    System.out.println("Ctrl-C stops everything.");
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
