package dev.tributary.connect.dedup;

import dev.tributary.connect.dedup.index.MarkMemory;
import dev.tributary.connect.json.RecordText;
import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.record.EventTime;
import dev.tributary.connect.record.KeyHasher;
import dev.tributary.connect.state.StateReader;
import dev.tributary.connect.state.StateTopic;
import dev.tributary.connect.state.StateWriter;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.DaemonThreads;
import dev.tributary.connect.util.TransformId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running deduplication of a task, from its start to its end.
 *
 * <p>Confined to the task thread.
 */
public final class Deduplicator implements TaskScope.Member {

  /** The simple class name of the transform that this is the state of, as users write it. */
  public static final String TYPE = "Deduplicate";

  private static final Logger log = LoggerFactory.getLogger(Deduplicator.class);

  /**
   * Without a task scope, which reports commits, the age of the oldest mark is updated once per
   * this many records.
   */
  private static final int SHOW_OLDEST_EVERY = 10_000;

  private final TransformId identity;
  private final KeyHasher keys;
  private final EventTime time;
  private final boolean readsValue;
  private final RecordText text = new RecordText();
  private final OnMissingKey onMissingKey;
  private final boolean topicScope;
  private final DedupMetrics metrics;
  private final @Nullable TaskScope scope;
  private final KafkaAccess cluster;
  private final StateWriter writer;
  private final StateTopic topic;
  private final Time clock;
  private final MarkRestorer restorer;
  private final SourcePartitions partitions;
  private final ExecutorService background;

  /** Empty in front of a foreign sink, which does not report what it has committed. */
  private final Optional<Trims> trims;

  private @Nullable StateReader reader;
  private boolean closed;
  private int sinceOldestShown;

  private Deduplicator(
      DeduplicateConfig config,
      TransformId identity,
      @Nullable TaskScope scope,
      DedupMetrics metrics,
      KafkaAccess cluster,
      Time clock) {
    this.identity = identity;
    this.keys = new KeyHasher(config.keyFields());
    this.time = config.eventTime(clock::milliseconds);
    this.readsValue = keys.readsValue() || time.readsValue();
    this.onMissingKey = config.onMissingKey();
    this.topicScope = config.topicScope();
    this.metrics = metrics;
    this.scope = scope;
    this.cluster = cluster;
    this.clock = clock;
    Optional<String> group = Optional.ofNullable(scope).map(TaskScope::group);
    this.topic = new StateTopic(cluster, config.stateTopic(identity.connector()), group, clock);
    this.writer = new StateWriter(cluster.producer(), topic.name());
    MarkMemory memory =
        new MarkMemory(
            identity.toString(),
            config.windowMs(),
            config.stateMaxBytes(),
            config.onOverflow(),
            metrics.bytesHeld,
            metrics.marksEvicted,
            clock);
    this.restorer =
        new MarkRestorer(
            identity.toString(),
            config.windowMs(),
            config.topicScope(),
            memory::forRestore,
            topic,
            writer,
            this::openReader,
            topicId ->
                new MarkCodec(identity.connector(), identity.alias(), topicId, config.definition()),
            clock);
    this.partitions =
        new SourcePartitions(
            identity.toString(),
            new SourcePartition.Shared(
                identity.toString(),
                scope != null,
                topic,
                writer,
                restorer,
                this::reader,
                memory,
                metrics),
            config.topicScope(),
            cluster,
            clock);
    this.background = backgroundThread("tributary-state-" + identity);
    this.trims =
        group.map(
            g ->
                new Trims(
                    identity.toString(), g, cluster, topic.name(), background, Trims.WORTHWHILE));
  }

  /** One daemon thread, which ends when it is idle. */
  private static ExecutorService backgroundThread(String name) {
    ThreadPoolExecutor thread =
        new ThreadPoolExecutor(
            1,
            1,
            100,
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(),
            DaemonThreads.named(name));
    thread.allowCoreThreadTimeOut(true);
    return thread;
  }

  /**
   * Opens the clients and joins the task's scope, if there is one, under the alias.
   *
   * @throws StateUnavailableError if the cluster of the state is unknown or its clients do not open
   */
  public static Deduplicator start(
      DeduplicateConfig config,
      TransformId identity,
      Optional<TaskScope> scope,
      DedupMetrics metrics,
      KafkaAccess.Factory factory,
      Map<String, String> environment,
      Time clock) {
    if (config.topicScope() && scope.isEmpty()) {
      throw new StateUnavailableError(
          identity
              + ": 'scope' is 'topic', which works in front of Tributary's own sink only: another"
              + " sink does not report which partitions a task owns, and may run several"
              + " tasks. Use 'scope' = 'partition' with a producer that sends records with"
              + " the same key to the same partition.");
    }
    Map<String, String> defaults = scope.map(TaskScope::stateDefaults).orElse(Map.of());
    KafkaAccess cluster = null;
    Deduplicator started;
    try {
      cluster =
          factory.open(
              config.stateSettings(defaults, environment),
              String.join(
                  "-", "tributary-state", identity.connector(), identity.task(), identity.alias()));
      started = new Deduplicator(config, identity, scope.orElse(null), metrics, cluster, clock);
    } catch (KafkaException e) {
      Utils.closeQuietly(cluster, "state cluster");
      throw new StateUnavailableError(
          identity
              + " cannot open its clients for the state topic: "
              + e.getMessage()
              + ". Check 'state.bootstrap.servers' and 'state.kafka.*', then restart the task.",
          e);
    }
    scope.ifPresent(s -> s.join(started));
    log.info(
        "{}: window {} ms, state in topic '{}'{}",
        identity,
        config.windowMs(),
        started.topic.name(),
        scope.isPresent()
            ? ""
            : "; the sink is not Tributary's, so a hard kill may let a duplicate through");
    if (config.windowMs() > DeduplicateConfig.LONG_WINDOW_MS) {
      log.warn(
          "{}: 'window' is {} days, so the marks of {} days are held in memory. Set"
              + " 'state.max.bytes' to bound them, or shorten 'window'; nothing needs to be done"
              + " if the heap has room for them.",
          identity,
          config.windowMs() / 86_400_000,
          2 * config.windowMs() / 86_400_000);
    }
    return started;
  }

