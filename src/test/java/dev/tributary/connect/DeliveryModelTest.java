package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Many schedules of {@link DeliveryModel}, other ones in each run. To repeat one: {@code
 * ./tributary model --schedules 1 --seed N}.
 */
class DeliveryModelTest {

  private static final int SCHEDULES = Integer.getInteger("tributary.model.schedules", 20_000);

  @Test
  void command_line_names_the_class_that_runs_a_million() throws Exception {
    assertThat(Files.readString(Path.of("tributary")))
        .contains("main=" + DeliverySchedules.class.getName() + " ");
  }

  @Test
  void each_record_has_one_row_in_the_table_and_in_its_view_whatever_fails_together()
      throws InterruptedException {
    DeliverySchedules schedules =
        new DeliverySchedules(DeliverySchedules.randomSeed(), SCHEDULES).run();
    System.out.println(schedules.report());
    assertThat(schedules.failures()).isEmpty();
    assertThat(schedules.missing()).isEmpty();
  }
}
