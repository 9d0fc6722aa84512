package dev.tributary.connect.sink;

import dev.tributary.connect.sink.exactly.OffsetSet;
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
 * The way to the dead letter queue, for records that are no rows. A record counts as pending until
 * the queue has it. Confined to the task thread, on which alone the reporter may be called.
 */
final class DeadLetters {

  private record Report(SinkRecord record, Future<Void> done) {}

  private final @Nullable ErrantRecordReporter reporter;
  private final Deque<Report> pending = new ArrayDeque<>();

  /**
   * @param reporter null where there is no queue
   */
  DeadLetters(@Nullable ErrantRecordReporter reporter) {
    this.reporter = reporter;
  }

  /**
   * Gives the record to the dead letter queue.
   *
   * @throws ConnectException where there is none, with the record's coordinates: the task must fail
   */
  void reject(SinkRecord record, DataException cause) {
    DataException error =
        new DataException("Record " + coordinates(record) + ": " + cause.getMessage(), cause);
    if (reporter == null) {
      throw error;
    }
    // Throws by itself unless errors.tolerance=all.
    pending.add(new Report(record, reporter.report(record, error)));
  }

  /**
   * The lowest offset of the partition that the queue does not have yet; {@link Long#MAX_VALUE}
   * where there is none.
   */
  long oldestPending(TopicPartition partition) {
    pending.removeIf(report -> report.done.isDone() && failure(report) == null);
    return pending.stream()
        .map(Report::record)
        .filter(record -> isFrom(record, partition))
        .mapToLong(SinkRecord::originalKafkaOffset)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /**
   * Fails where the queue could not take a record. That record stays pending.
   *
   * @throws ConnectException with the record's coordinates
   */
  void check() {
    for (Report report : pending) {
      Throwable failure = report.done.isDone() ? failure(report) : null;
      if (failure != null) {
        throw new ConnectException(
            "Record "
                + coordinates(report.record)
                + " could not be written to the dead letter queue",
            failure);
      }
    }
  }

  /** The offsets of the partition below a bound that the queue does not have yet. */
  OffsetSet pendingBelow(TopicPartition partition, long bound) {
    return OffsetSet.of(
        pending.stream()
            .filter(report -> !report.done.isDone() || failure(report) != null)
            .map(Report::record)
            .filter(record -> isFrom(record, partition) && record.originalKafkaOffset() < bound)
            .mapToLong(SinkRecord::originalKafkaOffset)
            .toArray());
  }

  /** The partitions are gone, and the framework waits for their reports no more. */
  void forget(Collection<TopicPartition> partitions) {
    pending.removeIf(
        report -> partitions.stream().anyMatch(partition -> isFrom(report.record, partition)));
  }

  /** Why a report that is done has failed; null when it has not. */
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

  static boolean isFrom(SinkRecord record, TopicPartition partition) {
    return record.originalKafkaPartition() == partition.partition()
        && record.originalTopic().equals(partition.topic());
  }

  static String coordinates(SinkRecord record) {
    return "topic "
        + record.originalTopic()
        + " partition "
        + record.originalKafkaPartition()
        + " offset "
        + record.originalKafkaOffset();
  }
}
