package dev.tributary.connect.sink.clickhouse;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.types.Password;

/**
 * How to reach ClickHouse.
 *
 * @param urls in the order in which they are tried
 * @param compress whether inserts are compressed with LZ4
 * @param timeoutMs the timeout of a request
 * @param settings the user's ClickHouse settings, sent with every insert
 */
public record ClickHouseOptions(
    List<String> urls,
    String database,
    String username,
    Password password,
    boolean compress,
    long timeoutMs,
    Map<String, String> settings) {}
