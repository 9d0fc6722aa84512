package dev.tributary.connect.sink;

import dev.tributary.connect.record.RecordCoordinates;
import dev.tributary.connect.sink.offsets.PendingOffsets;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reports records that cannot become rows to the dead letter queue. A record is pending until the
 * queue has stored it. Confined to the task thread, the only one that may call the reporter.
 */
final class DeadLetters {

  private record Report(SinkRecord record, Future<Void> done) {}

  private final @Nullable ErrantRecordReporter reporter;
  private final PendingOffsets pending;
  private final Deque<Report> reports = new ArrayDeque<>();

  /**
   * @param reporter null without a dead letter queue
   */
  DeadLetters(@Nullable ErrantRecordReporter reporter, PendingOffsets pending) {
    this.reporter = reporter;
    this.pending = pending;
  }

  /**
   * Reports the record, which must be pending, to the dead letter queue.
   *
   * @throws ConnectException without a dead letter queue, with the record's coordinates: the task
   *     must fail
   */
  void reject(SinkRecord record, DataException cause) {
    DataException error =
        new DataException(
            "Record " + RecordCoordinates.describe(record) + ": " + cause.getMessage(), cause);
    if (reporter == null) {
      throw error;
    }
    // Throws by itself unless errors.tolerance=all.
    reports.add(new Report(record, reporter.report(record, error)));
  }

  /** Marks the records as done that the queue has stored by now. */
  void settle() {
    reports.removeIf(
        report -> {
          boolean done = report.done.isDone() && failure(report) == null;
          if (done) {
            pending.done(report.record);
          }
          return done;
        });
  }

  /**
   * Fails if the queue could not store a record, which stays pending.
   *
   * @throws ConnectException with the record's coordinates
   */
  void check() {
    for (Report report : reports) {
      Throwable failure = report.done.isDone() ? failure(report) : null;
      if (failure != null) {
        throw new ConnectException(
            "Record "
                + RecordCoordinates.describe(report.record)
                + " could not be written to the dead letter queue, so its offset is not committed."
                + " Check the topic of errors.deadletterqueue.topic.name and the right to write"
                + " it, then restart the task.",
            failure);
      }
    }
  }

  /** Forgets the reports of revoked partitions, which the framework no longer waits for. */
  void forget(Collection<TopicPartition> partitions) {
    reports.removeIf(
        report ->
            partitions.stream()
                .anyMatch(partition -> RecordCoordinates.isFrom(report.record, partition)));
  }

  /** Why a completed report failed; null if it succeeded. */
  private static @Nullable Throwable failure(Report report) {
    try {
      report.done.get();
      return null;
    } catch (ExecutionException e) {
      return e.getCause() == null ? e : e.getCause();
    } catch (CancellationException e) {
      return e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return e;
    }
  }
}
