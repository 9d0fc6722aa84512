package dev.tributary.connect.sink;

import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.record.HeldValue;
import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.batch.BatchLimits;
import dev.tributary.connect.sink.batch.SchemaEvolution;
import dev.tributary.connect.sink.batch.SchemaWatcher;
import dev.tributary.connect.sink.batch.TableCatalog;
import dev.tributary.connect.sink.batch.TableRegistry;
import dev.tributary.connect.sink.clickhouse.ClickHouse;
import dev.tributary.connect.sink.clickhouse.RetryPolicy;
import dev.tributary.connect.sink.config.SinkConfig;
import dev.tributary.connect.sink.exactly.CoordinateColumns;
import dev.tributary.connect.sink.exactly.DeliveryHost;
import dev.tributary.connect.sink.exactly.ExactTargets;
import dev.tributary.connect.sink.exactly.ExactlyOnce;
import dev.tributary.connect.sink.exactly.PartitionClaims;
import dev.tributary.connect.sink.insert.AtLeastOnce;
import dev.tributary.connect.sink.insert.Delivery;
import dev.tributary.connect.sink.insert.InsertSender;
import dev.tributary.connect.sink.offsets.CommitRequests;
import dev.tributary.connect.sink.offsets.PendingOffsets;
import dev.tributary.connect.sink.progress.ProgressTopic;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.state.TaskScope;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running sink task: collects records into batches, inserts them, and decides which offsets may
 * be committed.
 *
 * <p>An offset may be committed when every record below it is stored in ClickHouse or in the dead
 * letter queue, or was dropped by a transform, and then the state of the transforms is durable;
 * always in that order. Under back-pressure the task pauses its partitions and is still polled. A
 * new partition is paused until it is ready. Confined to the task thread.
 */
