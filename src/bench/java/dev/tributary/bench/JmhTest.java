package dev.tributary.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

class JmhTest {

  static {
    // Another JMH on the machine would only spoil its own figures.
    System.setProperty("jmh.ignoreLock", "true");
  }

  /** What the compiler's plug-in has found. */
  private static Set<String> benchmarks() {
    Set<String> classes = new TreeSet<>();
    for (BenchmarkListEntry entry :
        BenchmarkList.defaultList()
            .getAll(
                OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT),
                List.of())) {
      classes.add(entry.getUserClassQName());
    }
    return classes;
  }

  /**
   * Says nothing about speed: only that every benchmark still runs, with each of its parameters.
   */
  @Test
  void every_benchmark_runs() throws RunnerException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(TimeValue.milliseconds(1))
                    .param("marks", "1000")
                    .param("rows", "1000")
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    assertThat(results)
        .extracting(result -> result.getParams().getBenchmark().replaceAll("\\.[^.]*$", ""))
        .containsAll(benchmarks())
        .hasSizeGreaterThan(50);
  }

  @Test
  void the_javadoc_of_a_benchmark_says_how_to_run_it() throws IOException {
    assertThat(benchmarks()).isNotEmpty();
    for (String name : benchmarks()) {
      Path source = Path.of("src/bench/java", name.replace('.', '/') + ".java");
      String simpleName = name.substring(name.lastIndexOf('.') + 1);
      assertThat(Files.readString(source))
          .containsPattern(
              " \\* mvn -q -Pbench test-compile exec:exec@bench -Dbench.main=org.openjdk.jmh.Main"
                  + " -Dbench.args=\""
                  + simpleName
                  + "( -prof gc)?\"\n");
    }
  }
}
