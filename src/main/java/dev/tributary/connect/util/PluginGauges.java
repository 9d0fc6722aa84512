package dev.tributary.connect.util;

import java.lang.ref.WeakReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gauges of one transform, over counters of its own: a sensor of {@link PluginMetrics} is
 * shared by all tasks of a worker. A gauge that cannot be registered is logged; it never fails a
 * task.
 *
 * <p>Thread-safe.
 */
public final class PluginGauges {

  private static final Logger log = LoggerFactory.getLogger(PluginGauges.class);

  /** Gauges that could not be registered. */
  private final List<Runnable> missing = new CopyOnWriteArrayList<>();

  public void add(PluginMetrics metrics, String name, String description, LongSupplier value) {
    add(metrics, name, description, (Gauge<Long>) (config, now) -> value.getAsLong());
  }

  /**
   * Registers a gauge.
   *
   * @param value may be read on any thread, with the time of the reading
   */
  public void add(PluginMetrics metrics, String name, String description, Gauge<?> value) {
    Runnable registration =
        () ->
            metrics.addMetric(metrics.metricName(name, description, new LinkedHashMap<>()), value);
    try {
      registration.run();
    } catch (IllegalArgumentException | IllegalStateException e) {
      log.warn(
          "Metric {} is not shown yet: {}. Records are processed as usual, and the"
              + " registration is retried; nothing needs to be done.",
          name,
          e.getMessage());
      missing.add(registration);
    }
  }

  /**
   * Retries the gauges that could not be registered: the MBean of an abandoned task that still runs
   * occupies the name until that task ends.
   */
  public void showMissing() {
    if (!missing.isEmpty()) {
      missing.removeIf(PluginGauges::succeeds);
    }
  }

  private static boolean succeeds(Runnable registration) {
    try {
      registration.run();
      return true;
    } catch (IllegalArgumentException | IllegalStateException e) {
      return false;
    }
  }

  /**
   * Finds the registered metrics of a transform. Connect creates and configures a transform before
   * its task and gives neither a reference to the other, but the task opens the transform's state.
   *
   * <p>Entries do not keep the metrics alive; the gauges in Kafka's own registry do. Thread-safe.
   *
   * @param <M> the metrics of a kind of transforms
   */
  public static final class Registry<M> {

    private final Map<TransformId, WeakReference<M>> shown = new ConcurrentHashMap<>();

    public void put(TransformId transform, M metrics) {
      shown.put(transform, new WeakReference<>(metrics));
    }

    public Optional<M> find(TransformId transform) {
      return Optional.ofNullable(shown.get(transform)).map(WeakReference::get);
    }
  }
}
