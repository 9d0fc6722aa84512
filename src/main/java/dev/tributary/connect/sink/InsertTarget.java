package dev.tributary.connect.sink;

/** Where batches go: ClickHouse, one attempt at a time. Thread-safe. */
interface InsertTarget {

  /**
   * Sends the batch under its token and waits for the answer, for a bounded time.
   *
   * @throws InsertException when it was not acknowledged
   */
  void insert(Batch batch) throws InsertException;

  /** Whether another server may take at once what this attempt could not deliver. */
  boolean hasAnotherServer();
}
