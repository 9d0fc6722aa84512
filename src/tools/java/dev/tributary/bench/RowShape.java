package dev.tributary.bench;

import java.nio.charset.StandardCharsets;
import java.util.function.LongFunction;

/**
 * What the records of a topic look like; each is a function of its number.
 *
 * @param columns of their table, as CREATE TABLE takes them; the first is {@code event_id}
 * @param check what shows whether a table holds the right rows: how many, how many different ones,
 *     and a sum over all values
 * @param text the JSON of a record
 */
record RowShape(String columns, String check, LongFunction<String> text) {

  byte[] json(long number) {
    return text.apply(number).getBytes(StandardCharsets.UTF_8);
  }
}
