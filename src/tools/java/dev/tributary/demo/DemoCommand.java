package dev.tributary.demo;

import dev.tributary.stack.ClickHouseServer;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.KafkaBroker;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackUrls;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./tributary demo}: exits 0 only when every number is as expected. */
@Command(name = "demo")
public final class DemoCommand implements Callable<Integer> {

  private static final DateTimeFormatter SUFFIX =
      DateTimeFormatter.ofPattern("'_'yyyyMMddHHmmss").withZone(ZoneOffset.UTC);

  @Option(names = "--events", defaultValue = "10000")
  private long events;

  @Option(names = "--rate", defaultValue = "1000")
  private int rate;

  @Option(names = "--duplicates", defaultValue = "0.1")
  private BigDecimal duplicates;

  @Option(names = "--keep")
  private boolean keep;

  @Option(names = "--seed", defaultValue = "42")
  private long seed;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    DemoOptions options = options();
    DemoNames names = names(System.getenv());
    boolean terminal = Boolean.getBoolean("tributary.terminal");
    System.out.println(Demo.title(options));
    try (Stack stack = StackUrls.announcedStart(config -> config.withGroup(names.workerGroup()))) {
      if (options.keep()) {
        System.out.println(StackUrls.of(stack));
      }
      boolean ok = run(stack, new Demo(stack, names, options, System.out, terminal));
      if (options.keep()) {
        System.out.printf("%n%s%n", StackUrls.of(stack));
        System.out.println(StackUrls.query(stack.clickHouse(), names.table()));
        Stack.awaitInterrupt();
      }
      removeFromOwnCluster(stack, names);
      return ok ? 0 : 1;
    }
  }

  /** The options given, checked. */
  public DemoOptions options() {
    try {
      return new DemoOptions(events, rate, duplicates, keep, seed);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  /** Servers of the user's own may hold anything, so there each run takes fresh names. */
  public static DemoNames names(Map<String, String> environment) {
    boolean own =
        !environment.getOrDefault(KafkaBroker.VARIABLE, "").isBlank()
            || !environment.getOrDefault(ClickHouseServer.VARIABLE, "").isBlank();
    return new DemoNames(own ? SUFFIX.format(Instant.now()) : "");
  }

  private static boolean run(Stack stack, Demo demo) {
    try {
      boolean ok = demo.run().isOk();
      if (!ok) {
        stack.keepFiles();
        System.out.println("Logs are in " + stack.directory());
      }
      return ok;
    } catch (RuntimeException e) {
      if (!stack.isClosed()) {
        stack.keepFiles();
        System.out.println("\nLogs are in " + stack.directory());
      }
      throw e;
    }
  }

  private static void removeFromOwnCluster(Stack stack, DemoNames names) {
    if (stack.broker().isEmbedded()) {
      return;
    }
    stack.worker().rest().deleteConnector(names.connector());
    stack.worker().stop();
    List<String> topics = new ArrayList<>(stack.worker().internalTopics());
    topics.add(names.topic());
    try (KafkaAdmin admin = stack.broker().admin()) {
      admin.deleteTopics(topics);
    }
    System.out.println("Removed topics " + topics + "; table " + names.table() + " is still there");
  }
}
