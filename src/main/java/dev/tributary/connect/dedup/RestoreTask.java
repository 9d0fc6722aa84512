package dev.tributary.connect.dedup;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.util.Causes;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * The restoring of one source partition, as the task sees it: under way, cancelled, or ended with
 * marks or with an error. The marks change hands when it ends. Thread-safe.
 */
final class RestoreTask {

  /**
   * What the state topic says about a source partition.
   *
   * @param topicId which of the topics that have had this name the marks belong to
   * @param end the state partition is known below this offset
   * @param log what the state topic holds of the source partition
   */
  record RestoredMarks(
      Uuid topicId, MarkCodec codec, PartitionMarks marks, long end, MarkLog log) {}

  private final TopicPartition source;
  private final long position;
  private final CompletableFuture<RestoredMarks> result = new CompletableFuture<>();

  /**
   * @param position the offset of the first record to be decided, or a lower one
   */
  RestoreTask(TopicPartition source, long position) {
    this.source = source;
    this.position = position;
  }

  TopicPartition source() {
    return source;
  }

  long position() {
    return position;
  }

  /** Nobody will take the result. */
  void cancel() {
    result.cancel(false);
  }

  boolean isCancelled() {
    return result.isCancelled();
  }

  void end(RestoredMarks restored) {
    result.complete(restored);
  }

  void fail(Throwable reason) {
    result.completeExceptionally(reason);
  }

  /** Whether {@link #take} returns or throws at once. */
  boolean isOver() {
    return result.isDone();
  }

  /**
   * Waits for the result.
   *
   * @throws StateUnavailableError if there is none
   */
  RestoredMarks take() {
    try {
      return result.join();
    } catch (CompletionException e) {
      Throwable reason = Causes.unwrap(e);
      throw new StateUnavailableError(
          reason instanceof StateUnavailableError
              ? String.valueOf(reason.getMessage())
              : "The marks of " + source + " cannot be restored: " + reason,
          reason);
    }
  }
}
