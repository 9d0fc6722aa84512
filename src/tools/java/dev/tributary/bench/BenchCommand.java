package dev.tributary.bench;

import dev.tributary.stack.ConnectWorker;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackFiles;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./tributary bench}: exits 0 only when every run has left exactly the right rows. */
@Command(name = "bench")
public final class BenchCommand implements Callable<Integer> {

  private static final long QUICK_EVENTS = 100_000;
  private static final int TRICKLE_SECONDS = 20;
  private static final int QUICK_TRICKLE_SECONDS = 3;

  @Option(names = "--events", defaultValue = "1000000")
  private long events;

  @Option(names = "--rounds", defaultValue = "5")
  private int rounds;

  @Option(names = "--quick")
  private boolean quick;

  @Option(names = "--only", split = ",")
  private List<String> only = new ArrayList<>();

  @Option(names = "--with")
  private List<String> with = new ArrayList<>();

  @Option(names = "--against")
  private @Nullable Path against;

  @Option(names = "--config")
  private @Nullable Path config;

  @Option(
      names = "--scale",
      arity = "0..1",
      split = ",",
      fallbackValue = "width,batch,partitions,dedup")
  private List<String> scale = new ArrayList<>();

  @Option(names = "--pictures")
  private @Nullable Path pictures;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    check();
    PrintStream out = System.out;
    out.print(Machine.describe());
    List<BenchRow> rows = rows();
    Optional<Against> other = Optional.ofNullable(config).map(Against::read);
    try (Stack stack = Stack.start(this::withPlugins)) {
      String servers = "Kafka and Connect 4.3, ClickHouse " + version(stack);
      out.printf("servers  %s%n", servers);
      if (!scale.isEmpty()) {
        Scale run =
            new Scale(
                stack,
                out,
                quick ? 1 : rounds,
                Optional.ofNullable(pictures),
                Machine.line() + "; " + servers);
        return status(() -> run.run(series(stack)), System.err);
      }
      other.ifPresent(sink -> rows.add(checked(sink, stack)));
      int trickle = (quick ? QUICK_TRICKLE_SECONDS : TRICKLE_SECONDS) * Latency.PER_SECOND;
      Bench bench =
          new Bench(stack, out, quick ? QUICK_EVENTS : events, quick ? 1 : rounds, trickle);
      return status(() -> bench.run(rows), System.err);
    }
  }

  /** The exit code of a benchmark. */
  static int status(Runnable bench, PrintStream err) {
    try {
      bench.run();
      return 0;
    } catch (WrongRowsException e) {
      err.println("tributary: " + e.getMessage());
      return 1;
    }
  }

  private void check() {
    if (events < 10_000 || rounds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--events must be at least 10000 and --rounds at least 1");
    }
    checkScale();
    if ((against == null) != (config == null)) {
      throw new ParameterException(
          spec.commandLine(),
          "--against names a plugin directory and --config the settings of its sink: give both");
    }
    if (against != null && !Files.isDirectory(against)) {
      throw new ParameterException(
          spec.commandLine(), "--against " + against + " is not a directory");
    }
  }

  private void checkScale() {
    for (String id : scale) {
      if (!ScalePlan.IDS.contains(id)) {
        throw new ParameterException(
            spec.commandLine(),
            "--scale " + id + " is none of " + String.join(", ", ScalePlan.IDS));
      }
    }
    if (scale.isEmpty() && pictures != null) {
      throw new ParameterException(
          spec.commandLine(), "--pictures is for what --scale measures: give both");
    }
    boolean narrowed = !only.isEmpty() || !with.isEmpty() || against != null || config != null;
    if (!scale.isEmpty()
        && (narrowed || spec.commandLine().getParseResult().hasMatchedOption("--events"))) {
      throw new ParameterException(
          spec.commandLine(),
          "--scale has events of its own and only Tributary's sink: leave --events, --only, --with,"
              + " --against and --config");
    }
  }

  private List<ScaleSeries> series(Stack stack) {
    return ScalePlan.series(stack, quick).stream()
        .filter(series -> scale.contains(series.id()))
        .toList();
  }

  /** A worker as users start it. Other plugins need not be listed for the service loader. */
  private ConnectWorker.Config withPlugins(ConnectWorker.Config standard) {
    ConnectWorker.Config worker =
        standard.withKafkasMemory().withPlugin(StackFiles.foreignSinkDirectory());
    return against == null
        ? worker
        : worker
            .withPlugin(against.toAbsolutePath().normalize())
            .withProperty("plugin.discovery", "hybrid_warn");
  }

  private BenchRow checked(Against other, Stack stack) {
    other.check(stack, against == null ? Path.of("") : against);
    return other.row(stack.clickHouse(), Bench.EVENTS);
  }

  /** Those of the table that are wanted, and what goes beside them, which always is. */
  List<BenchRow> rows() {
    List<BenchRow> rows = new ArrayList<>(BenchRows.all());
    List<String> ids = rows.stream().map(BenchRow::id).toList();
    for (String id : only) {
      if (!ids.contains(id)) {
        throw new ParameterException(
            spec.commandLine(), "--only " + id + " is none of " + String.join(", ", ids));
      }
    }
    boolean compares = !with.isEmpty() || against != null;
    rows.removeIf(
        row ->
            !only.isEmpty()
                && !only.contains(row.id())
                && !(compares && row.id().equals(BenchRows.SINK)));
    addWith(rows);
    return rows;
  }

  /** Right after the line that they are compared with. */
  private void addWith(List<BenchRow> rows) {
    for (int i = 0; i < with.size(); i++) {
      try {
        int base = rows.indexOf(BenchRows.sink());
        rows.add(base + i + 1, With.row(rows.get(base), with.get(i), i + 1));
      } catch (IllegalArgumentException e) {
        throw new ParameterException(
            spec.commandLine(), "--with " + with.get(i) + " " + e.getMessage(), e);
      }
    }
  }

  private static String version(Stack stack) {
    return stack.clickHouse().sql().query("SELECT version()").strip().toLowerCase(Locale.ROOT);
  }
}
