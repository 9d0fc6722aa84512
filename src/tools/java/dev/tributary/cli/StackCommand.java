package dev.tributary.cli;

import dev.tributary.stack.Stack;
import dev.tributary.stack.StackUrls;
import picocli.CommandLine.Command;

/** {@code ./tributary stack}: the servers alone, until Ctrl-C. */
@Command(name = "stack")
public final class StackCommand implements Runnable {

  @Override
  public void run() {
    try (Stack stack = StackUrls.announcedStart(config -> config)) {
      System.out.println(StackUrls.of(stack));
      Stack.awaitInterrupt();
    }
  }
}
