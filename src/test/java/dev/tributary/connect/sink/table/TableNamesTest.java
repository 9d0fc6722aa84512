package dev.tributary.connect.sink.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableNamesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "${topic}           | events     | db.events",
        "${topic}           | a.b.c      | db.a.b.c",
        "landing.${topic}   | a.b        | landing.a.b",
        "raw_${topic}       | events     | db.raw_events",
        "`with.dot`         | events     | db.with.dot",
        "`l.a`.${topic}     | events     | l.a.events",
        "`l``.a`.`a - ü`    | events     | l`.a.a - ü",
      })
  void format_separates_the_database_only_at_its_own_dot(
      String format, String topic, String expected) {
    assertThat(TableNames.parse("db", format, "").tableFor(topic)).hasToString(expected);
  }

  @Test
  void dots_of_a_topic_stay_in_the_table_name() {
    TableId id = TableNames.parse("db", "${topic}", "").tableFor("pg.public.orders");

    assertThat(id).isEqualTo(new TableId("db", "pg.public.orders"));
    assertThat(id.sql()).isEqualTo("`db`.`pg.public.orders`");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "orders                | db.orders",
        "pg-src.franco.sales   | franco.sales",
        "pg-src.a_b.x          | a_b.x",
        "clicks-eu             | db.clicks",
        "c1,c2                 | db.two",
        "other                 | db.other",
      })
  void mapping_takes_the_first_entry_that_fits(String topic, String expected) {
    String mapping =
        """
        orders:orders, pg-src\\.(\\w+)\\.(\\w+):$1.$2
        clicks-(eu|us){1,1}:clicks
        c1(,)c2:two
        """;

    assertThat(TableNames.parse("db", "${topic}", mapping).tableFor(topic)).hasToString(expected);
  }

  @Test
  void dot_from_a_group_does_not_separate() {
    TableNames names = TableNames.parse("db", "${topic}", "pg\\.(.*):$1");

    assertThat(names.tableFor("pg.a.b")).isEqualTo(new TableId("db", "a.b"));
  }

  @Test
  void topic_name_is_taken_literally_in_a_replacement() {
    assertThat(TableNames.parse("db", "t_${topic}", "").tableFor("a$1\\b").name())
        .isEqualTo("t_a$1\\b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "orders           | topic:table",
        "orders:          | topic:table",
        "(a:b             | not a regular expression",
        "a(b):c.$2        | has 1 groups",
        "a:b.c.d          | database.table",
        "a:`b             | backticks",
      })
  void mapping_that_cannot_be_read_names_the_entry(String mapping, String message) {
    assertThatThrownBy(() -> TableNames.parse("db", "${topic}", mapping))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("topic.to.table")
        .hasMessageContaining(mapping)
        .hasMessageContaining(message);
  }

  @Test
  void format_without_a_name_is_refused() {
    assertThatThrownBy(() -> TableNames.parse("db", "a..b", ""))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("table.name.format");
  }

  @Test
  void quoting_keeps_backticks_and_backslashes() {
    assertThat(TableId.quote("a`b\\c")).isEqualTo("`a\\`b\\\\c`");
  }
}
