package dev.tributary.connect.sink.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SinkBenchTest {

  /** Says nothing about speed: only that the benchmark still runs and prints what it promises. */
  @Test
  void runs_and_prints_the_machine_and_its_figures() {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    SinkBench.run(10_000, new PrintStream(printed, true, StandardCharsets.UTF_8));
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("cores", "memory", "java")
        .containsPattern(
            "JSON checked, and written as columns +[0-9,]+ /s +[0-9,]+ bytes of garbage")
        .containsPattern("structs written as columns +[0-9,]+ /s +[0-9,]+ bytes of garbage")
        .doesNotContain("NaN", "Infinity");
  }
}
