package dev.tributary.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.tributary.it.fixture.StackExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** A server that exits by itself fails the test that runs, and no other. */
class ServerExitIT {

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** Where the stack of the tests below has its files. */
  private static volatile Path files = Path.of("none");

  @AfterEach
  void deleteFiles() {
    StackFiles.deleteTree(files);
  }

  @Test
  void exitIsTheFailureOfItsTestAndTheNextOneHasTheServerAgain() throws IOException {
    Map<String, Throwable> failures = run(Struck.class, Later.class);

    assertThat(failures).containsOnlyKeys("a_loses_clickhouse", "c_loses_the_worker_unnoticed");

    Throwable abort = failures.get("a_loses_clickhouse");
    Path evidence = files.resolve("clickhouse");
    assertThat(abort)
        .isInstanceOf(ServerExitedException.class)
        .hasMessageStartingWith("clickhouse (process ")
        .hasMessageContainingAll("exited by itself with status 134 (SIGABRT)", "Last lines of ")
        .hasMessageContaining("Evidence: " + evidence.resolve("exit-"));
    assertThat(abort.getSuppressed()).singleElement().isInstanceOf(StackException.class);
    assertThat(abort.getSuppressed()[0]).hasMessageContaining("does not answer");
    assertThat(Files.readString(named(evidence, "hs_err_"))).contains("SIGABRT", "libchdb.so");

    assertThat(failures.get("c_loses_the_worker_unnoticed"))
        .isInstanceOf(ServerExitedException.class)
        .hasMessageStartingWith("connect (process ")
        .hasMessageContaining("status 137 (SIGKILL)");
    assertThat(named(files.resolve("connect"), "exit-")).content().contains("OOM kills");
  }

  @TestMethodOrder(MethodOrderer.MethodName.class)
  @ExtendWith(StackExtension.class)
  static class Struck {

    @Test
    void a_loses_clickhouse(Stack stack) throws IOException, InterruptedException {
      files = stack.directory();
      ClickHouseSql sql = stack.clickHouse().sql();
      sql.execute("CREATE TABLE kept (id Int64) ENGINE = MergeTree ORDER BY id");
      sql.execute("INSERT INTO kept SELECT number FROM numbers(1000)");
      signal("ABRT", stack.clickHouse());
      await().atMost(TIMEOUT).until(() -> !stack.clickHouse().isRunning());
      sql.execute("DROP TABLE kept");
    }

    @Test
    void b_has_it_again(ClickHouseSql sql) {
      assertThat(sql.queryLong("SELECT count() FROM kept")).isEqualTo(1000);
    }

    @Test
    void c_loses_the_worker_unnoticed(ConnectWorker worker)
        throws IOException, InterruptedException {
      signal("KILL", worker);
      await().atMost(TIMEOUT).until(() -> !worker.isRunning());
    }
  }

  @ExtendWith(StackExtension.class)
  static class Later {

    @Test
    void class_has_all_servers(ClickHouseSql sql, ConnectRest rest) {
      assertThat(sql.queryLong("SELECT count() FROM kept")).isEqualTo(1000);
      assertThat(rest.isHealthy()).isTrue();
    }
  }

  private static void signal(String name, Server server) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder("kill", "-" + name, "" + server.pid()).start().waitFor())
        .isZero();
  }

  /** The failures of all tests of the classes, which have a stack of their own. */
  private static Map<String, Throwable> run(Class<?>... classes) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(List.of(classes).stream().map(type -> selectClass(type)).toList())
            .build();
    LauncherConfig config =
        LauncherConfig.builder()
            .enableTestExecutionListenerAutoRegistration(false)
            .enableLauncherSessionListenerAutoRegistration(false)
            .build();
    Map<String, Throwable> failures = new LinkedHashMap<>();
    LauncherFactory.create(config)
        .execute(
            request,
            new TestExecutionListener() {
              @Override
              public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                result.getThrowable().ifPresent(failure -> failures.put(method(test), failure));
              }
            });
    return failures;
  }

  private static String method(TestIdentifier test) {
    return test.getSource()
        .filter(MethodSource.class::isInstance)
        .map(source -> ((MethodSource) source).getMethodName())
        .orElseGet(test::getDisplayName);
  }

  private static Path named(Path directory, String beginning) throws IOException {
    Predicate<Path> begins = file -> file.getFileName().toString().startsWith(beginning);
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(begins).findFirst().orElseThrow();
    }
  }
}
