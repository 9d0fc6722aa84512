package dev.tributary.stack;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * A server's end that nobody here had asked for.
 *
 * @param uptime from its start to its end
 * @param log everything it has printed
 * @param lastLines of the log
 * @param evidence what is left of it besides the log: a report, {@code hs_err} and core files
 */
public record ServerExit(
    String server,
    long pid,
    ExitStatus status,
    Duration uptime,
    Path log,
    String lastLines,
    List<Path> evidence) {

  /** For a person: the end, the files, the last lines. */
  String report() {
    StringBuilder text = new StringBuilder(headline());
    evidence.forEach(file -> text.append("\nEvidence: ").append(file));
    return text.append("\nLast lines of ").append(log).append(":\n").append(lastLines).toString();
  }

  String headline() {
    return String.format(
        Locale.ROOT,
        "%s (process %d) exited by itself with %s, %.1f s after its start",
        server,
        pid,
        status,
        uptime.toMillis() / 1e3);
  }
}
