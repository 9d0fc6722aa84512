package dev.tributary.connect.sink;

import java.util.Optional;

/**
 * How the sending of a batch has ended.
 *
 * @param failure why the batch cannot be inserted as it is; empty when ClickHouse has acknowledged
 *     it
 * @param uncertain whether any attempt failed in a way that may have left rows in the table
 * @param abandoned whether nobody waits for the rows any more: their partitions are gone, and
 *     whoever has them reads the records again
 */
record Outcome(
    Batch batch, Optional<InsertException> failure, boolean uncertain, boolean abandoned) {

  static Outcome acknowledged(Batch batch, boolean uncertain) {
    return new Outcome(batch, Optional.empty(), uncertain, false);
  }

  static Outcome failed(Batch batch, InsertException failure, boolean uncertain) {
    return new Outcome(batch, Optional.of(failure), uncertain, false);
  }

  Outcome abandon() {
    return new Outcome(batch, failure, uncertain, true);
  }
}
