package dev.tributary.connect.sink;

import java.util.List;

/**
 * {@code delivery=at_least_once}: every batch has a random token that it keeps over its retries, so
 * that on a table with a deduplication window a retry of an insert that had arrived after all adds
 * nothing, and equal batches all arrive.
 */
final class AtLeastOnce implements Delivery {

  @Override
  public boolean mixesPartitions() {
    return true;
  }

  @Override
  public void beforeAttempt(Batch batch, int attempt) {}

  @Override
  public List<Batch> acknowledged(Batch batch, boolean uncertain) {
    return List.of();
  }

  @Override
  public List<Batch> replaced(Batch batch, boolean uncertain, List<Batch> pieces) {
    return pieces;
  }

  @Override
  public void close() {}
}
