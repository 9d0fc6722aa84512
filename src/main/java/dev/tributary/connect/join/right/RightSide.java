package dev.tributary.connect.join.right;

import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.record.StreamTime;
import dev.tributary.connect.util.DaemonThreads;
import dev.tributary.connect.util.TransformId;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right table of a join and the thread that reads it, shared by the tasks of a connector on one
 * worker. Opened by the first that acquires it and closed by the last that releases it.
 *
 * <p>Thread-safe.
 */
public final class RightSide {

  private static final Logger log = LoggerFactory.getLogger(RightSide.class);

  /** Tasks with equal definitions share a right side. */
  private record Definition(String connector, String alias, Map<String, Object> settings) {}

  /** The subscription of one task. */
  public static final class Subscription {
    private final Consumer<RightTable.Key> arrived;
    private volatile long leftTime = StreamTime.NONE;

    Subscription(Consumer<RightTable.Key> arrived) {
      this.arrived = arrived;
    }

    /** Stream time of the task's slowest left partition. */
    public void leftTime(long time) {
      leftTime = time;
    }
  }

  private static final Map<Definition, RightSide> OPEN = new HashMap<>();

  private final Definition definition;
  private final KafkaAccess cluster;
  private final RightTable table;
  private final Schemas schemas;
  private final RightFields fields;
  private final Window window;
  private final RightReader reader;
  private final Set<Subscription> subscriptions = new CopyOnWriteArraySet<>();
  private int users;

  private RightSide(
      Definition definition,
      RightOptions options,
      TransformId identity,
      KafkaAccess cluster,
      Time clock) {
    this.definition = definition;
    this.cluster = cluster;
    this.window =
        options.sinceEverIfCompacted()
            ? options.window().withSinceEver(isCompacted(options.topic(), cluster, identity))
            : options.window();
    this.fields = options.fields();
    this.schemas = new Schemas();
    this.table = new RightTable(options.maxBytes(), window.sinceEver(), this::arrived);
    RightRecords records =
        new RightRecords(
            options.keyConverter().get(),
            options.valueConverter().get(),
            options.key(),
            options.time(),
            fields,
            schemas);
    this.reader =
        new RightReader(
            "TemporalJoin{" + identity.connector() + "/" + identity.alias() + "}",
            options.topic(),
            cluster,
            records,
            table,
            schemas,
            options.failOnError(),
            new Ttl(options.ttlMs()),
            clock);
  }

  private void arrived(RightTable.Key key) {
    for (Subscription subscription : subscriptions) {
      subscription.arrived.accept(key);
    }
  }

  /**
   * The right side with these settings; starts to read it if no task has.
   *
   * @throws StateUnavailableError if there is no such topic or it cannot be read
   */
  public static RightSide acquire(
      RightOptions options, TransformId identity, KafkaAccess.Factory factory, Time clock) {
    Definition definition =
        new Definition(identity.connector(), identity.alias(), options.settings());
    synchronized (OPEN) {
      RightSide side = OPEN.get(definition);
      if (side == null || side.reader.hasEnded()) {
        side = open(definition, options, identity, factory, clock);
        OPEN.put(definition, side);
      }
      side.users++;
      return side;
    }
  }

  private static RightSide open(
      Definition definition,
      RightOptions options,
      TransformId identity,
      KafkaAccess.Factory factory,
      Time clock) {
    KafkaAccess cluster = null;
    try {
      cluster =
          factory.open(
              options.kafka(),
              String.join("-", "tributary-right", identity.connector(), identity.alias()));
      if (cluster.describe(options.topic()).isEmpty()) {
        throw new StateUnavailableError(
            identity
                + ": Kafka has no topic '"
                + options.topic()
                + "', named by 'right.topic'. Create it, or correct its name or"
                + " 'right.bootstrap.servers', then restart the task.");
      }
      RightSide side = new RightSide(definition, options, identity, cluster, clock);
      Thread thread =
          DaemonThreads.named("tributary-right-" + identity.connector() + "-" + identity.alias())
              .newThread(side.reader);
      // Converters load their classes with it.
      thread.setContextClassLoader(RightSide.class.getClassLoader());
      thread.start();
      return side;
    } catch (ConfigException e) {
      Utils.closeQuietly(cluster, "cluster of the right topic");
      throw e;
    } catch (KafkaException e) {
      Utils.closeQuietly(cluster, "cluster of the right topic");
      throw new StateUnavailableError(
          identity
              + " cannot open the right topic '"
              + options.topic()
              + "': "
              + e.getMessage()
              + ". Check 'right.topic', 'right.bootstrap.servers' and 'state.kafka.*', and that the"
              + " user may describe and read the topic; then restart the task.",
          e);
    } catch (Throwable e) {
      Utils.closeQuietly(cluster, "cluster of the right topic");
      throw e;
    }
  }

  private static boolean isCompacted(String topic, KafkaAccess cluster, TransformId identity) {
    boolean compacted =
        cluster.config(topic).getOrDefault("cleanup.policy", "").contains("compact");
    log.info(
        "{}: right topic '{}' is {}compacted, so 'right.first.version' is '{}'",
        identity,
        topic,
        compacted ? "" : "not ",
        compacted ? "since_ever" : "exact");
    return compacted;
  }

  /**
   * Subscribes a task.
   *
   * @param arrived called on the reading thread with each key that has received a version
   */
  public Subscription subscribe(Consumer<RightTable.Key> arrived) {
    Subscription subscription = new Subscription(arrived);
    subscriptions.add(subscription);
    return subscription;
  }

  /** Releases what {@link #acquire} returned, and ends a subscription. */
  public void release(Subscription subscription) {
    subscriptions.remove(subscription);
    synchronized (OPEN) {
      if (--users > 0) {
        return;
      }
      OPEN.remove(definition, this);
    }
    reader.close();
    Utils.closeQuietly(cluster, "cluster of the right topic");
  }

  public RightReader reader() {
    return reader;
  }

  public RightTable table() {
    return table;
  }

  public Schemas schemas() {
    return schemas;
  }

  public RightFields fields() {
    return fields;
  }

  public Window window() {
    return window;
  }

  /** Versions that are older than the slowest left partition by the time to live are not needed. */
  private final class Ttl implements RightReader.Purge {
    private final long ttlMs;

    Ttl(long ttlMs) {
      this.ttlMs = ttlMs;
    }

    @Override
    public long limit() {
      if (ttlMs == Window.UNBOUNDED || subscriptions.isEmpty()) {
        return StreamTime.NONE;
      }
      long slowest = Long.MAX_VALUE;
      for (Subscription subscription : subscriptions) {
        slowest = Math.min(slowest, subscription.leftTime);
      }
      return slowest == StreamTime.NONE ? StreamTime.NONE : slowest - ttlMs;
    }

    @Override
    public boolean isWorthwhile(long from, long to) {
      return to - from >= ttlMs / 8;
    }
  }
}
