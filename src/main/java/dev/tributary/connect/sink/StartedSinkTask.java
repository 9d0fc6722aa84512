package dev.tributary.connect.sink;

import dev.tributary.connect.record.Held;
import dev.tributary.connect.sink.Batch.OffsetRange;
import dev.tributary.connect.sink.exactly.OffsetSet;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.state.KafkaStateCluster;
import dev.tributary.connect.state.ProgressTopic;
import dev.tributary.connect.state.TaskScope;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sink task at work: collects records into batches, has them inserted, and says which offsets may
 * be committed.
 *
 * <p>An offset may be committed when every record below it is in ClickHouse, in the dead letter
 * queue or dropped by a transform, and the transforms' state is durable; always in that order.
 * Under pressure the task pauses its partitions instead of growing, and goes on being polled. A new
 * partition is paused until the transforms have its state. Confined to the task thread.
 */
public final class StartedSinkTask implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(StartedSinkTask.class);

  /** How long {@code put} waits for room before the partitions are paused. */
  private static final long WAIT_FOR_ROOM_MS = 1_000;

  private final String name;
  private final SinkConfig config;
  private final SinkTaskContext context;
  private final Time time;
  private final TaskScope scope;
  private final ClickHouse clickHouse;
  private final LiveTables tables;
  private final Delivery delivery;
  private final DeadLetters deadLetters;
  private final Outbox outbox;

  private final Intake intake;
  private final Commits commits;
  private final Pauses pauses;
  private final Wakes wakes;

  /**
   * @param name who speaks, in logs and thread names
   */
  public StartedSinkTask(String name, SinkConfig config, SinkTaskContext context, TaskScope scope) {
    this.name = name;
    this.config = config;
    this.context = context;
    this.time = Time.SYSTEM;
    this.scope = scope;
    this.pauses = new Pauses(context);
    this.clickHouse = new ClickHouse(config);
    Optional<ExactTables> exactTables =
        config.exactlyOnce() ? Optional.of(new ExactTables(config, clickHouse)) : Optional.empty();
    Tables read =
        new Tables(name, clickHouse, config.retryPolicy(), config.rowMapping(), exactTables);
    this.delivery = exactTables.map(this::exactlyOnce).orElseGet(() -> new AtLeastOnce(clickHouse));
    this.deadLetters = new DeadLetters(context.errantRecordReporter());
    this.outbox =
        new Outbox(
            name,
            new InsertSender(
                name, clickHouse, delivery, config.retryPolicy(), config.maxInFlight()),
            delivery,
            read,
            this::batchesOf,
            deadLetters,
            pauses,
            this::acknowledge);
    this.tables =
        new LiveTables(name, config, clickHouse, read, delivery.mixesPartitions(), outbox::add);
    this.intake = new Intake(name, config, this::heldBytes, tables, delivery, deadLetters, outbox);
    this.commits =
        new Commits(
            context, time, scope, delivery, deadLetters, outbox, intake, pauses, this::pending);
    this.wakes =
        new Wakes(
            context, time, !scope.isEmpty() || delivery.needsPositions(), config.batchLimits());
  }

  private TableBatches batchesOf(TableId id) {
    return tables.of(id);
  }

  private Delivery exactlyOnce(ExactTables exactTables) {
    KafkaStateCluster cluster =
        new KafkaStateCluster(
            config.stateSettings(System.getenv()), "tributary-progress-" + scope.connector());
    ProgressTopic topic = new ProgressTopic(cluster, config.progressTopic(scope.connector()), time);
    return new ExactlyOnce(
        name,
        scope,
        new Takeover(name, scope, cluster, topic, exactTables.readBack()),
        exactTables::feedsViews,
        time,
        new DeliveryHost());
  }

  /** What delivery has the task do. */
  private final class DeliveryHost implements ExactlyOnce.Host {

    @Override
    public OffsetSet pendingBelow(TopicPartition partition, long bound, Predicate<Batch> which) {
      OffsetSet pending =
          deadLetters.pendingBelow(partition, bound).plus(intake.admitted(partition));
      for (Batch batch : pending()) {
        OffsetRange range = batch.offsets().get(partition);
        if (range != null && range.first < bound && which.test(batch)) {
          pending = pending.plus(ExactPartition.offsets(batch.records()));
        }
      }
      return pending.intersect(OffsetSet.range(0, bound));
    }

    @Override
    public List<Batch> rebuild(TableId table, List<SinkRecord> records) {
      return batchesOf(table).rebuild(records, time.milliseconds(), deadLetters::reject);
    }

    @Override
    public void send(Batch batch) {
      outbox.addAnnounced(batch);
    }

    @Override
    public void requestCommit() {
      commits.request();
    }

    @Override
    public void drop(TopicPartition partition) {
      pauses.close(List.of(partition));
      dropUnowned();
      pauses.open(List.of(partition), false);
    }

    @Override
    public void rewind(TopicPartition partition, long offset) {
      context.offset(partition, offset);
    }
  }

  public void open(Collection<TopicPartition> partitions) {
    wakes.joined();
    boolean stateless = scope.isEmpty() && !delivery.needsPositions();
    pauses.open(partitions, stateless);
    if (!stateless) {
      commits.open(partitions);
    }
  }

  public void put(Collection<SinkRecord> records) {
    scope.polled();
    long now = time.milliseconds();
    deadLetters.check();
    delivery.work();
    outbox.work(now);
    pauses.resumeReady(
        partition ->
            commits.isPositioned(partition)
                && scope.isReady(partition)
                && delivery.isReady(partition));
    for (SinkRecord record : records) {
      if (record.value() instanceof Held held) {
        delivery.held(record);
        held.taken(record);
      } else {
        intake.add(record);
      }
    }
    scope.release(
        record -> {
          delivery.released(record);
          intake.add(record);
        });
    tables.follow(now);
    intake.work(now);
    boolean quiet = records.isEmpty();
    tables.close(batch -> config.batchLimits().isDue(batch, now, quiet, outbox.hasRoom()));
    outbox.work(now);
    relieve();
    wakeInTime();
  }

  /** The memory of all batches that are not acknowledged. */
  long heldBytes() {
    return pending().stream().mapToLong(Batch::bytes).sum();
  }

  private void acknowledge(Batch batch) {
    tables.recycle(batch);
    commits.inserted();
  }

  /** Waits a moment for room when batches queue up, then pauses the partitions until they have. */
  private void relieve() {
    long deadline = time.milliseconds() + WAIT_FOR_ROOM_MS;
    while (outbox.isCrowded()) {
      long left = deadline - time.milliseconds();
      if (left <= 0 || !outbox.awaitOne(left)) {
        break;
      }
      outbox.work(time.milliseconds());
    }
    boolean full = scope.isFull();
    boolean pressed = full || outbox.isCrowded() || intake.size() > 0;
    if (pressed && !pauses.isPressed()) {
      log.info(
          "{} pauses its partitions: {} batches and {} records wait for ClickHouse{}",
          name,
          outbox.pending().size(),
          intake.size(),
          full ? ", and a transform holds as many records as it may" : "");
      pauses.press();
    } else if (!pressed && pauses.isPressed()) {
      log.info("{} goes on", name);
      pauses.relieve();
    }
  }

  /** Has the framework call {@code put} again when something is due, also without records. */
  private void wakeInTime() {
    if (pauses.isAnyUnready()) {
      wakes.setRestoring();
    } else if (pauses.isPressed() || outbox.isFailing()) {
      wakes.setBusy();
    } else {
      wakes.set(tables.open(), !outbox.isIdle());
    }
  }

  /**
   * The offsets that may be committed.
   *
   * @param current the framework's offsets: behind all records that it has delivered or that
   *     transforms have dropped
   */
  public Map<TopicPartition, OffsetAndMetadata> preCommit(
      Map<TopicPartition, OffsetAndMetadata> current) {
    return commits.preCommit(current);
  }

  private List<Batch> pending() {
    List<Batch> pending = outbox.pending();
    pending.addAll(tables.open());
    return pending;
  }

  /**
   * Gives partitions up. Their rows that are not under way yet are dropped, since their next owner
   * gets them again.
   */
  public void close(Collection<TopicPartition> partitions) {
    pauses.close(partitions);
    commits.close(partitions);
    delivery.closed(partitions);
    dropUnowned();
    deadLetters.forget(partitions);
    scope.closed(partitions);
  }

  private void dropUnowned() {
    tables.close(batch -> !pauses.ownsAll(batch.offsets().keySet()));
    outbox.dropUnowned();
    intake.dropUnowned(pauses::ownsPartitionOf);
  }

  @Override
  public void close() {
    tables.close();
    outbox.close();
    delivery.close();
    clickHouse.close();
  }
}
