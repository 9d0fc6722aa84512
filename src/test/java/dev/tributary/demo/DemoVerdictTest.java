package dev.tributary.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.demo.DemoVerdict.Check;
import java.util.List;
import org.junit.jupiter.api.Test;

class DemoVerdictTest {

  private static final Check SAME = new Check("count()", 9091, 9091);
  private static final Check OTHER = new Check("dropped", 908, 909);

  @Test
  void isOkOnlyWhenEveryNumberIsAsExpected() {
    assertThat(new DemoVerdict(List.of(SAME, SAME), 1).isOk()).isTrue();
    assertThat(new DemoVerdict(List.of(SAME, OTHER), 1).isOk()).isFalse();
  }

  @Test
  void textMarksWhatDiffersAndTellsTheTime() {
    assertThat(new DemoVerdict(List.of(SAME, OTHER), 12.34).text().lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("✓ count()").contains("9,091"),
            line -> assertThat(line).startsWith("✗ dropped").contains("908", "909"),
            line -> assertThat(line).isEqualTo("12.3 s from the first event to the last row"),
            line -> assertThat(line).startsWith("NOT OK"));
  }
}
