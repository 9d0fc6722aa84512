package dev.tributary.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One line of the table: a connector's settings and the stream that it moves.
 *
 * @param id names the line on the command line
 * @param title names it in the table
 * @param source what is in the topic
 * @param counts whether its sink only counts records; else it fills the topic's table
 * @param config the connector's settings, without name and topic
 * @param resumed whether the clock begins to run only when the connector's tasks have their
 *     partitions
 * @param base the id of the line that this one is compared with
 */
record BenchRow(
    String id,
    String title,
    Source source,
    boolean counts,
    Map<String, String> config,
    boolean resumed,
    String base) {

  /** What a topic holds. */
  enum Source {
    /** Every event once. */
    EVENTS,
    /** One record in ten repeats an earlier event. */
    REPEATED,
    /** Events at a steady rate, produced while the connector runs. */
    TRICKLE
  }

  BenchRow {
    config = Map.copyOf(config);
  }

  BenchRow(String id, String title, Source source, boolean counts, Map<String, String> config) {
    this(id, title, source, counts, config, false, BenchRows.SINK);
  }

  /** The same with other settings. */
  BenchRow with(String newId, String newTitle, Map<String, String> settings) {
    Map<String, String> all = new LinkedHashMap<>(config);
    all.putAll(settings);
    return new BenchRow(newId, newTitle, source, counts, all, resumed, base);
  }

  BenchRow from(Source newSource) {
    return new BenchRow(id, title, newSource, counts, config, resumed, base);
  }

  /** The same on tasks that have their partitions already, compared with another line. */
  BenchRow resumed(String newBase) {
    return new BenchRow(id, title, source, counts, config, true, newBase);
  }
}
