package dev.tributary.connect.sink.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableStatementsTest {

  private static final TableId ID = new TableId("d", "t`x");
  private static final List<NewColumn> COLUMNS =
      List.of(
          new NewColumn("id", "Int64", true),
          new NewColumn("a b", "String", true),
          new NewColumn("at", "Date32", true),
          new NewColumn("list", "Array(Int64)", true));

  @Test
  void keys_are_not_nullable_and_what_is_not_set_is_left_out() {
    TableOptions options =
        new TableOptions(true, true, true, "MergeTree", "(id, `a b`)", "toYYYYMM(at)", "", "");

    assertThat(new TableStatements(options).create(ID, COLUMNS))
        .isEqualTo(
            "CREATE TABLE IF NOT EXISTS `d`.`t\\`x` (`id` Int64, `a b` String, `at` Date32,"
                + " `list` Array(Int64)) ENGINE = MergeTree PARTITION BY toYYYYMM(at)"
                + " ORDER BY (id, `a b`)");
  }

  @Test
  void cluster_stands_in_every_statement() {
    TableStatements statements =
        new TableStatements(
            new TableOptions(true, true, true, "Log", "", "", "a = 1", "my-cluster"));

    assertThat(statements.create(ID, COLUMNS.subList(0, 1)))
        .isEqualTo(
            "CREATE TABLE IF NOT EXISTS `d`.`t\\`x` ON CLUSTER `my-cluster`"
                + " (`id` Nullable(Int64)) ENGINE = Log SETTINGS a = 1");
    assertThat(statements.add(ID, COLUMNS.subList(0, 2)))
        .isEqualTo(
            "ALTER TABLE `d`.`t\\`x` ON CLUSTER `my-cluster` ADD COLUMN IF NOT EXISTS `id`"
                + " Nullable(Int64), ADD COLUMN IF NOT EXISTS `a b` Nullable(String)");
    assertThat(statements.modify(ID, "a b", "Int64"))
        .startsWith("ALTER TABLE `d`.`t\\`x` ON CLUSTER `my-cluster` MODIFY COLUMN")
        .contains("`a b` Int64");
  }
}
