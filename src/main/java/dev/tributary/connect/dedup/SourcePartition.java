package dev.tributary.connect.dedup;

import dev.tributary.connect.state.StateReader;
import dev.tributary.connect.state.StateTopic;
import dev.tributary.connect.state.StateWriter;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One source partition: its marks in memory and in the state topic, where they have the partition
 * with the same number.
 *
 * <p>The marks are read before the first decision, and again whenever the ones in memory do not
 * suffice: when offsets step back below what has been purged, and, where nobody tells us about
 * partitions that come and go, at every step back or gap, because another task may have had the
 * partition in between.
 */
final class SourcePartition {

  private static final Logger log = LoggerFactory.getLogger(SourcePartition.class);

  /** What the partitions of a task have in common. */
  record Shared(
      String owner,
      String connector,
      String alias,
      List<String> definition,
      long windowMs,
      boolean toldOfPartitions,
      StateTopic topic,
      StateWriter writer,
      Supplier<StateReader> reader,
      MarkMemory memory,
      DedupMetrics metrics) {}

  private final Shared shared;
  private final TopicPartition source;

  /** How far the state partition is known: all of it below this is in memory. */
  private final AtomicLong read = new AtomicLong();

  private final StateWriter.Acknowledged acknowledged;
  private @Nullable PartitionMarks marks;
  private @Nullable MarkCodec codec;
  private long held;

  SourcePartition(Shared shared, TopicPartition source) {
    this.shared = shared;
    this.source = source;
    this.acknowledged =
        offset -> {
          shared.metrics.marksWritten.increment();
          // A mark of our own right behind what is known need not be read again.
          read.compareAndSet(offset, offset + 1);
        };
  }

  /** Decides a record; if it is marked, the mark is on its way when this returns. */
  Decision decide(long high, long low, long offset, long time, boolean movesStreamTime) {
    PartitionMarks decider = marksFor(offset);
    MarkCodec format = codec;
    if (format == null) {
      throw new IllegalStateException("Marks without a codec");
    }
    Decision decision = decider.decide(high, low, offset, time, movesStreamTime);
    if (decision.marks()) {
      shared.writer.send(
          source.partition(),
          format.key(high, low, source.partition(), offset),
          MarkCodec.value(time, movesStreamTime),
          acknowledged);
      if (!shared.toldOfPartitions) {
        decider.committed(offset);
      }
      count(decider.size());
    }
    return decision;
  }

  /** A record went by that has nothing to decide. */
  void passOver(long offset) {
    PartitionMarks here = marks;
    if (here != null && offset == here.next()) {
      here.skipTo(offset + 1);
    }
  }

  /** See {@link PartitionMarks#committed}. */
  void committed(long offset) {
    PartitionMarks here = marks;
    if (here != null) {
      here.committed(offset);
    }
  }

  /** Forgets the marks in memory. */
  void drop() {
    PartitionMarks here = marks;
    if (here != null) {
      here.release();
    }
    marks = null;
    count(0);
  }

  private PartitionMarks marksFor(long offset) {
    PartitionMarks here = marks;
    if (here == null || offset < (shared.toldOfPartitions ? here.floor() : here.next())) {
      return restore(offset);
    }
    if (offset > here.next() && !shared.toldOfPartitions) {
      catchUp(here, offset);
    }
    return here;
  }

  private PartitionMarks restore(long offset) {
    drop();
    // Marks of our own that are still on their way would be missed.
    shared.writer.flush();
    PartitionMarks fresh = new PartitionMarks(shared.windowMs, offset, shared.memory);
    MarkCodec format =
        new MarkCodec(
            shared.connector,
            shared.alias,
            shared.topic.prepare(source.topic(), shared.windowMs).id(),
            shared.definition);
    read.set(shared.reader.get().read(source.partition(), 0, restoring(format, fresh)));
    log.info(
        "{}: restored {} marks of {} from state topic '{}', going on at offset {}",
        shared.owner,
        fresh.size(),
        source,
        shared.topic.name(),
        offset);
    codec = format;
    marks = fresh;
    count(fresh.size());
    return fresh;
  }

  private void catchUp(PartitionMarks here, long offset) {
    MarkCodec format = codec;
    if (format == null) {
      throw new IllegalStateException("Marks without a codec");
    }
    shared.writer.flush();
    here.skipTo(offset);
    read.set(shared.reader.get().read(source.partition(), read.get(), restoring(format, here)));
    count(here.size());
  }

  private StateReader.Visitor restoring(MarkCodec format, PartitionMarks target) {
    return (key, value) -> format.read(key, value, source.partition(), target::restore);
  }

  private void count(long size) {
    shared.metrics.keysHeld.add(size - held);
    held = size;
  }
}
