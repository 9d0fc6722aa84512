package dev.tributary.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.chaos.ChaosPlan.Kind;
import dev.tributary.chaos.ChaosPlan.Step;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChaosPlanTest {

  @Test
  void theSeedDecides() {
    Duration duration = Duration.ofMinutes(10);
    assertThat(ChaosPlan.of(7, duration)).isEqualTo(ChaosPlan.of(7, duration));
    assertThat(ChaosPlan.of(8, duration)).isNotEqualTo(ChaosPlan.of(7, duration));
  }

  @Test
  void everyKindStrikesWithinTheTimeAndInOrder() {
    Duration duration = Duration.ofMinutes(2);
    for (long seed = 0; seed < 100; seed++) {
      List<Step> steps = ChaosPlan.of(seed, duration).steps();
      assertThat(steps).extracting(Step::kind).contains(Kind.values());
      assertThat(steps).isSortedAccordingTo(Comparator.comparing(Step::at));
      assertThat(steps).allMatch(step -> step.at().compareTo(duration) < 0);
    }
  }
}
