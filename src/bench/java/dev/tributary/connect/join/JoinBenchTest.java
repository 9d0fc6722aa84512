package dev.tributary.connect.join;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JoinBenchTest {

  /** Says nothing about speed: only that the benchmark still runs and prints what it promises. */
  @Test
  void runs_and_prints_the_machine_and_its_figures() {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    JoinBench.run(1_000, new PrintStream(printed, true, StandardCharsets.UTF_8));
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("cores", "rows     1,000 of 200 bytes", "MiB for these rows")
        .contains("right rows decoded and put/s")
        .contains("100,000 held, microseconds per released key")
        .doesNotContain("NaN", "Infinity");
  }
}
