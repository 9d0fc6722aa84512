package dev.tributary.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A child's end is reported unless it was asked for. */
class ChildProcessTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Set<Thread.State> END_STATES =
      Set.of(Thread.State.WAITING, Thread.State.TERMINATED);

  @TempDir private Path directory;

  private final List<ServerExit> exits = new CopyOnWriteArrayList<>();
  private final List<ChildProcess> children = new ArrayList<>();
  private Path log;

  @BeforeEach
  void placeLog() {
    log = directory.resolve("doomed.log");
  }

  @AfterEach
  void killChildren() {
    children.forEach(ChildProcess::kill);
  }

  @Test
  void ownStatusIsReportedWithLastLinesAndEvidence() throws IOException {
    ChildProcess child = start("3");
    await().atMost(TIMEOUT).until(() -> !exits.isEmpty());

    ServerExit exit = exits.get(0);
    Path report = directory.resolve("exit-" + child.pid() + ".txt");
    assertThat(exit.status()).isEqualTo(new ExitStatus(3));
    assertThat(exit.evidence()).containsExactly(report);
    assertThat(exit.report())
        .startsWith("doomed (process " + child.pid() + ") exited by itself with status 3, ")
        .contains(report.toString(), log.toString())
        .endsWith("one line\nlast line");
    assertThat(Files.readString(report))
        .contains("status 3", "OOM kills", "Core files: pattern", "last line");
  }

  @Test
  void signalFromOutsideIsReportedByItsName() {
    ChildProcess child = startAndAwaitOutput();
    assertThat(exits).isEmpty();

    ProcessHandle.of(child.pid()).orElseThrow().destroyForcibly();

    await().atMost(TIMEOUT).until(() -> !exits.isEmpty());
    assertThat(exits.get(0).status()).hasToString("status 137 (SIGKILL)");
  }

  @Test
  void endThatWasAskedForIsNotReported() {
    startAndAwaitOutput().kill();
    startAndAwaitOutput().terminate(TIMEOUT);
    startAndAwaitOutput().closeInput(TIMEOUT);

    children.forEach(ChildProcess::awaitReport);
    assertThat(exits).isEmpty();
    assertThat(directory).isDirectoryNotContaining("glob:**exit-*");
  }

  @Test
  void killOfAChildThatHadExitedIsNoExcuse() {
    ChildProcess child = start("4");
    await().atMost(TIMEOUT).until(() -> !child.isAlive());

    child.kill();

    child.awaitReport();
    assertThat(exits).extracting(ServerExit::status).containsExactly(new ExitStatus(4));
  }

  @Test
  void reportIsAwaitedUntilItsListenersHaveReturned() {
    ChildProcess child = start("4");
    AtomicReference<Thread.State> seen = new AtomicReference<>();
    child.onExitByItself(
        exit -> {
          Thread waiting = new Thread(child::awaitReport);
          waiting.start();
          await().atMost(TIMEOUT).until(waiting::getState, END_STATES::contains);
          seen.set(waiting.getState());
        });

    await().atMost(TIMEOUT).until(() -> seen.get() != null);
    assertThat(seen).hasValue(Thread.State.WAITING);
  }

  @Test
  void endWhileStartingFailsTheStart() {
    ChildProcess child = start("134");

    assertThatThrownBy(() -> child.awaitReady(TIMEOUT, () -> false))
        .isInstanceOf(StackException.class)
        .hasMessageContainingAll("status 134 (SIGABRT) while starting", "last line");
  }

  @Test
  void oldestCoreFileStaysAndTheOthersGo() throws IOException {
    for (int number = 1; number <= 3; number++) {
      Path core = Files.writeString(directory.resolve("core." + number), "core");
      Files.setLastModifiedTime(core, FileTime.fromMillis(number * 1_000L));
    }
    start("3");
    await().atMost(TIMEOUT).until(() -> !exits.isEmpty());

    assertThat(directory).isDirectoryNotContaining("glob:**core.{2,3}");
    assertThat(exits.get(0).evidence()).contains(directory.resolve("core.1"));
  }

  private ChildProcess startAndAwaitOutput() {
    ChildProcess child = start();
    child.awaitReady(TIMEOUT, () -> ChildProcess.tail(log).contains("last line"));
    return child;
  }

  private ChildProcess start(String... arguments) {
    List<String> options = new ArrayList<>();
    options.addAll(List.of("-Xmx32m", "-cp", System.getProperty("java.class.path")));
    options.add(Doomed.class.getName());
    options.addAll(List.of(arguments));
    ChildProcess child = ChildProcess.startJvm("doomed", log, Map.of(), options);
    child.onExitByItself(exits::add);
    children.add(child);
    return child;
  }
}
