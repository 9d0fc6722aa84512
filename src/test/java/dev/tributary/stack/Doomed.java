package dev.tributary.stack;

import java.io.IOException;

/**
 * A program that ends by itself with the status given as argument, or without one waits for its
 * standard input to end.
 */
final class Doomed {

  private Doomed() {}

  public static void main(String[] args) throws IOException {
    System.out.println("one line");
    System.out.println("last line");
    if (args.length > 0) {
      Runtime.getRuntime().halt(Integer.parseInt(args[0]));
    }
    System.exit(System.in.read() < 0 ? 0 : 1);
  }
}
