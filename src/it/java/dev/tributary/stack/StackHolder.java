package dev.tributary.stack;

import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A program that starts a stack, prints its directory and the process ids of its servers, and waits
 * to be killed.
 */
final class StackHolder {

  private StackHolder() {}

  public static void main(String[] args) throws InterruptedException {
    try (Stack stack = Stack.start(config -> config)) {
      System.out.println(stack.directory());
      for (Server server : List.of(stack.broker(), stack.clickHouse(), stack.worker())) {
        System.out.println(server.pid());
      }
      new CountDownLatch(1).await();
    }
  }
}
