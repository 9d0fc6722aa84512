package dev.tributary.connect.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PluginGaugesTest {

  private static final TransformId DEDUP = new TransformId("Deduplicate", "shop", "0", "dedup");

  private final Metrics metrics = new Metrics();
  private final PluginGauges gauges = new PluginGauges();
  private final SingleWriterCounter counter = new SingleWriterCounter();

  @AfterEach
  void close() {
    metrics.close();
  }

  private Object value() {
    return metrics.metrics().values().stream()
        .filter(metric -> metric.metricName().name().equals("rows-total"))
        .findFirst()
        .orElseThrow()
        .metricValue();
  }

  private PluginMetricsImpl plugin() {
    return new PluginMetricsImpl(metrics, Map.of("connector", "shop"));
  }

  @Test
  void a_gauge_shows_the_counter_as_it_is_when_it_is_read() {
    gauges.add(plugin(), "rows-total", "Rows", counter::get);
    counter.add(41);
    counter.increment();
    assertThat(value()).isEqualTo(42L);
  }

  @Test
  void a_gauge_whose_name_is_taken_is_shown_once_the_name_is_free() throws Exception {
    PluginMetricsImpl former = plugin();
    new PluginGauges().add(former, "rows-total", "Rows", () -> -1);
    gauges.add(plugin(), "rows-total", "Rows", counter::get);
    gauges.showMissing();
    assertThat(value()).isEqualTo(-1L);

    former.close();
    gauges.showMissing();
    assertThat(value()).isEqualTo(0L);
  }

  @Test
  void metrics_are_found_by_the_transform_that_shows_them() {
    PluginGauges.Registry<String> registry = new PluginGauges.Registry<>();
    registry.put(DEDUP, "shown");
    assertThat(registry.find(new TransformId("Deduplicate", "shop", "0", "dedup")))
        .contains("shown");
    assertThat(registry.find(new TransformId("TemporalJoin", "shop", "0", "dedup"))).isEmpty();
    assertThat(DEDUP).hasToString("Deduplicate{shop-0/dedup}");
  }
}
