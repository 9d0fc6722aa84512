package dev.tributary.cli;

import dev.tributary.bench.BenchCommand;
import dev.tributary.chaos.ChaosCommand;
import dev.tributary.demo.DemoCommand;
import dev.tributary.stack.StackException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program behind {@code ./tributary}. */
@Command(
    name = "tributary",
    subcommands = {DemoCommand.class, BenchCommand.class, ChaosCommand.class, StackCommand.class})
public final class Main implements Runnable {

  private Main() {}

  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(out);
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setParameterExceptionHandler((failure, arguments) -> reportUsage(failure))
        .setExecutionExceptionHandler((failure, command, parsed) -> report(failure));
  }

  @Override
  public void run() {
    printHelp();
  }

  @Command(name = "help")
  void printHelp() {
    System.out.print(help());
  }

  /** The text that the launcher script prints too. */
  static String help() {
    try (InputStream in = Main.class.getResourceAsStream("help.txt")) {
      if (in == null) {
        throw new StackException("help.txt is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new StackException("Cannot read help.txt", e);
    }
  }

  private static int report(Exception failure) {
    if (!isShuttingDown()) {
      if (failure instanceof StackException) {
        System.err.println("tributary: " + failure.getMessage());
      } else {
        failure.printStackTrace();
      }
    }
    return 1;
  }

  private static int reportUsage(CommandLine.ParameterException failure) {
    System.err.println("tributary: " + failure.getMessage() + "; ./tributary help explains");
    return CommandLine.ExitCode.USAGE;
  }

  /** After Ctrl-C the servers go away under the main thread; that is no failure. */
  private static boolean isShuttingDown() {
    Thread probe = new Thread(() -> {});
    try {
      Runtime.getRuntime().addShutdownHook(probe);
      Runtime.getRuntime().removeShutdownHook(probe);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }
}
