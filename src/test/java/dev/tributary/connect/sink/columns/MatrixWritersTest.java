package dev.tributary.connect.sink.columns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.record.ValueKinds;
import dev.tributary.foreign.MatrixConverter;
import dev.tributary.foreign.MatrixConverter.Case;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Every value on every type, without a server. */
class MatrixWritersTest {

  /** So short, or like the example of a time, that a message may have it of itself. */
  private static boolean isInAHint(String text) {
    return text.length() <= 4 || "2024-02-29T10:15:30Z 2024-02-29 10:15:30".contains(text);
  }

  private static String kind(Case one) {
    Object value = one.value().value();
    return value == null ? "null" : ValueKinds.of(value);
  }

  private static String outcome(Case one, boolean truncates) {
    ColumnWriter column =
        ColumnWriter.create(
            one.type(), new ColumnOptions(ZoneOffset.UTC, false, truncates, TimeFormat.USUAL));
    try {
      column.append(one.value().value(), one.value().schema());
      return Cells.hex(column);
    } catch (ValueException e) {
      return "refused: " + e.getMessage();
    }
  }

  /** A time of day, a duration and a number are the same whatever becomes of fractions of times. */
  @Test
  void only_columns_of_seconds_and_their_fractions_cut() {
    Set<String> cutting = new TreeSet<>();
    for (Case one : MatrixConverter.cases()) {
      String exact = outcome(one, false);
      String cut = outcome(one, true);
      if (!cut.equals(exact)) {
        assertThat(exact).as("%s into %s", one.value().name(), one.type()).startsWith("refused: ");
        cutting.add(one.type());
      }
    }
    assertThat(cutting)
        .contains("Time", "Time64(3)", "DateTime('UTC')", "DateTime64(3, 'UTC')")
        .allMatch(type -> type.matches(".*(DateTime|Time\\b|Time64).*"));
  }

  @Test
  void aValueMakesOneRowOrIsRefusedAndLeavesNoTrace() {
    ColumnWriter column = Cells.column("Int8");
    ColumnWriter untouched = column;
    String type = "";
    List<Case> cases = MatrixConverter.cases();
    for (int n = 0; n < cases.size(); n++) {
      Case one = cases.get(n);
      if (!one.type().equals(type)) {
        type = one.type();
        column = Cells.column(type);
        untouched = Cells.column(type);
        column.appendDefault();
        untouched.appendDefault();
      }
      try {
        column.append(one.value().value(), one.value().schema());
        assertThat(column.rows()).isEqualTo(2);
        column.truncate(1);
      } catch (ValueException e) {
        assertThat(e.getMessage()).as("%s into %s", one.value().name(), type).startsWith(kind(one));
        if (one.value().value() instanceof String text && !isInAHint(text)) {
          assertThat(e.getMessage())
              .as("%s into %s", one.value().name(), type)
              .doesNotContain(text);
        }
      } catch (RuntimeException e) {
        throw new AssertionError(one.value().name() + " into " + type, e);
      }
      assertThat(Cells.hex(column))
          .as("%s into %s", one.value().name(), type)
          .isEqualTo(Cells.hex(untouched));
    }
  }
}
