package dev.tributary.bench;

import dev.tributary.stack.Stack;
import dev.tributary.stack.StackException;
import java.time.Duration;
import java.util.Locale;

/** Says of a sink whose rows do not come, though no task of it has failed, where to look. */
final class SilentSink {

  /** Tables with rows that are not the one that is waited for, nor the expectation's. */
  private static final String OTHER_TABLES =
      "SELECT if(count() = 0, 'none', arrayStringConcat(groupArray(concat(database, '.', name, ' with ',"
          + " toString(total_rows))), ', ')) FROM system.tables WHERE total_rows > 0 AND"
          + " lower(database) NOT IN ('system', 'information_schema') AND name != '%s' AND NOT endsWith(name,"
          + " '_reference')";

  private SilentSink() {}

  /**
   * @param rows that have come
   * @param given records that Connect has given to the sink's tasks
   */
  static StackException after(
      Duration silence, Stack stack, BenchRow row, BenchTopic topic, long rows, long given) {
    String others = stack.clickHouse().sql().query(OTHER_TABLES.formatted(topic.name())).strip();
    return new StackException(
        String.format(
            Locale.ROOT,
            "%s: no row has come for %d s, and no task has failed. Connect has given the sink %,d of"
                + " %,d records, and of %,d rows %,d are in table %s; other tables with rows: %s."
                + " The sink must write every record to the table that has the topic's name.",
            row.title(),
            silence.toSeconds(),
            given,
            topic.records(),
            topic.rows(),
            rows,
            topic.name(),
            others));
  }
}
