package dev.tributary.connect.sink.clickhouse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * The page of ClickHouse's errors, made from the table in {@link ErrorCode}.
 *
 * <p>Rewrite it after a change with {@code mvn -q test -Dtest=ErrorsPageTest
 * -Dtributary.docs.write=true}.
 */
final class ErrorsPage {

  static final Path FILE = Path.of("docs", "errors.md");

  private static final String INTRO =
      """
      # Errors of ClickHouse

      Made from the table in the code; do not edit.

      How the sink handles an insert that ClickHouse does not accept. The error code decides,
      whatever the HTTP status is. An error that is not listed fails the task: nothing of the batch
      is committed, and no record goes to the dead letter queue. Where the table surely has no row of
      the batch, it is halved first, so that the rows without the error are stored and the task fails
      at the row that has it.

      "Retried" means: with a growing backoff (`retry.backoff.ms`, `retry.backoff.max.ms`), with the
      partitions paused as soon as the next batch is full, without limit unless `retry.timeout.ms`
      says otherwise, and never to the dead letter queue. The log has one warning at the start, one
      when the cause changes, and then two a minute.

      ## Without a code

      | what happens | what the sink does |
      |---|---|
      """;

  private static final List<String> WITHOUT_CODE =
      List.of(
          row(
              "no connection, a connection that breaks, no answer within"
                  + " `clickhouse.request.timeout.ms`",
              FailureKind.UNREACHABLE.remedy().text()),
          row(
              "an answer that does not prove that ClickHouse has the rows: a page of a proxy, a"
                  + " redirect, any status without the header `X-ClickHouse-Exception-Code`, a 200"
                  + " without the insert's query id or with a body",
              FailureKind.UNREACHABLE.remedy().text()),
          row("HTTP status 413", FailureKind.PRESSURE.remedy().text()),
          row(
              "200 without the insert's query id for longer than a minute",
              FailureKind.PERMANENT.remedy().text()));

  private static final String NOTES =
      """

      252 with the text "Too many partitions for single INSERT block" is not about the server's
      load. What the sink does: %s.

      An error that happens in a materialized view never splits a batch, whatever its code: the
      table has the rows. See "Views that fail" in [exactly-once.md](exactly-once.md#views-that-fail)
      and [semantics.md](semantics.md#materialized-views).

      After 201 (a quota) inserts succeed again when the quota's interval has passed.
      """;

  private ErrorsPage() {}

  static String text() {
    StringBuilder page = new StringBuilder(INTRO);
    WITHOUT_CODE.forEach(page::append);
    for (FailureKind kind : FailureKind.values()) {
      List<ErrorCode> codes =
          ErrorCode.ALL.stream()
              .filter(code -> code.kind() == kind)
              .sorted(Comparator.comparingInt(ErrorCode::code))
              .toList();
      if (!codes.isEmpty()) {
        page.append("\n## ").append(heading(kind)).append("\n\nWhat the sink does: ");
        page.append(kind.remedy().text()).append(".\n\n").append(table(kind, codes));
      }
    }
    return page.append(NOTES.formatted(FailureKind.TOO_MANY_PARTITIONS.remedy().text())).toString();
  }

  static void write() throws IOException {
    Files.writeString(FILE, text());
  }

  private static String heading(FailureKind kind) {
    return switch (kind) {
      case TRANSIENT -> "Transient errors";
      case PRESSURE -> "Too much for the server";
      case SCHEMA -> "The table has changed";
      case DATA -> "A row is bad";
      case DENIED -> "Not allowed";
      case READ_ONLY -> "Read-only";
      case NO_DATABASE -> "No database";
      case UNREACHABLE, TOO_MANY_PARTITIONS, VIEW, UNLISTED, PERMANENT -> kind.name();
    };
  }

  private static String table(FailureKind kind, List<ErrorCode> codes) {
    StringBuilder table = new StringBuilder();
    boolean refreshes = kind.remedy() == Remedy.REFRESH_TABLE;
    table.append(
        refreshes
            ? "| code | name | if the table has not changed |\n|---|---|---|\n"
            : "| code | name |\n|---|---|\n");
    for (ErrorCode code : codes) {
      String name = refreshes ? code.name() + " | " + code.ifTableUnchanged().text() : code.name();
      table.append(row(String.valueOf(code.code()), name));
    }
    return table.toString();
  }

  private static String row(String first, String second) {
    return "| " + first + " | " + second + " |\n";
  }
}
