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
 */
record BenchRow(
    String id, String title, Source source, boolean counts, Map<String, String> config) {

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

  /** The same with other settings. */
  BenchRow with(String newId, String newTitle, Map<String, String> settings) {
    Map<String, String> all = new LinkedHashMap<>(config);
    all.putAll(settings);
    return new BenchRow(newId, newTitle, source, counts, all);
  }

  BenchRow from(Source newSource) {
    return new BenchRow(id, title, newSource, counts, config);
  }
}
