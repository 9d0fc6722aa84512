package dev.tributary.connect.sink;

import static java.util.Objects.requireNonNull;

import dev.tributary.connect.record.Held;
import dev.tributary.connect.sink.Batch.OffsetRange;
import dev.tributary.connect.sink.exactly.OffsetSet;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.state.KafkaStateCluster;
import dev.tributary.connect.state.ProgressTopic;
import dev.tributary.connect.state.TaskScope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.jspecify.annotations.Nullable;
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

  /** How often a task with paused partitions or inserts under way is woken. */
  private static final long WAKE_MS = 100;

  /** How often one is woken in front of which state may have to be restored for new partitions. */
  private static final long LOOK_MS = 500;

  /** How often until it has its first partitions, which would wait for the end of a poll. */
  private static final long JOINING_LOOK_MS = 50;

  /** How long it is woken that often; a task may never have a partition. */
  private static final long JOINING_MS = 10_000;

  /** How often while state is restored. */
  private static final long RESTORING_LOOK_MS = 20;

  /** How long a commit waits for inserts under way; well inside the worker's 5 s to stop. */
  private static final long WAIT_FOR_INSERTS_MS = 3_000;

  /** The shortest time between two commits that the task itself asks for. */
  private static final long COMMIT_REQUEST_MS = 1_000;

  /** What {@link #take} returns when the server cannot be asked about a table at the moment. */
  private static final long WAIT = -1;

  private final String name;
  private final SinkConfig config;
  private final SinkTaskContext context;
  private final Time time;
  private final TaskScope scope;
  private final long heldBytesMax;
  private final ClickHouse clickHouse;
  private final Tables tables;
  private final TableGrowth growth;
  private final TableWatch watch;
  private final Delivery delivery;
  private final DeadLetters deadLetters;
  private final Outbox outbox;

  private final Map<TableId, TableBatches> batchesByTable = new HashMap<>();
  private final Map<String, TableBatches> batchesByTopic = new HashMap<>();
  private final Deque<SinkRecord> waiting = new ArrayDeque<>();
  private final Pauses pauses;

  /** Opened, but the framework has not said yet where they start. */
  private final Set<TopicPartition> unpositioned = new HashSet<>();

  private final Map<TopicPartition, Long> committing = new HashMap<>();

  /** Admitted by the delivery, but its table cannot be asked at the moment. */
  private @Nullable SinkRecord admitted;

  private boolean tombstoneSeen;
  private long nextCommitRequestMs;
  private long joiningUntilMs;

  /** Whether the task has asked for a commit that has not come yet. */
  private boolean commitAsked;

  /**
   * @param name who speaks, in logs and thread names
   */
  public StartedSinkTask(String name, SinkConfig config, SinkTaskContext context, TaskScope scope) {
    this.name = name;
    this.config = config;
    this.context = context;
    this.time = Time.SYSTEM;
    this.scope = scope;
    this.heldBytesMax = config.heldBytesMax();
    this.pauses = new Pauses(context);
    this.clickHouse = new ClickHouse(config);
    Optional<ExactTables> exactTables =
        config.exactlyOnce() ? Optional.of(new ExactTables(config, clickHouse)) : Optional.empty();
    this.tables =
        new Tables(name, clickHouse, config.retryPolicy(), config.rowMapping(), exactTables);
    this.growth = new TableGrowth(name, config, tables);
    this.watch = new TableWatch(name, clickHouse);
    this.delivery = exactTables.map(this::exactlyOnce).orElseGet(() -> new AtLeastOnce(clickHouse));
    this.deadLetters = new DeadLetters(context.errantRecordReporter());
    this.outbox =
        new Outbox(
            name,
            new InsertSender(
                name, clickHouse, delivery, config.retryPolicy(), config.maxInFlight()),
            delivery,
            tables,
            id -> requireNonNull(batchesByTable.get(id)),
            deadLetters,
            pauses::ownsPartitionOf,
            this::acknowledge);
    // The first poll joins the group, and with all partitions paused it would sit out its time.
    context.timeout(JOINING_LOOK_MS);
    joiningUntilMs = time.milliseconds() + JOINING_MS;
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
      OffsetSet pending = deadLetters.pendingBelow(partition, bound);
      if (admitted != null && DeadLetters.isFrom(admitted, partition)) {
        pending = pending.plus(OffsetSet.of(admitted.originalKafkaOffset()));
      }
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
      return requireNonNull(batchesByTable.get(table))
          .rebuild(records, time.milliseconds(), deadLetters::reject);
    }

    @Override
    public void send(Batch batch) {
      outbox.addAnnounced(batch);
    }

    @Override
    public void requestCommit() {
      askForCommit();
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
    joiningUntilMs = 0;
    boolean stateless = scope.isEmpty() && !delivery.needsPositions();
    pauses.open(partitions, stateless);
    if (!stateless) {
      unpositioned.addAll(partitions);
      // The framework says in preCommit where the partitions start, and nowhere else.
      askForCommit();
    }
  }

  private void askForCommit() {
    commitAsked = true;
    context.requestCommit();
  }

  /** Has the transforms begin to restore; paused as it is, a partition is still where it starts. */
  private void position(Map<TopicPartition, OffsetAndMetadata> current) {
    Map<TopicPartition, Long> positions = new HashMap<>();
    current.forEach(
        (partition, offset) -> {
          if (unpositioned.remove(partition)) {
            positions.put(partition, offset.offset());
          }
        });
    if (!positions.isEmpty()) {
      scope.opened(positions);
      delivery.opened(positions);
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
            !unpositioned.contains(partition)
                && scope.isReady(partition)
                && delivery.isReady(partition));
    for (SinkRecord record : records) {
      if (record.value() instanceof Held held) {
        delivery.held(record);
        held.taken(record);
      } else {
        waiting.add(record);
      }
    }
    scope.release(
        record -> {
          delivery.released(record);
          waiting.add(record);
        });
    followTables(now);
    takeIn(now);
    closeDueBatches(now);
    outbox.work(now);
    relieve();
    wakeInTime();
  }

  /** Makes rows of the records that wait, as far as memory and the server allow. */
  private void takeIn(long now) {
    long held = heldBytes();
    while (!waiting.isEmpty() && held < heldBytesMax) {
      SinkRecord record = waiting.element();
      if (record.value() == null) {
        skipTombstone(record);
      } else {
        long added = take(record, now);
        if (added == WAIT) {
          return;
        }
        held += added;
      }
      waiting.remove();
    }
    if (held >= heldBytesMax) {
      closeLargestBatches();
    }
  }

  /** The records that are to go into a table. */
  private List<SinkRecord> waitingFor(TableId id) {
    return waiting.stream()
        .filter(record -> config.tableNames().tableFor(record.topic()).equals(id))
        .toList();
  }

  /** Returns null when the table cannot be read at the moment. */
  private @Nullable TableBatches batchesFor(String topic, long now) {
    TableBatches batches = batchesByTopic.get(topic);
    if (batches == null) {
      TableId id = config.tableNames().tableFor(topic);
      batches = batchesByTable.get(id);
      if (batches == null) {
        Table table = growth.open(id, waitingFor(id), now);
        if (table == null) {
          return null;
        }
        batches = new TableBatches(table, config.rowMapping(), delivery.mixesPartitions());
        batchesByTable.put(id, batches);
      }
      batchesByTopic.put(topic, batches);
    }
    return batches;
  }

  /** Makes a row of the record; returns by how much more memory is held, or {@link #WAIT}. */
  private long take(SinkRecord record, long now) {
    TableBatches batches;
    Batch batch;
    try {
      batches = batchesFor(record.topic(), now);
      if (batches != null && admitted == null) {
        if (!delivery.admits(record, batches.table().id())) {
          return 0;
        }
        admitted = record;
      }
      batch = batches == null ? null : append(record, batches, now);
    } catch (DataException e) {
      admitted = null;
      deadLetters.reject(record, e);
      return 0;
    }
    if (batches == null || batch == null) {
      return WAIT;
    }
    admitted = null;
    long added = batch.lastRowBytes();
    if (batch.rows() >= config.batchMaxRows() || batch.bytes() >= config.batchMaxBytes()) {
      batches.take(one -> one == batch, outbox::add);
      outbox.work(now); // throws where another record is bad
    }
    return added;
  }

  /**
   * Adds the record's row to a batch, after the table was looked at again or has grown for it;
   * returns null when the table cannot be asked at the moment.
   */
  private @Nullable Batch append(SinkRecord record, TableBatches batches, long now) {
    while (true) {
      Table before = batches.table();
      Table after;
      try {
        Batch batch = batches.append(record, now);
        if (batch != null) {
          return batch;
        }
        after = growth.meet(before, batches.newFields(), waitingFor(before.id()), now);
        if (before.equals(after)) {
          batches.rememberNewFields();
        }
      } catch (UnfitValueException e) {
        after = growth.widen(before, e, now);
        if (before.equals(after)) {
          throw e;
        }
      }
      if (after == null) {
        return null;
      }
      renew(batches, after);
    }
  }

  /** Goes on with the table as it is now; what is open goes out as it is. */
  private void renew(TableBatches batches, Table now) {
    if (!now.equals(batches.table())) {
      batches.take(batch -> true, outbox::add);
      batches.refresh(now);
    }
  }

  /** Follows changes of tables that no insert tells of, such as a column more. */
  private void followTables(long now) {
    for (Table seen : watch.takeSeen()) {
      TableBatches batches = batchesByTable.get(seen.id());
      if (batches != null && !seen.equals(batches.table())) {
        Table table = tables.read(seen.id(), now);
        if (table != null) {
          renew(batches, table);
        }
      }
    }
    watch.lookIfDue(batchesByTable.keySet(), now);
  }

  /** The memory of all batches that are not acknowledged. */
  long heldBytes() {
    return pending().stream().mapToLong(Batch::bytes).sum();
  }

  /** With memory at its bound, has the largest open batches sent until half of it is on its way. */
  private void closeLargestBatches() {
    List<Batch> open = new ArrayList<>();
    batchesByTable.values().forEach(batches -> open.addAll(batches.open()));
    open.sort(Comparator.comparingLong(Batch::bytes).reversed());
    long left = open.stream().mapToLong(Batch::bytes).sum();
    for (Batch batch : open) {
      if (left <= heldBytesMax / 2) {
        return;
      }
      left -= batch.bytes();
      requireNonNull(batchesByTable.get(batch.table().id())).take(one -> one == batch, outbox::add);
    }
  }

  private void skipTombstone(SinkRecord record) {
    if (!tombstoneSeen) {
      tombstoneSeen = true;
      log.warn(
          "{} skips records without a value, such as the one at {}: a row cannot be made of them",
          name,
          DeadLetters.coordinates(record));
    }
  }

  private void closeDueBatches(long now) {
    for (TableBatches batches : batchesByTable.values()) {
      batches.take(batch -> now - batch.openedMs() >= config.batchMaxDelayMs(), outbox::add);
    }
  }

  private void acknowledge(Batch batch) {
    requireNonNull(batchesByTable.get(batch.table().id())).recycle(batch);
    long now = time.milliseconds();
    if (now >= nextCommitRequestMs) {
      // A crash repeats what was inserted since the last commit: keep that short.
      askForCommit();
      nextCommitRequestMs = now + COMMIT_REQUEST_MS;
    }
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
    boolean pressed = full || outbox.isCrowded() || !waiting.isEmpty();
    if (pressed && !pauses.isPressed()) {
      log.info(
          "{} pauses its partitions: {} batches and {} records wait for ClickHouse{}",
          name,
          outbox.pending().size(),
          waiting.size(),
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
      context.timeout(RESTORING_LOOK_MS);
      return;
    }
    if (pauses.isPressed() || !outbox.isIdle()) {
      context.timeout(WAKE_MS);
      return;
    }
    long now = time.milliseconds();
    boolean looksOften = !scope.isEmpty() || delivery.needsPositions();
    long look = now < joiningUntilMs ? JOINING_LOOK_MS : LOOK_MS;
    long next = looksOften ? look : Long.MAX_VALUE;
    for (TableBatches batches : batchesByTable.values()) {
      for (Batch batch : batches.open()) {
        next = Math.min(next, batch.openedMs() + config.batchMaxDelayMs() - now);
      }
    }
    if (next < Long.MAX_VALUE) {
      context.timeout(Math.max(1, next));
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
    position(current);
    if (!commitAsked) {
      awaitInserts();
    }
    commitAsked = false;
    // Mostly through by now. After a commit that failed this is too much, and costs a restore at
    // most: a step back reads the state topic again, which is cut by the group's own offsets only.
    scope.committed(committing);
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (Map.Entry<TopicPartition, OffsetAndMetadata> entry : current.entrySet()) {
      TopicPartition partition = entry.getKey();
      if (pauses.owns(partition)) {
        delivery.position(partition, Math.min(entry.getValue().offset(), oldestWaiting(partition)));
        long pending = oldestPending(partition);
        Optional<OffsetAndMetadata> offset =
            delivery.commit(
                partition,
                pending < entry.getValue().offset()
                    ? new OffsetAndMetadata(pending)
                    : entry.getValue());
        if (offset.isEmpty()) {
          committing.clear();
          return Map.of(); // a commit for others would also be one for this partition
        }
        offsets.put(partition, offset.get());
      }
    }
    scope.flush();
    committing.clear();
    offsets.forEach((partition, offset) -> committing.put(partition, offset.offset()));
    return offsets;
  }

  /**
   * Inserts that end now need not be repeated by the partitions' next owner. A commit that the task
   * did not ask for is the last one before partitions go; or it is due because the task, for as
   * long as the worker's interval, had no reason to ask for one, and then the wait does no harm.
   */
  private void awaitInserts() {
    long deadline = time.milliseconds() + WAIT_FOR_INSERTS_MS;
    while (!outbox.isIdle()) {
      long left = deadline - time.milliseconds();
      if (left <= 0 || !outbox.awaitOne(left)) {
        return;
      }
      try {
        outbox.work(time.milliseconds());
      } catch (ConnectException e) {
        return; // the next put throws it; what has arrived can still be committed
      }
    }
  }

  private long oldestPending(TopicPartition partition) {
    long oldest =
        Math.min(
            Math.min(deadLetters.oldestPending(partition), scope.oldestHeld(partition)),
            delivery.oldestCollected(partition));
    for (Batch batch : pending()) {
      OffsetRange range = batch.offsets().get(partition);
      if (range != null) {
        oldest = Math.min(oldest, range.first);
      }
    }
    return Math.min(oldest, oldestWaiting(partition));
  }

  private long oldestWaiting(TopicPartition partition) {
    long oldest = Long.MAX_VALUE;
    for (SinkRecord record : waiting) {
      if (DeadLetters.isFrom(record, partition)) {
        oldest = Math.min(oldest, record.originalKafkaOffset());
      }
    }
    return oldest;
  }

  private List<Batch> pending() {
    List<Batch> pending = outbox.pending();
    batchesByTable.values().forEach(batches -> pending.addAll(batches.open()));
    return pending;
  }

  /**
   * Gives partitions up. Their rows that are not under way yet are dropped, since their next owner
   * gets them again.
   */
  public void close(Collection<TopicPartition> partitions) {
    pauses.close(partitions);
    unpositioned.removeAll(partitions);
    committing.keySet().removeAll(partitions);
    delivery.closed(partitions);
    dropUnowned();
    deadLetters.forget(partitions);
    scope.closed(partitions);
  }

  private void dropUnowned() {
    for (TableBatches batches : batchesByTable.values()) {
      batches.take(batch -> !pauses.ownsAll(batch.offsets().keySet()), outbox::add);
    }
    outbox.dropUnowned();
    waiting.removeIf(record -> !pauses.ownsPartitionOf(record));
    if (admitted != null && !pauses.ownsPartitionOf(admitted)) {
      admitted = null;
    }
  }

  @Override
  public void close() {
    watch.close();
    outbox.close();
    delivery.close();
    clickHouse.close();
  }
}
