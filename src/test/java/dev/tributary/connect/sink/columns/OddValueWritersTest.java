package dev.tributary.connect.sink.columns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.record.OddValue;
import dev.tributary.foreign.MatrixTypes;
import dev.tributary.foreign.MatrixValues;
import dev.tributary.foreign.OddValues;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** No value makes a column throw anything but its refusal, or leaves anything in it. */
class OddValueWritersTest {

  private static final int TYPES_PER_RANDOM_VALUE = 4;

  private static List<ColumnWriter> columns() {
    List<ColumnWriter> columns = new ArrayList<>();
    for (String type : MatrixTypes.all().keySet()) {
      columns.add(Cells.column(type));
      if (type.contains("Decimal") || type.contains("Time")) {
        columns.add(
            ColumnWriter.create(
                type, ColumnOptions.of("c", ZoneOffset.UTC, true, true, TimeFormats.none())));
      }
    }
    return columns;
  }

  @Test
  void an_odd_value_is_written_or_refused_at_once_and_leaves_its_neighbours_alone() {
    List<ColumnWriter> columns = columns();
    List<byte[]> one = new ArrayList<>();
    for (ColumnWriter column : columns) {
      column.appendDefault();
      one.add(Cells.bytes(column));
    }
    int ofEveryKind = OddValues.all().size();
    List<MatrixValues.Value> values = OddValue.some();
    for (int v = 0; v < values.size(); v++) {
      int step = v < ofEveryKind ? 1 : columns.size() / TYPES_PER_RANDOM_VALUE;
      for (int c = v % step; c < columns.size(); c += step) {
        meets(values.get(v), columns.get(c), one.get(c));
      }
    }
  }

  private static void meets(MatrixValues.Value odd, ColumnWriter column, byte[] before) {
    String what = odd.name() + " into " + column.columnType();
    Throwable refused =
        OddValue.meets(
            what,
            ValueException.class,
            () -> {
              column.truncate(1);
              column.append(odd.value(), odd.schema());
            });
    assertThat(column.rows()).as(what).isEqualTo(refused == null ? 2 : 1);
    if (refused == null) {
      assertThat(Cells.bytes(column)).as(what).isNotEmpty();
      column.truncate(1);
    }
    assertThat(Cells.bytes(column)).as(what).isEqualTo(before);
  }

  /** A map that cannot be asked for a name, as the class of a converter that nobody knows. */
  @Test
  void what_no_writer_foresees_is_an_error_of_the_value_that_names_its_class() {
    TreeMap<Object, Object> numbers = new TreeMap<>();
    numbers.put(1, "x");

    assertThat(Cells.refusal("Tuple(a Int8, b String)", numbers))
        .isEqualTo(
            "a map cannot be converted to Tuple(a Int8, b String): java.lang.ClassCastException");
  }

  @Test
  void lists_in_dynamic_are_refused_where_the_server_reads_no_type_any_more() {
    Object list = 1;
    Object pairs = 1;
    for (int i = 0; i < 100; i++) {
      list = List.of(list);
      pairs = List.of(pairs, "x");
    }
    String refusal = " that are nested more than 100 levels deep";

    assertThat(Cells.bytes(ofOne("Dynamic", list))).isNotEmpty();
    assertThat(Cells.bytes(ofOne("Dynamic", pairs))).isNotEmpty();
    assertThat(Cells.refusal("Dynamic", List.of(list))).contains(refusal);
    assertThat(Cells.refusal("Dynamic", List.of("x", 5, List.of(pairs, "y")))).contains(refusal);
    assertThat(Cells.refusal("JSON", java.util.Map.of("a", List.of(list)))).contains(refusal);
    assertThat(Cells.refusal("Array(Dynamic)", List.of(list, List.of(list)))).contains(refusal);
  }

  private static ColumnWriter ofOne(String type, Object value) {
    ColumnWriter column = Cells.column(type);
    column.append(value);
    return column;
  }
}
