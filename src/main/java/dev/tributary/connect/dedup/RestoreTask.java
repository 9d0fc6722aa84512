package dev.tributary.connect.dedup;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.util.Causes;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * The restore of one source partition: running, cancelled, or ended with marks or with an error.
 * The caller of {@link #take} then owns the marks. Thread-safe.
 */
final class RestoreTask {

  /**
   * What the state topic says about a source partition.
   *
   * @param topicId the source topic that the marks belong to; a recreated one has another id
   * @param end the state partition has been read below this offset
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

  /** The result is no longer wanted. */
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
