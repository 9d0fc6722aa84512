package dev.tributary.connect.sink.exactly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.exactly.TargetCheck.Problem;
import dev.tributary.connect.sink.progress.PreparedMetadata;
import dev.tributary.connect.sink.table.TableId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked of tables with engines that no server of the integration tests has. */
class TargetCheckTest {

  private static final String DEFAULTS = "system.replicated_merge_tree_settings";
  private static final String WINDOW = "replicated_deduplication_window";
  private static final String SECONDS = "replicated_deduplication_window_seconds";
  private static final String PATH = "('/clickhouse/tables/{uuid}/{shard}', '{replica}'";

  private static PreparedMetadata server() {
    return new PreparedMetadata()
        .setting(DEFAULTS, WINDOW, "10000")
        .setting(DEFAULTS, SECONDS, "604800")
        .setting("system.merge_tree_settings", "non_replicated_deduplication_window", "0");
  }

  private static List<Problem> check(PreparedMetadata server, int urls) throws ClickHouseException {
    return new TargetCheck(server, new CoordinateColumns("_topic", "_partition", "_offset"), urls)
        .check(new TableId("default", "events"));
  }

  private static List<Problem> problems(String engine, String sortingKey)
      throws ClickHouseException {
    return check(server().table("events", engine, sortingKey), 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ReplicatedMergeTree" + PATH + ") ORDER BY n SETTINGS index_granularity = 8192",
        "SharedMergeTree" + PATH + ") ORDER BY n SETTINGS index_granularity = 8192",
        "ReplicatedMergeTree"
            + PATH
            + ") ORDER BY n SETTINGS replicated_deduplication_window ="
            + " 1000",
        // The version comes third: it alone must not distinguish rows of one key.
        "ReplicatedReplacingMergeTree" + PATH + ", version) ORDER BY n",
        "SharedReplacingMergeTree" + PATH + ", version) ORDER BY n",
      })
  void replicated_and_shared_tables_can_keep_the_promise(String engine) throws ClickHouseException {
    assertThat(problems(engine, "n")).isEmpty();
  }

  /** Several servers have the same rows, so several may be named. */
  @ParameterizedTest
  @ValueSource(strings = {"ReplicatedMergeTree", "SharedMergeTree"})
  void several_urls_need_a_table_that_is_on_all_of_them(String engine) throws ClickHouseException {
    assertThat(check(server().table("events", engine + PATH + ")", "n"), 3)).isEmpty();
    PreparedMetadata alone =
        server()
            .table("events", "MergeTree SETTINGS non_replicated_deduplication_window = 1000", "n");
    assertThat(check(alone, 1)).isEmpty();
    assertThat(check(alone, 3))
        .singleElement()
        .satisfies(problem -> assertThat(problem.text()).contains("is not replicated", "names 3"));
  }

  @Test
  void a_window_of_its_own_that_is_too_short_is_refused_with_the_statement()
      throws ClickHouseException {
    assertThat(
            problems(
                "ReplicatedMergeTree"
                    + PATH
                    + ") ORDER BY n SETTINGS replicated_deduplication_window = 999",
                "n"))
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.text()).contains("last 999 inserts (" + WINDOW + ")");
              assertThat(problem.statements())
                  .containsExactly(
                      "ALTER TABLE `default`.`events` MODIFY SETTING"
                          + " replicated_deduplication_window = 10000");
            });
  }

  /** The window of tables without replicas says nothing about one that has some. */
  @Test
  void the_servers_own_default_counts_where_the_table_has_none() throws ClickHouseException {
    PreparedMetadata server =
        server()
            .setting(DEFAULTS, WINDOW, "100")
            .table(
                "events",
                "SharedMergeTree"
                    + PATH
                    + ") ORDER BY n SETTINGS non_replicated_deduplication_window = 1000",
                "n");
    assertThat(check(server, 1))
        .singleElement()
        .satisfies(problem -> assertThat(problem.text()).contains("remembers its last 100"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ReplicatedReplacingMergeTree" + PATH + ") ORDER BY n",
        "SharedReplacingMergeTree" + PATH + ") ORDER BY n",
        "ReplicatedSummingMergeTree" + PATH + ", (amount)) ORDER BY n",
        "SharedAggregatingMergeTree" + PATH + ") ORDER BY n",
        "ReplicatedVersionedCollapsingMergeTree" + PATH + ", sign, version) ORDER BY n",
      })
  void engines_that_merge_rows_are_refused_unless_their_key_tells_rows_apart(String engine)
      throws ClickHouseException {
    assertThat(problems(engine, "n"))
        .singleElement()
        .satisfies(problem -> assertThat(problem.text()).contains("merges rows"));
    assertThat(problems(engine, "n, _topic, _partition, `_offset`")).isEmpty();
  }

  @Test
  void tables_behind_views_of_a_replicated_table_are_asked_the_same() throws ClickHouseException {
    PreparedMetadata server =
        server()
            .table("events", "ReplicatedMergeTree" + PATH + ") ORDER BY n", "n")
            .view("to_daily", "events", "daily")
            .table("daily", "ReplicatedSummingMergeTree" + PATH + ") ORDER BY n", "n")
            .view("to_short", "daily", "short")
            .table(
                "short",
                "ReplicatedMergeTree"
                    + PATH
                    + ") ORDER BY n SETTINGS replicated_deduplication_window = 10",
                "n");
    assertThat(check(server, 1))
        .singleElement()
        .satisfies(
            problem ->
                assertThat(problem.text()).contains("`default`.`short` remembers its last 10"));
  }
}
