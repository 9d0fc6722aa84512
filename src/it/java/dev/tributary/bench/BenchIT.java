package dev.tributary.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.bench.BenchRow.Source;
import dev.tributary.bench.ScaleSeries.Point;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;
import picocli.CommandLine;

/** Says nothing about speed: the benchmark runs, prints what it promises and believes no run. */
@ExtendWith(StackExtension.class)
class BenchIT {

  private static final String OTHER_SINK =
      """
      {"name": "other", "config": {
        "connector.class": "dev.tributary.connect.ClickHouseSinkConnector",
        "clickhouse.url": "%url%", "clickhouse.username": "%user%",
        "clickhouse.password": "%password%", "table.name.format": "%topic%",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false"
      """;

  private static final String LOSES_A_FIELD =
      """
      , "transforms": "lose", "transforms.lose.exclude": "email",
        "transforms.lose.type": "org.apache.kafka.connect.transforms.ReplaceField$Value"
      """;

  private static String run(Stack stack, List<BenchRow> rows) {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    new Bench(stack, new PrintStream(printed, true, StandardCharsets.UTF_8), 20_000, 1, 500)
        .run(rows);
    return printed.toString(StandardCharsets.UTF_8);
  }

  private static BenchRow other(Stack stack, Path directory, String settings) throws IOException {
    Path file = Files.writeString(directory.resolve("other.json"), settings);
    return Against.read(file).row(stack.clickHouse(), Bench.EVENTS);
  }

  private static BenchCommand command(String... options) {
    BenchCommand command = new BenchCommand();
    new CommandLine(command).parseArgs(options);
    return command;
  }

  private static List<BenchRow> only(String... ids) {
    return BenchRows.all().stream().filter(row -> List.of(ids).contains(row.id())).toList();
  }

  @Test
  void every_kind_of_line_is_run_checked_and_printed(Stack stack) {
    assertThat(run(stack, only("floor-bytes", "json", "one-task", "two-tasks", "dedup", "latency")))
        .containsPattern("counting sink, byte arrays +\\d+\\.\\d\\d")
        .containsPattern("Deduplicate and sink +takes +\\d+\\.\\d\\d times as long as the sink")
        .containsPattern(
            "two tasks, resumed +takes +\\d+\\.\\d\\d times as long as sink, one task, resumed")
        .containsPattern("latency +p50 \\d+ ms, p99 \\d+ ms")
        .doesNotContain("NaN", "Infinity");
  }

  @Test
  void other_settings_are_measured_beside_the_defaults_without_the_wait_of_the_last_batch(
      Stack stack) {
    String settings = "batch.max.rows=8000,batch.max.delay.ms=8000";
    BenchCommand command = command("--only=floor-bytes", "--with=" + settings);

    assertThat(run(stack, command.rows()))
        .containsPattern("with-1 +\\d\\.\\d\\d s, without 4,000 rows that waited for more")
        .containsPattern(
            "sink, our JsonConverter, "
                + settings
                + " takes +\\d+\\.\\d\\d times as long as the sink");
  }

  @Test
  void another_sink_is_measured_beside_ours(Stack stack, @TempDir Path directory)
      throws IOException {
    BenchRow other = other(stack, directory, OTHER_SINK + "}}");

    assertThat(run(stack, List.of(only("json").get(0), other)))
        .containsPattern("against: ClickHouseSinkConnector +takes +\\d+\\.\\d\\d times as long");
  }

  @Test
  void wrong_rows_end_it_with_exit_code_1(Stack stack, @TempDir Path directory) throws IOException {
    BenchRow other = other(stack, directory, OTHER_SINK + LOSES_A_FIELD + "}}");

    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    assertThat(BenchCommand.status(() -> run(stack, List.of(other)), errors)).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("wrong rows", "[20000 20000 ");
  }

  @Test
  void a_sink_that_is_not_in_the_directory_is_reported_with_those_that_are(
      Stack stack, @TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("a.properties"), "connector.class=a.Missing");

    assertThatThrownBy(() -> Against.read(file).check(stack, directory))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("a.Missing, which Connect has not found in " + directory)
        .hasMessageContaining("dev.tributary.connect.ClickHouseSinkConnector");
    Path known =
        Files.writeString(
            directory.resolve("b.properties"), "connector.class=ClickHouseSinkConnector");
    Against.read(known).check(stack, directory);
  }

  @Test
  void settings_that_the_sink_refuses_are_reported_before_the_first_round(
      Stack stack, @TempDir Path directory) throws IOException {
    BenchRow other = other(stack, directory, OTHER_SINK + ", \"batch.max.rows\": \"many\"}}");

    assertThatThrownBy(() -> run(stack, List.of(only("json").get(0), other)))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("against: ClickHouseSinkConnector refuses its settings")
        .hasMessageContaining("batch.max.rows");
    assertThat(stack.worker().rest().connectors()).doesNotContain("bench-json-1");
  }

  @Test
  void a_sink_whose_rows_do_not_come_is_given_up_with_what_is_known(Stack stack) {
    ExpectedRows reference =
        new ExpectedRows(stack, BenchEvents.SHAPE, "bench_it_silent_reference");
    BenchTopic topic =
        BenchTopic.fill(stack, "bench_it_silent", 2, reference, BenchEvents.SHAPE, 100);
    BenchRow counting = only("floor-bytes").get(0);
    BenchRow silent =
        new BenchRow("silent", "a silent sink", Source.EVENTS, false, counting.config());

    BenchRun run = new BenchRun(stack, silent, topic, "bench-silent", Duration.ofSeconds(2));
    assertThatThrownBy(run::run)
        .isInstanceOf(StackException.class)
        .hasMessageContaining("a silent sink: no row has come for 2 s, and no task has failed")
        .hasMessageContaining("100 of 100 records, and of 100 rows 0 are in table bench_it_silent");
    BenchRun.remove(stack, "bench-silent");
  }

  @Test
  void every_point_of_a_series_is_run_checked_printed_and_drawn(
      Stack stack, @TempDir Path directory) throws Exception {
    List<ScaleSeries> all =
        List.of(
            ScalePlan.width(stack, List.of(new Point(5, 10_000), new Point(100, 10_000))),
            ScalePlan.batch(stack, List.of(new Point(100, 2_000), new Point(1_000, 2_000))),
            ScalePlan.partitions(stack, List.of(new Point(1, 10_000), new Point(50, 10_000))),
            ScalePlan.dedup(stack, List.of(new Point(1_000, 90_000), new Point(20_000, 90_000))));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    new Scale(stack, out, 1, Optional.of(directory), "a < b & c").run(all);

    String printed = bytes.toString(StandardCharsets.UTF_8);
    assertThat(printed).doesNotContain("NaN", "Infinity");
    for (ScaleSeries series : all) {
      String picture = Files.readString(directory.resolve("scale-" + series.id() + ".svg"));
      Element root =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(new InputSource(new StringReader(picture)))
              .getDocumentElement();
      assertThat(root.getTagName()).isEqualTo("svg");
      assertThat(root.getElementsByTagName("circle").getLength()).isEqualTo(2);
      assertThat(root.getTextContent()).contains(series.title(), "a < b & c");
      for (Point point : series.points()) {
        String size = String.format(Locale.ROOT, "%,d", point.size());
        assertThat(printed).contains("\n" + series.title() + "\n");
        assertThat(printed)
            .containsPattern("(?m)^" + size + " +[\\d,]+ +\\([\\d,]+ \\.\\. [\\d,]+\\) ");
        assertThat(root.getTextContent()).containsPattern("(?m)^" + size + "$");
      }
    }
  }
}
