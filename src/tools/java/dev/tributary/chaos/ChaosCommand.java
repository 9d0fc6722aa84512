package dev.tributary.chaos;

import dev.tributary.stack.ClickHouseServer;
import dev.tributary.stack.ConnectWorker;
import dev.tributary.stack.FaultProxy;
import dev.tributary.stack.KafkaBroker;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackException;
import dev.tributary.stack.StackUrls;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./tributary chaos}: exits 0 only when every number is there exactly once. */
@Command(name = "chaos")
public final class ChaosCommand implements Callable<Integer> {

  private static final int SEEDS = 1_000_000;

  @Option(names = "--minutes", defaultValue = "10")
  private double minutes;

  @Option(names = "--seed")
  private @Nullable Long seed;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    ChaosOptions options = options();
    refuseOwnServers(System.getenv());
    System.out.println(options.title());
    try (Stack stack = StackUrls.announcedStart(ChaosCommand::worker);
        ConnectWorker second = stack.newWorker("connect-2");
        ConnectWorker third = stack.newWorker("connect-3");
        FaultProxy proxy = FaultProxy.to(stack.clickHouse())) {
      start(second, third);
      List<ConnectWorker> workers = List.of(stack.worker(), second, third);
      ChaosPlan plan = ChaosPlan.of(options.seed(), options.duration());
      return run(stack, new Chaos(stack, workers, proxy, options, System.out), plan);
    }
  }

  /** The options given, checked. */
  public ChaosOptions options() {
    try {
      return new ChaosOptions(minutes, seed == null ? new Random().nextInt(SEEDS) : seed);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  /** Throws when the environment names servers that this program must not kill. */
  public static void refuseOwnServers(Map<String, String> environment) {
    for (String variable : List.of(KafkaBroker.VARIABLE, ClickHouseServer.VARIABLE)) {
      if (!environment.getOrDefault(variable, "").isBlank()) {
        throw new StackException(
            variable + " names a server of your own, and chaos kills servers: unset it");
      }
    }
  }

  /** Starts workers side by side. */
  static void start(ConnectWorker one, ConnectWorker other) {
    CompletableFuture.allOf(
            CompletableFuture.runAsync(one::start), CompletableFuture.runAsync(other::start))
        .join();
  }

  private static ConnectWorker.Config worker(ConnectWorker.Config standard) {
    return standard.withOffsetFlushInterval(Duration.ofSeconds(1));
  }

  private static int run(Stack stack, Chaos chaos, ChaosPlan plan) {
    boolean ok = false;
    try {
      ok = chaos.run(plan);
      return ok ? 0 : 1;
    } finally {
      if (!ok && !stack.isClosed()) {
        stack.keepFiles();
        System.out.println("Logs are in " + stack.directory());
      }
    }
  }
}
