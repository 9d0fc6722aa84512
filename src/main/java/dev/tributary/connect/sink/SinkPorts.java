package dev.tributary.connect.sink;

import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.KafkaClients;
import dev.tributary.connect.sink.clickhouse.ClickHouse;
import dev.tributary.connect.sink.clickhouse.ClickHouseOptions;
import dev.tributary.connect.sink.clickhouse.HttpClickHouse;
import dev.tributary.connect.util.Background;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.utils.Time;

/**
 * The ports of a sink task to everything outside of it.
 *
 * @param environment the worker's environment variables
 */
public record SinkPorts(
    Function<ClickHouseOptions, ClickHouse> clickHouse,
    KafkaAccess.Factory kafka,
    Background.Factory threads,
    Time time,
    Map<String, String> environment) {

  public static SinkPorts real() {
    return new SinkPorts(
        HttpClickHouse::new, KafkaClients::new, Background::threads, Time.SYSTEM, System.getenv());
  }
}
