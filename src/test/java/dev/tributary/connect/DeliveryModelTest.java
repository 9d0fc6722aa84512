package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.DeliveryModel.Fault;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Many schedules of {@link DeliveryModel}, other ones in each run. One schedule again: {@code mvn
 * test -Dtest=DeliveryModelTest -Dtributary.model.schedules=1 -Dtributary.model.seed=…}.
 */
class DeliveryModelTest {

  private final int schedules = Integer.getInteger("tributary.model.schedules", 20_000);
  private final long first = Long.getLong("tributary.model.seed", new SecureRandom().nextLong());

  /** How often two faults happened in one schedule; one fault alone on the diagonal. */
  private final Map<Fault, Map<Fault, Integer>> together = new EnumMap<>(Fault.class);

  @Test
  void each_record_has_one_row_in_the_table_and_in_its_view_whatever_fails_together() {
    long startedMs = System.currentTimeMillis();
    List<String> failures = new ArrayList<>();
    for (int i = 0; i < schedules && failures.size() < 50; i++) {
      long seed = first + i;
      DeliveryModel model = new DeliveryModel(seed);
      try {
        model.run();
      } catch (Throwable e) {
        failures.add("seed " + seed + " with " + model.happened() + ": " + e);
      }
      count(model);
    }
    System.out.println(report(System.currentTimeMillis() - startedMs));
    assertThat(failures).isEmpty();
    if (schedules >= 20_000) {
      assertThat(together.values())
          .hasSize(Fault.values().length)
          .allSatisfy(row -> assertThat(row).hasSize(Fault.values().length));
    }
  }

  private void count(DeliveryModel model) {
    for (Fault one : model.happened()) {
      Map<Fault, Integer> row = together.computeIfAbsent(one, key -> new EnumMap<>(Fault.class));
      model.happened().forEach(other -> row.merge(other, 1, Integer::sum));
    }
  }

  private String report(long ms) {
    StringBuilder text =
        new StringBuilder(
            "%d schedules from seed %d in %d ms; faults that happened together:%n"
                .formatted(schedules, first, ms));
    text.append("%-9s".formatted(""));
    for (Fault column : Fault.values()) {
      text.append("%9s".formatted(column));
    }
    for (Fault fault : Fault.values()) {
      text.append("%n%-9s".formatted(fault));
      for (Fault other : Fault.values()) {
        text.append("%9d".formatted(together.getOrDefault(fault, Map.of()).getOrDefault(other, 0)));
      }
    }
    return text.toString();
  }
}
