package dev.tributary.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.chaos.ChaosPlan.Kind;
import dev.tributary.chaos.ChaosPlan.Step;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChaosPlanTest {

  @Test
  void theSeedDecides() {
    Duration duration = Duration.ofMinutes(10);
    assertThat(ChaosPlan.of(7, duration)).isEqualTo(ChaosPlan.of(7, duration));
    assertThat(ChaosPlan.of(8, duration)).isNotEqualTo(ChaosPlan.of(7, duration));
  }

  @Test
  void everyKindStrikesInOrderWhileInsertsAreLeft() {
    Duration duration = Duration.ofMinutes(2);
    for (long seed = 0; seed < 100; seed++) {
      List<Step> steps = ChaosPlan.of(seed, duration).steps();
      assertThat(steps).extracting(Step::kind).contains(Kind.values());
      assertThat(steps).isSortedAccordingTo(Comparator.comparing(Step::at));
      assertThat(steps).allMatch(step -> step.at().compareTo(duration.minusSeconds(2)) < 0);
    }
  }

  @Test
  void a_kind_that_is_planned_and_has_not_happened_is_missing() {
    ChaosPlan plan = new ChaosPlan(List.of(step(Kind.HOLD), step(Kind.FENCE), step(Kind.HOLD)));
    assertThat(plan.missing(Map.of(Kind.HOLD, 2L, Kind.FENCE, 1L, Kind.HANG, 0L))).isEmpty();
    assertThat(plan.missing(Map.of(Kind.HOLD, 0L, Kind.FENCE, 1L))).containsExactly(Kind.HOLD);
    assertThat(plan.missing(Map.of(Kind.HOLD, 1L))).containsExactly(Kind.FENCE);
  }

  private static Step step(Kind kind) {
    return new Step(Duration.ZERO, kind, 0);
  }
}
