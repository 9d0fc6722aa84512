package dev.tributary.connect.sink.insert;

import dev.tributary.connect.sink.clickhouse.InsertException;
import java.util.Optional;

/**
 * The outcome of sending an insert.
 *
 * @param failure why a retry of the batch would not help; empty if ClickHouse has acknowledged it
 * @param abandoned whether the rows are no longer needed: their partitions are revoked, and the
 *     next owner reads the records again
 */
public record Outcome(Insert insert, Optional<InsertException> failure, boolean abandoned) {

  static Outcome acknowledged(Insert insert) {
    return new Outcome(insert, Optional.empty(), false);
  }

  static Outcome failed(Insert insert, InsertException failure) {
    return new Outcome(insert, Optional.of(failure), false);
  }

  public Outcome abandon() {
    return new Outcome(insert, failure, true);
  }
}