  @Override
  public TransformId id() {
    return identity;
  }

  /**
   * Whether a record passes.
   *
   * @throws DataException if the record cannot be decided because of its content
   * @throws StateUnavailableError if it cannot be decided because state is missing
   */
  public boolean passes(SinkRecord record) {
    writer.check();
    if (++sinceOldestShown == SHOW_OLDEST_EVERY) {
      sinceOldestShown = 0;
      showOldest();
    }
    SourcePartition partition = partitions.of(record);
    partitions.awaitSiblings();
    long offset = record.originalKafkaOffset();
    try {
      SinkRecord read = readsValue ? text.parsed(record) : record; // what passes is the text
      if (!keys.hash(read)) {
        partition.passOver(offset);
        return passesWithoutKey();
      }
      long eventTime = time.of(read);
      if (eventTime == EventTime.MISSING) {
        partition.passOver(offset);
        metrics.missingTime.increment();
        return false;
      }
      return count(
          partition.decide(
              keys.high(), keys.low(), offset, eventTime, time.movesStreamTime(eventTime, record)));
    } catch (DataException e) {
      partition.passOver(offset);
      throw new DataException(
          identity + " at " + partition.source() + "@" + offset + ": " + e.getMessage(), e);
    }
  }

  private boolean passesWithoutKey() {
    metrics.missingKey.increment();
    return switch (onMissingKey) {
      case PASS -> {
        metrics.passed.increment();
        yield true;
      }
      case DROP -> false;
      case FAIL -> throw new DataException("The record has no key: " + keys.absence());
    };
  }

  private boolean count(Decision decision) {
    switch (decision) {
      case DUPLICATE -> metrics.dropped.increment();
      case REDELIVERED -> metrics.redelivered.increment();
      case ACCEPTED_LATE -> metrics.late.increment();
      case ACCEPTED -> {}
    }
    if (decision.passes()) {
      metrics.passed.increment();
    }
    return decision.passes();
  }

  /** The reader of the task thread, opened on first use. */
  private StateReader reader() {
    StateReader open = reader;
    if (open == null) {
      open = openReader();
      reader = open;
    }
    return open;
  }

  private StateReader openReader() {
    return new StateReader(
        cluster.consumer(),
        topic.name(),
        clock,
        identity.toString(),
        metrics.restoreRemaining::set);
  }

  /**
   * Starts to prepare the state topic for these source topics in the background, so that it is
   * ready when the task has joined its group. Problems are reported when partitions are {@link
   * #opened}.
   */
  public void prepare(Collection<String> sourceTopics) {
    background.execute(() -> restorer.prepare(sourceTopics));
  }

  @Override
  public void opened(Map<TopicPartition, Long> positions) {
    List<RestoreTask> tasks = partitions.open(positions);
    if (!tasks.isEmpty()) {
      trims.ifPresent(Trims::cancel);
      background.execute(() -> restorer.restore(tasks));
    }
  }

  @Override
  public boolean isReady(TopicPartition source) {
    return partitions.isReady(source);
  }

  @Override
  public void polled() {
    partitions.send();
  }

  @Override
  public void flush() {
    polled();
    writer.flush();
  }

  @Override
  public CompletableFuture<Void> durable() {
    polled();
    return writer.durable();
  }

  @Override
  public boolean decidesAcrossPartitions() {
    return topicScope;
  }

  @Override
  public void committed(Map<TopicPartition, Long> offsets) {
    metrics.showMissing();
    partitions.committed(offsets);
    showOldest();
    trims.ifPresent(t -> t.consider(partitions.all()));
  }

  private void showOldest() {
    metrics.oldestMarkTime.set(partitions.oldestTime());
  }

  @Override
  public void closed(Collection<TopicPartition> closed) {
    trims.ifPresent(Trims::cancel);
    partitions.close(closed);
    showOldest();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (scope != null) {
      scope.leave(this);
    }
    background.shutdownNow();
    trims.ifPresent(Trims::cancel);
    partitions.closeAll();
    showOldest();
    Utils.closeQuietly(reader, "state reader");
    Utils.closeQuietly(writer, "state writer");
    Utils.closeQuietly(cluster, "state cluster");
  }
}
