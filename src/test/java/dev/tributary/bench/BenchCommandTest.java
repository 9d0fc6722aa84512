package dev.tributary.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class BenchCommandTest {

  private static List<BenchRow> rows(String... options) {
    BenchCommand command = new BenchCommand();
    new CommandLine(command).parseArgs(options);
    return command.rows();
  }

  @Test
  void other_settings_follow_the_line_that_has_the_defaults() {
    List<BenchRow> rows =
        rows(
            "--only=floor-bytes,two-tasks",
            "--with=insert.max.in.flight=4",
            "--with",
            "clickhouse.compression=none,clickhouse.setting.a=b,c,batch.max.rows=7");

    assertThat(rows)
        .extracting(BenchRow::id)
        .containsExactly("floor-bytes", "json", "with-1", "with-2", "two-tasks");
    Map<String, String> standard = rows.get(1).config();
    assertThat(rows.get(2).config()).containsEntry("insert.max.in.flight", "4");
    assertThat(rows.get(3).config())
        .containsAllEntriesOf(standard)
        .containsEntry("clickhouse.compression", "none")
        .containsEntry("clickhouse.setting.a", "b,c")
        .containsEntry("batch.max.rows", "7")
        .doesNotContainKey("insert.max.in.flight");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "batch.max.rows",
        "=1",
        "batch.maxrows=1",
        "batch.max.rows=1,rows=2",
        "tasks.max=2"
      })
  void a_setting_that_nothing_would_read_is_refused(String text) {
    assertThatThrownBy(() -> rows("--with=" + text))
        .isInstanceOf(CommandLine.ParameterException.class)
        .hasMessageContaining("--with " + text)
        .hasMessageContaining("key=value");
  }

  @Test
  void a_wrong_line_is_refused_with_those_that_there_are() {
    assertThatThrownBy(() -> rows("--only=jsn"))
        .isInstanceOf(CommandLine.ParameterException.class)
        .hasMessageContaining("--only jsn is none of floor-bytes, ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--scale wide | --scale wide is none of width, batch, partitions, dedup",
        "--scale width,deep | --scale deep is none of",
        "--pictures x | --scale",
        "--scale --events 20000 | --events",
        "--scale width --only json | --only",
        "--scale width --with batch.max.rows=1 | --with",
        "--rounds 0 | --rounds",
      })
  void what_makes_no_sense_is_refused_before_a_server_starts(String options, String complaint) {
    BenchCommand command = new BenchCommand();
    new CommandLine(command).parseArgs(options.split(" "));
    assertThatThrownBy(command::call)
        .isInstanceOf(CommandLine.ParameterException.class)
        .hasMessageContaining(complaint);
  }
}
