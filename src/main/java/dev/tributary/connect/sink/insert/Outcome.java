package dev.tributary.connect.sink.insert;

import dev.tributary.connect.sink.clickhouse.InsertException;
import java.util.Optional;

/**
 * How the sending of a batch has ended.
 *
 * @param failure why the batch cannot be inserted as it is; empty when ClickHouse has acknowledged
 *     it
 * @param abandoned whether nobody waits for the rows any more: their partitions are gone, and
 *     whoever has them reads the records again
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
