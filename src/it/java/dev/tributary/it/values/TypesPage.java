package dev.tributary.it.values;

import dev.tributary.foreign.MatrixValues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The page of what each column type makes of each value, as {@link TypeMatrixIT} has seen it. */
final class TypesPage {

  static final Path FILE = Path.of("docs", "types.md");

  private static final int LONGEST = 120;

  /** Of more refused values, only a type's own are named. */
  private static final int MOST_NAMED = 12;

  private final StringBuilder page = new StringBuilder();

  TypesPage() {
    page.append(
        """
        # What every column type makes of every value

        Printed by `TypeMatrixIT` from what it has read back through SQL; do not edit. Every kind of
        value goes through a Connect worker into a column of every type. The rules behind it are in
        [values.md](values.md).

        The same values are tried on all columns; an `edge` is tried on one only. `text 5` is a string,
        `int32 300` and the like have a schema, `Debezium Date` is a value with the schema
        `io.debezium.time.Date` (the leap day 2024-02-29; times of day are 10:15:30.123, with as many
        more digits as the schema has). What reads back is quoted as `TabSeparated` prints it.

        The values:
        """);
    String names =
        String.join(", ", MatrixValues.all().stream().map(value -> code(value.name())).toList());
    page.append(names).append(".\n");
  }

  void add(String type, Map<String, List<String>> taken, List<String> refused) {
    page.append("\n## `").append(type).append("`\n\n");
    if (!taken.isEmpty()) {
      page.append("| reads back as | from |\n|---|---|\n");
      taken.forEach(
          (cell, names) ->
              page.append("| ")
                  .append(cell.isEmpty() ? "(empty)" : code(shortened(cell)))
                  .append(" | ")
                  .append(String.join(", ", names.stream().map(TypesPage::code).toList()))
                  .append(" |\n"));
      page.append('\n');
    }
    page.append(refusals(refused)).append(".\n");
  }

  private static String refusals(List<String> refused) {
    List<String> named = refused;
    String others = "";
    if (refused.size() > MOST_NAMED) {
      named = refused.stream().filter(name -> name.startsWith("edge ")).toList();
      others = "all other values" + (named.isEmpty() ? "" : ", and ");
    }
    return "Refuses "
        + (refused.isEmpty() ? "nothing" : others)
        + String.join(", ", named.stream().map(TypesPage::code).toList());
  }

  private static String shortened(String cell) {
    return cell.length() <= LONGEST
        ? cell
        : cell.substring(0, 20) + "… (" + cell.length() + " characters)";
  }

  /** Quoted, with what no page should hold as its code in hexadecimal. */
  private static String code(String text) {
    StringBuilder clean = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (c < ' ' || c == 0x7F || c == 0xFFFD || (c >= 0xD800 && c < 0xE000)) {
                clean.append(String.format("\\x%02X", c));
              } else {
                clean.appendCodePoint(c);
              }
            });
    return "`" + clean.toString().replace("|", "\\|") + "`";
  }

  String text() {
    return page.toString();
  }

  void write() throws IOException {
    Files.writeString(FILE, page);
  }
}
