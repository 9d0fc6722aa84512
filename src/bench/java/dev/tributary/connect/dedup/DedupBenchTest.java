package dev.tributary.connect.dedup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DedupBenchTest {

  /** Says nothing about speed: only that the benchmark still runs and prints what it promises. */
  @Test
  void runs_and_prints_the_machine_and_its_figures() {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    DedupBench.run(20_000, new PrintStream(printed, true, StandardCharsets.UTF_8));
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("cores", "memory", "java", "kafka-clients 4", "hash4j 0.", "marks    20,000")
        .contains("bytes per mark, heap, most while growing", "decisions/s", "restored/s")
        .containsPattern("bytes of a mark in the state topic +18.0\n")
        .doesNotContain("NaN", "Infinity");
  }
}
