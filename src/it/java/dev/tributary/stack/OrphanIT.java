package dev.tributary.stack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** No server outlives the program that started it. */
class OrphanIT {

  private static final int SERVERS = 3;

  @Test
  void serversEndWhenTheProgramThatStartedThemIsKilled() throws IOException {
    Process parent = startHolder();
    try {
      var output = new BufferedReader(new InputStreamReader(parent.getInputStream(), UTF_8));
      Path directory = Path.of(String.valueOf(output.readLine()));
      List<ProcessHandle> servers = readServers(output);
      assertThat(servers).hasSize(SERVERS).allMatch(ProcessHandle::isAlive);

      parent.destroyForcibly();

      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(servers).noneMatch(ProcessHandle::isAlive));
      StackFiles.deleteTree(directory);
    } finally {
      parent.destroyForcibly();
    }
  }

  private static Process startHolder() throws IOException {
    Path target = StackFiles.stackDirectory().resolveSibling("test-classes");
    String libraries =
        Files.readString(StackFiles.stackDirectory().resolve("stack.classpath")).strip();
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            target + File.pathSeparator + libraries,
            StackHolder.class.getName())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static List<ProcessHandle> readServers(BufferedReader output) throws IOException {
    List<ProcessHandle> servers = new ArrayList<>();
    while (servers.size() < SERVERS) {
      String pid = output.readLine();
      if (pid == null) {
        throw new IllegalStateException("The program ended with " + servers);
      }
      servers.add(ProcessHandle.of(Long.parseLong(pid)).orElseThrow());
    }
    return servers;
  }
}