public final class StartedSinkTask implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(StartedSinkTask.class);

  /** How long {@code put} waits for room before the partitions are paused. */
  private static final long WAIT_FOR_ROOM_MS = 1_000;

  private final String name;
  private final SinkTaskContext context;
  private final Time time;
  private final TaskScope scope;
  private final BatchLimits limits;
  private final long heldBytesMax;

  /** The resources that were opened, the last one first. */
  private final Deque<AutoCloseable> opened;

  private final PendingOffsets pending;
  private final AssignedPartitions partitions;
  private final TableRegistry tables;
  private final DeadLetters deadLetters;
  private final Delivery delivery;
  private final RecordQueue records;
  private final InsertQueue inserts;
  private final OffsetCommits commits;
  private final PollTimer pollTimer;

  /**
   * Starts a task. If that fails, everything that was opened is closed again.
   *
   * @param name prefix of log lines and thread names
   */
  public static StartedSinkTask start(
      String name, SinkConfig config, SinkTaskContext context, TaskScope scope, SinkPorts ports) {
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    try {
      return new StartedSinkTask(name, config, context, scope, ports, opened);
    } catch (RuntimeException | Error e) {
      close(opened);
      throw e;
    }
  }

  private StartedSinkTask(
      String name,
      SinkConfig config,
      SinkTaskContext context,
      TaskScope scope,
      SinkPorts ports,
      Deque<AutoCloseable> opened) {
    this.name = name;
    this.context = context;
    this.time = ports.time();
    this.scope = scope;
    this.limits = config.batchLimits();
    this.heldBytesMax = config.heldBytesMax();
    this.opened = opened;
    this.pending = new PendingOffsets(scope::oldestHeld);
    this.partitions = new AssignedPartitions(context);
    this.deadLetters = new DeadLetters(context.errantRecordReporter(), pending);
    CommitRequests requests = new CommitRequests(context, time);
    ClickHouse clickHouse = opened(ports.clickHouse().apply(config.clickHouseOptions()));
    ExactTargets exactTargets =
        config.exactlyOnce()
            ? new ExactTargets(
                CoordinateColumns.of(config.metadataColumns()),
                config.urls().size(),
                clickHouse,
                time)
            : null;
    RetryPolicy retry = config.retryPolicy();
    TableCatalog catalog =
        new TableCatalog(
            name,
            clickHouse,
            retry,
            config.rowMapping(),
            exactTargets == null ? table -> List.of() : exactTargets::problems);
    SchemaWatcher watcher =
        opened(
            new SchemaWatcher(
                name, clickHouse, ports.threads().start("tributary-tables-" + name, 1)));
    this.tables =
        new TableRegistry(
            config.tableNames(),
            config.rowMapping(),
            catalog,
            new SchemaEvolution(name, config.tableOptions(), config.rowMapping(), catalog),
            watcher,
            !config.exactlyOnce());
    this.delivery =
        opened(
            exactTargets == null
                ? new AtLeastOnce(clickHouse, scope, time)
                : exactlyOnce(config, ports, exactTargets, requests));
    InsertSender sender =
        opened(
            new InsertSender(
                name,
                clickHouse,
                retry,
                config.maxInFlight(),
                ports.threads().start("tributary-insert-" + name, config.maxInFlight()),
                time));
    this.inserts =
        new InsertQueue(
            name, sender, tables, deadLetters, partitions, pending, delivery, requests::inserted);
    this.records = new RecordQueue(name, tables, delivery, deadLetters, pending);
    this.commits =
        new OffsetCommits(
            time, scope, delivery, deadLetters, inserts, pending, partitions, requests);
    this.pollTimer = new PollTimer(context, time, needsPositions(), limits);
  }

  private <T extends AutoCloseable> T opened(T one) {
    opened.push(one);
    return one;
  }

  private Delivery exactlyOnce(
      SinkConfig config, SinkPorts ports, ExactTargets exactTargets, CommitRequests requests) {
    KafkaAccess kafka =
        opened(
            ports
                .kafka()
                .open(
                    config.stateSettings(ports.environment()),
                    "tributary-progress-" + scope.connector()));
    PartitionClaims claims =
        new PartitionClaims(
            name,
            scope,
            kafka,
            new ProgressTopic(kafka, config.progressTopic(scope.connector()), time),
            exactTargets,
            ports.threads().start("tributary-progress-" + name, PartitionClaims.THREADS),
            time);
    return new ExactlyOnce(
        name,
        scope,
        claims,
        exactTargets,
        pending,
        requests,
        time,
        new DeliveryHost() {
          @Override
          public List<Batch> rebuild(TableId table, List<SinkRecord> records) {
            return tables.build(table, records, time.milliseconds(), deadLetters::reject);
          }

          @Override
          public void rewind(TopicPartition partition, long offset) {
            context.offset(partition, offset);
          }
        });
  }

  private boolean needsPositions() {
    return !scope.isEmpty() || delivery.needsPositions();
  }

  public void open(Collection<TopicPartition> assigned) {
    pollTimer.joined();
    boolean ready = !needsPositions();
    partitions.open(assigned, ready);
    if (!ready) {
      commits.open(assigned);
    }
  }

  public void put(Collection<SinkRecord> polled) {
    scope.polled();
    long now = time.milliseconds();
    deadLetters.settle();
    deadLetters.check();
    inserts.addBegun(delivery.work());
    List<TopicPartition> fenced = delivery.takeFenced();
    if (!fenced.isEmpty()) {
      drop(fenced);
    }
    inserts.settle(now);
    partitions.resumeReady(this::isReady);
    take(polled);
    tables.follow(now);
    inserts.send();
    makeRows(now);
    boolean quiet = polled.isEmpty();
    inserts.add(tables.close(batch -> limits.isDue(batch, now, quiet, inserts.hasRoom())));
    inserts.send();
    relieve();
    setPollTimer();
  }

  private boolean isReady(TopicPartition partition) {
    return commits.isPositioned(partition)
        && scope.isReady(partition)
        && delivery.isReady(partition);
  }

  private void take(Collection<SinkRecord> polled) {
    for (SinkRecord record : polled) {
      if (record.value() instanceof HeldValue held) {
        delivery.held(record);
        held.replacedBy(record);
      } else {
        records.add(record);
      }
    }
    scope.release(
        record -> {
          delivery.released(record);
          records.add(record);
        });
  }

  /** Makes rows of the waiting records, as far as memory and the server allow. */
  private void makeRows(long now) {
    long held = heldBytes();
    while (!records.isEmpty() && held < heldBytesMax) {
      switch (records.next(now)) {
        case ROW -> {
          Batch batch = records.filled();
          held += batch.lastRowBytes();
          if (limits.isFull(batch)) {
            inserts.add(tables.close(batch));
            inserts.send();
          }
        }
        case SKIPPED -> {}
        case BLOCKED, UNDECIDED -> {
          return;
        }
      }
    }
    if (held >= heldBytesMax) {
      inserts.add(tables.closeLargest(heldBytesMax));
    }
  }

  /** The memory of all batches that are not acknowledged yet, in bytes. */
  long heldBytes() {
    return tables.openBytes() + inserts.bytes();
  }

  /**
   * Waits for at most {@link #WAIT_FOR_ROOM_MS} if batches queue up, then pauses the partitions
   * until the queue is empty.
   */
  private void relieve() {
    long deadline = time.milliseconds() + WAIT_FOR_ROOM_MS;
    while (inserts.isCrowded()) {
      long left = deadline - time.milliseconds();
      if (left <= 0 || !inserts.awaitOne(left)) {
        break;
      }
      inserts.settle(time.milliseconds());
      inserts.send();
    }
    boolean full = scope.isFull();
    boolean pressed = full || inserts.isCrowded() || isBacklogged();
    if (pressed && !partitions.isPressed()) {
      log.info(
          "{} pauses its partitions: {} batches and {} records wait for ClickHouse{}",
          name,
          inserts.size(),
          records.size(),
          full ? ", and a transform holds as many records as it may" : "");
      partitions.press();
    } else if (!pressed && partitions.isPressed()) {
      log.info("{} resumed its partitions", name);
      partitions.relieve();
    }
  }

  /**
   * Whether records wait that no more should join. While one waits to be judged again, more may
   * come as far as memory allows, so that records that do not fit do not slow down a topic.
   */
  private boolean isBacklogged() {
    return records.waitsToBeJudged()
        ? heldBytes() + records.waitingBytes() >= heldBytesMax
        : !records.isEmpty();
  }

  /** Sets the poll timeout so that {@code put} is called again when something is due. */
  private void setPollTimer() {
    if (partitions.isAnyUnready()) {
      pollTimer.setRestoring();
    } else if (partitions.isPressed() || inserts.isFailing()) {
      pollTimer.setBusy();
    } else {
      pollTimer.set(tables.open(), !inserts.isIdle(), records.judgedAgainMs());
    }
  }

  /**
   * The offsets that may be committed.
   *
   * @param current the framework's offsets: the ones after all records that it has delivered or
   *     that transforms have dropped
   */
  public Map<TopicPartition, OffsetAndMetadata> preCommit(
      Map<TopicPartition, OffsetAndMetadata> current) {
    return commits.preCommit(current);
  }

  /**
   * Releases revoked partitions. Their rows that are not in flight yet are dropped, since the next
   * owner reads their records again.
   */
  public void close(Collection<TopicPartition> revoked) {
    partitions.close(revoked);
    commits.close(revoked);
    delivery.closed(revoked);
    dropUnowned(revoked);
    deadLetters.forget(revoked);
    scope.closed(revoked);
  }

  /** Drops the records of partitions that another task has claimed. */
  private void drop(List<TopicPartition> fenced) {
    partitions.close(fenced);
    dropUnowned(fenced);
    partitions.open(fenced, false);
  }

  private void dropUnowned(Collection<TopicPartition> gone) {
    pending.forget(gone);
    records.dropUnowned(partitions::ownsPartitionOf);
    inserts.dropUnowned(tables.close(batch -> !partitions.ownsAll(batch.offsets().keySet())));
  }

  @Override
  public void close() {
    close(opened);
  }

  private static void close(Deque<AutoCloseable> opened) {
    while (!opened.isEmpty()) {
      Utils.closeQuietly(opened.pop(), "part of the sink task");
    }
  }
}
