package dev.tributary.connect.dedup;

import dev.tributary.connect.dedup.RestoreTask.RestoredMarks;
import dev.tributary.connect.dedup.index.MarkIndex;
import dev.tributary.connect.dedup.index.MarkMemory;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.state.StateReader;
import dev.tributary.connect.state.StateTopic;
import dev.tributary.connect.state.StateWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores the marks of source partitions from the state topic, on the thread of its caller.
 *
 * <p>Restores that are requested together share one pass over the state topic.
 */
final class MarkRestorer {

  private static final Logger log = LoggerFactory.getLogger(MarkRestorer.class);

  private final String owner;
  private final long windowMs;
  private final boolean topicScope;
  private final Function<AtomicLong, MarkMemory> memories;
  private final StateTopic topic;
  private final StateWriter writer;
  private final Supplier<StateReader> readers;
  private final Function<Uuid, MarkCodec> codecs;
  private final Time clock;

  /**
   * @param owner prefix of log lines
   * @param topicScope whether the marks of a partition count in the others too
   * @param memories creates the memory to restore marks in, given the counter of what one pass
   *     holds
   * @param readers opens readers of the state topic
   * @param codecs the format of the marks, given the id of the source topic
   */
  MarkRestorer(
      String owner,
      long windowMs,
      boolean topicScope,
      Function<AtomicLong, MarkMemory> memories,
      StateTopic topic,
      StateWriter writer,
      Supplier<StateReader> readers,
      Function<Uuid, MarkCodec> codecs,
      Time clock) {
    this.owner = owner;
    this.windowMs = windowMs;
    this.topicScope = topicScope;
    this.memories = memories;
    this.topic = topic;
    this.writer = writer;
    this.readers = readers;
    this.codecs = codecs;
    this.clock = clock;
  }

  /** Prepares the state topic for these source topics, if possible; throws nothing. */
  void prepare(Collection<String> sourceTopics) {
    try {
      sourceTopics.forEach(source -> topic.prepare(source, windowMs));
    } catch (RuntimeException | StateUnavailableError e) {
      log.debug("{}: the state topic is not ready yet", owner, e);
    }
  }

  /** Ends every restore, with marks or with an error, before it returns; throws nothing. */
  void restore(Collection<RestoreTask> tasks) {
    try {
      // Our own marks that are still in flight would be missed.
      writer.flush();
      List<RestoreTask> wanted = tasks.stream().filter(task -> !task.isCancelled()).toList();
      if (!wanted.isEmpty()) {
        Collection<StatePartition> readings = readings(wanted);
        try (StateReader reader = readers.get()) {
          reader.read(readings);
        }
      }
    } catch (Throwable e) { // whatever it is, the task has to be notified
      tasks.forEach(task -> task.fail(e));
    }
  }

  private Collection<StatePartition> readings(Collection<RestoreTask> tasks) {
    // Looked up every time: a recreated topic has another id.
    Map<String, Uuid> topicIds = new HashMap<>();
    Map<Integer, StatePartition> readings = new HashMap<>();
    AtomicLong together = new AtomicLong();
    for (RestoreTask task : tasks) {
      TopicPartition source = task.source();
      Uuid topicId =
          topicIds.computeIfAbsent(source.topic(), name -> topic.prepare(name, windowMs).id());
      readings
          .computeIfAbsent(source.partition(), StatePartition::new)
          .fillings
          .add(new Filling(task, topicId, memories.apply(together)));
    }
    return readings.values();
  }

  /** The marks of one source partition while they are read. */
  private final class Filling implements MarkIndex.Visitor {
    private final RestoreTask task;
    private final Uuid topicId;
    private final MarkCodec codec;
    private final PartitionMarks marks;
    private final int partition;
    private final MarkLog marksInTopic = new MarkLog();

    Filling(RestoreTask task, Uuid topicId, MarkMemory memory) {
      this.task = task;
      this.topicId = topicId;
      this.codec = codecs.apply(topicId);
      this.marks =
          topicScope
              ? PartitionMarks.keptForOthers(windowMs, task.position(), memory)
              : new PartitionMarks(windowMs, task.position(), memory);
      this.partition = task.source().partition();
    }

    void visit(ByteBuffer key, ByteBuffer value) {
      if (codec.isOwn(key, partition)) {
        MarkCodec.read(value, this);
      }
    }

    @Override
    public void mark(long high, long low, long offset, long time, boolean movesStreamTime) {
      marksInTopic.add(time, movesStreamTime);
      marks.restore(high, low, offset, time, movesStreamTime);
    }

    void ended(long end, long millis) {
      if (!task.isCancelled()) {
        log.info(
            "{}: restored {} marks of {} out of {} in state topic '{}' in {} ms, resuming at"
                + " offset {}",
            owner,
            marks.size(),
            task.source(),
            marksInTopic.count(),
            topic.name(),
            millis,
            task.position());
      }
      task.end(new RestoredMarks(topicId, codec, marks, end, marksInTopic));
    }
  }

  /** A state partition that is read for the source partitions with its number. */
  private final class StatePartition implements StateReader.Reading {
    private final int number;
    private final List<Filling> fillings = new ArrayList<>(1);
    private final long start = clock.milliseconds();

    StatePartition(int number) {
      this.number = number;
    }

    @Override
    public int partition() {
      return number;
    }

    @Override
    public long from() {
      return 0;
    }

    @Override
    public void visit(ByteBuffer key, ByteBuffer value) {
      for (int i = 0; i < fillings.size(); i++) {
        fillings.get(i).visit(key, value);
      }
    }

    @Override
    public void ended(long end) {
      fillings.forEach(filling -> filling.ended(end, clock.milliseconds() - start));
    }

    @Override
    public boolean isCancelled() {
      return fillings.stream().allMatch(filling -> filling.task.isCancelled());
    }
  }
}
