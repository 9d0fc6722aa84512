package dev.tributary.it.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseServer;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The sink's user may not do what the sink needs. */
@ExtendWith(StackExtension.class)
class PermissionsIT {

  private static Pipeline pipeline(Stack stack, String name, String user, String password) {
    return new Pipeline(stack, name, 1, "id UInt32")
        .with("clickhouse.username", user)
        .with("clickhouse.password", password)
        .with("retry.backoff.ms", "100")
        .with("retry.backoff.max.ms", "500");
  }

  private static void send(Pipeline pipeline, int from, int to) {
    IntStream.range(from, to).forEach(i -> pipeline.send("{\"id\":%d}".formatted(i)));
    pipeline.flush();
  }

  /** The task fails, commits nothing, and resumes as another user. */
  private static void failsUntilItIsAnother(Stack stack, Pipeline pipeline, String... message) {
    send(pipeline, 0, 10);
    pipeline.create();
    assertThat(pipeline.awaitFailure()).contains(message).contains("restart the task");
    assertThat(pipeline.committed(0)).isZero();
    pipeline.with("clickhouse.username", "default");
    stack.worker().rest().putConfig(pipeline.name(), pipeline.config());
    pipeline.awaitRestarted();
    pipeline.awaitDone();
    assertThat(pipeline.count("count()")).isEqualTo(10);
    assertThat(pipeline.count("uniqExact(id)")).isEqualTo(10);
  }

  @Test
  void read_only_user_fails_the_task_with_what_to_do(Stack stack) {
    try (Pipeline pipeline =
        pipeline(stack, "rights_readonly", ClickHouseServer.READ_ONLY_USER, "")) {
      failsUntilItIsAnother(stack, pipeline, "Code: 164", "profile without readonly");
    }
  }

  @Test
  void user_who_may_not_insert_fails_the_task_with_what_to_do(Stack stack) {
    try (Pipeline pipeline =
        pipeline(stack, "rights_select", ClickHouseServer.SELECTING_USER, "")) {
      failsUntilItIsAnother(stack, pipeline, "Code: 497", "right to INSERT");
    }
  }

  /** The secret never shows up in the connector's settings: a provider reads it at each start. */
  @Test
  void password_that_is_rotated_takes_a_restart(Stack stack, @TempDir Path directory)
      throws IOException {
    ClickHouseServer server = stack.clickHouse();
    Path secrets = directory.resolve("secrets.properties");
    Files.writeString(secrets, "password=" + ClickHouseServer.SECURED_PASSWORD);
    try (Pipeline pipeline =
        pipeline(
                stack,
                "rights_rotated",
                ClickHouseServer.SECURED_USER,
                "${file:" + secrets + ":password}")
            .start()) {
      send(pipeline, 0, 10);
      pipeline.awaitDone();
      restart(server, "second");
      send(pipeline, 10, 20);
      assertThat(pipeline.awaitFailure())
          .contains("Code: 516", "clickhouse.password", "restart the task");
      assertThat(pipeline.committed(0)).isEqualTo(10);
      Files.writeString(secrets, "password=second");
      pipeline.restart().awaitRestarted();
      pipeline.awaitDone();

      assertThat(pipeline.count("count()")).isEqualTo(20);
      assertThat(stack.worker().rest().request("GET", "/connectors/rights_rotated/tasks", ""))
          .asString()
          .doesNotContain("second");
    } finally {
      restart(server, ClickHouseServer.SECURED_PASSWORD);
    }
  }

  private static void restart(ClickHouseServer server, String password) {
    server.stop();
    server.setSecuredPassword(password);
    server.start();
  }

  /** A quota counts up to the end of its interval, and the rows can wait for that. */
  @Test
  void exceeded_quota_delays_rows_until_its_interval_has_passed(Stack stack) {
    try (Pipeline pipeline =
        pipeline(stack, "rights_quota", ClickHouseServer.QUOTA_USER, "")
            .with("batch.max.rows", "10")
            .withDeadLetters("rights_quota_dlq")
            .start()) {
      send(pipeline, 0, 60);
      await().atMost(Duration.ofSeconds(20)).until(() -> hasLoggedQuota(stack));
      pipeline.awaitDone();

      assertThat(pipeline.count("count()")).isEqualTo(60);
    }
  }

  private static boolean hasLoggedQuota(Stack stack) throws IOException {
    return Files.readString(stack.worker().log().orElseThrow())
        .lines()
        .anyMatch(
            line ->
                line.contains("rights_quota-0} could not insert") && line.contains("Code: 201"));
  }
}
