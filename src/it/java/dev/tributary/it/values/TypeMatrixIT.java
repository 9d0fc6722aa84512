package dev.tributary.it.values;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.record.ValueKinds;
import dev.tributary.foreign.MatrixConverter;
import dev.tributary.foreign.MatrixConverter.Case;
import dev.tributary.foreign.MatrixTypes;
import dev.tributary.foreign.MatrixValues;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Every column type and every kind of value, through the worker into ClickHouse and back by SQL: a
 * value arrives as the page {@code docs/types.md} says, or is refused there.
 *
 * <p>Rewrite the page after a change with {@code mvn verify -Dit.test=TypeMatrixIT -Dtest=NONE
 * -Dsurefire.failIfNoSpecifiedTests=false -Dtributary.docs.write=true}, and read the difference.
 */
@ExtendWith(StackExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TypeMatrixIT {

  private static final String NAME = "type_matrix";
  private static final String DEAD = "type_matrix_dlq";
  private static final int NULL_ROWS = 3;

  private final List<Case> cases = MatrixConverter.cases();
  private final List<String> types = List.copyOf(MatrixTypes.all().keySet());
  private final List<String> typesInServer;
  private final Pipeline pipeline;

  /** By the number of its case, what each column of its row reads back as. */
  private final Map<Integer, List<String>> rows = new TreeMap<>();

  /** By the number of its case, why a value was refused. */
  private final Map<Integer, String> refusals = new TreeMap<>();

  TypeMatrixIT(Stack stack) {
    pipeline =
        new Pipeline(stack, NAME, 1, "n Int32")
            .with("value.converter", MatrixConverter.class.getName())
            .with("batch.max.rows", "3000")
            .withDeadLetters(DEAD);
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      columns.add("ADD COLUMN c" + i + " " + types.get(i));
    }
    for (int i = 0; i < MatrixConverter.NULL_COLUMNS; i++) {
      columns.add("ADD COLUMN f" + i + " Nullable(Int8)");
    }
    stack
        .clickHouse()
        .sql()
        .execute(
            "ALTER TABLE "
                + NAME
                + " "
                + String.join(", ", columns)
                + " SETTINGS allow_suspicious_low_cardinality_types = 1,"
                + " allow_suspicious_variant_types = 1, allow_experimental_nullable_tuple_type = 1,"
                + " flatten_nested = 0");
    typesInServer =
        stack
            .clickHouse()
            .sql()
            .query(
                "SELECT type FROM system.columns WHERE table = '"
                    + NAME
                    + "' AND name LIKE 'c%' ORDER BY position FORMAT TSVRaw")
            .lines()
            .toList();
    int sent = cases.size() + NULL_ROWS;
    IntStream.range(0, sent).forEach(n -> pipeline.send(String.valueOf(n)));
    pipeline.flush();
    pipeline.start();
    pipeline.awaitDone();
    for (String line : pipeline.select("*", "ORDER BY n")) {
      List<String> cells = List.of(line.split("\t", -1));
      rows.put(Integer.parseInt(cells.get(0)), cells.subList(1, cells.size()));
    }
    for (ConsumerRecord<byte[], byte[]> record :
        pipeline.awaitDeadLetters(DEAD, sent - rows.size())) {
      refusals.put(
          Integer.parseInt(Pipeline.header(record, "__connect.errors.offset")),
          Pipeline.header(record, "__connect.errors.exception.message"));
    }
  }

  private String cell(int n, int column) {
    return requireNonNull(rows.get(n)).get(column);
  }

  @AfterAll
  void close() {
    pipeline.close();
  }

  @Test
  void every_value_arrives_or_is_refused() {
    assertThat(rows.keySet()).doesNotContainAnyElementsOf(refusals.keySet());
    assertThat(rows.size() + refusals.size()).isEqualTo(cases.size() + NULL_ROWS);
  }

  @Test
  void page_says_what_arrives_and_what_is_refused() throws IOException {
    TypesPage page = new TypesPage();
    for (String type : types) {
      Map<String, List<String>> taken = new LinkedHashMap<>();
      List<String> refused = new ArrayList<>();
      for (int n = 0; n < cases.size(); n++) {
        Case one = cases.get(n);
        if (one.type().equals(type)) {
          String name = one.value().name();
          List<String> names =
              rows.containsKey(n)
                  ? taken.computeIfAbsent(cell(n, one.column()), cell -> new ArrayList<>())
                  : refused;
          names.add(name);
        }
      }
      page.add(type, taken, refused);
    }
    if (Boolean.getBoolean("tributary.docs.write")) {
      page.write();
    }

    assertThat(Files.readString(TypesPage.FILE)).isEqualTo(page.text());
  }

  /** The page is read by people; this is what no page can talk away. */
  @Test
  void what_arrives_is_the_value() {
    assertThat(rows.keySet())
        .filteredOn(n -> n < cases.size())
        .allSatisfy(
            n -> {
              Case one = cases.get(n);
              String cell = cell(n, one.column());
              assertThat(Meaning.differs(one.type(), one.value(), cell))
                  .as("%s in %s reads back as %s", one.value().name(), one.type(), cell)
                  .isFalse();
            });
  }

  @Test
  void a_value_touches_no_other_column() {
    for (int column = 0; column < types.size(); column++) {
      int c = column;
      Set<String> others =
          rows.entrySet().stream()
              .filter(row -> row.getKey() >= cases.size() || cases.get(row.getKey()).column() != c)
              .map(row -> row.getValue().get(c))
              .collect(Collectors.toCollection(HashSet::new));
      assertThat(others).as("cells without a value of %s", types.get(c)).hasSize(1);
    }
  }

  @Test
  void rows_of_nothing_but_nulls_arrive() {
    int width = types.size() + MatrixConverter.NULL_COLUMNS;
    assertThat(width).isGreaterThanOrEqualTo(300);
    for (int n = cases.size(); n < cases.size() + NULL_ROWS; n++) {
      assertThat(rows.get(n)).hasSize(width);
      assertThat(requireNonNull(rows.get(n)).subList(types.size(), width)).containsOnly("\\N");
    }
  }

  @Test
  void refusals_name_record_column_type_and_kind_of_value() {
    assertThat(refusals)
        .allSatisfy(
            (n, message) -> {
              Case one = cases.get(n);
              assertThat(message)
                  .contains("topic " + NAME + " partition 0 offset " + n)
                  .contains(
                      "column `c"
                          + one.column()
                          + "` "
                          + typesInServer.get(one.column())
                          + " of default."
                          + NAME
                          + " cannot take its value: "
                          + kind(one.value().value()))
                  .doesNotContain("java.");
            });
  }

  private static String kind(@Nullable Object value) {
    return value == null ? "null" : ValueKinds.of(value);
  }

  @Test
  void names_are_clear() {
    assertThat(MatrixValues.all().stream().map(MatrixValues.Value::name)).doesNotHaveDuplicates();
  }
}
