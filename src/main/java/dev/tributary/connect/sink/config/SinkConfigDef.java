package dev.tributary.connect.sink.config;

import dev.tributary.connect.kafka.KafkaSettings;
import dev.tributary.connect.sink.batch.BatchLimits;
import dev.tributary.connect.sink.table.SinkKeys;
import dev.tributary.connect.util.SettingGroup;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** Defines the settings of {@link SinkConfig}, one method for each group. */
final class SinkConfigDef {

  private SinkConfigDef() {}

  static ConfigDef define() {
    ConfigDef def = new ConfigDef();
    connection(new SettingGroup(def, "Connection"));
    TableConfigDef.define(new SettingGroup(def, "Tables and columns"));
    DdlConfigDef.define(new SettingGroup(def, "Creating and changing tables"));
    batching(new SettingGroup(def, "Batching"));
    delivery(new SettingGroup(def, "Delivery"));
    retries(new SettingGroup(def, "Retries"));
    state(new SettingGroup(def, "State"));
    return def;
  }

  private static void connection(SettingGroup group) {
    group.add(
        SinkKeys.URL,
        ConfigDef.Type.LIST,
        ConfigDef.NO_DEFAULT_VALUE,
        SinkConfigDef::checkUrls,
        Importance.HIGH,
        Width.LONG,
        "ClickHouse URLs",
        "The HTTP interface of ClickHouse, `http://host:8123` or `https://host:8443`. With several,"
            + " separated by commas, the sink uses the next one if one cannot be reached.");
    group.add(
        SinkKeys.DATABASE,
        ConfigDef.Type.STRING,
        "default",
        new ConfigDef.NonEmptyString(),
        Importance.HIGH,
        Width.MEDIUM,
        "Database",
        "The database of every table that is named without one.");
    group.add(
        SinkKeys.USERNAME,
        ConfigDef.Type.STRING,
        "default",
        new ConfigDef.NonEmptyString(),
        Importance.HIGH,
        Width.MEDIUM,
        "User name",
        "The ClickHouse user. It needs INSERT on the tables and SELECT on `system.columns` and"
            + " `system.tables`.");
    group.add(
        SinkKeys.PASSWORD,
        ConfigDef.Type.PASSWORD,
        "",
        null,
        Importance.HIGH,
        Width.MEDIUM,
        "Password",
        "The user's password. Take it from a config provider rather than writing it here, for"
            + " example `${env:CLICKHOUSE_PASSWORD}`.");
    group.add(
        SinkKeys.COMPRESSION,
        ConfigDef.Type.STRING,
        "lz4",
        ConfigDef.CaseInsensitiveValidString.in("lz4", "none"),
        Importance.LOW,
        Width.SHORT,
        "Compression",
        "The compression of inserts: `lz4`, or `none` if the network is faster than the"
            + " processors.");
    group.add(
        SinkKeys.REQUEST_TIMEOUT,
        ConfigDef.Type.LONG,
        60_000L,
        ConfigDef.Range.atLeast(1),
        Importance.MEDIUM,
        Width.SHORT,
        "Request timeout (ms)",
        "How long to wait for the answer to one statement, in milliseconds. After that the insert"
            + " is aborted and retried.");
  }

  private static void batching(SettingGroup group) {
    group.add(
        SinkKeys.BATCH_MAX_ROWS,
        ConfigDef.Type.INT,
        100_000,
        ConfigDef.Range.between(1, 10_000_000),
        Importance.HIGH,
        Width.SHORT,
        "Maximum rows per batch",
        "The most rows of one insert: a batch that reaches it is sent at once. A batch of "
            + "%,d".formatted(BatchLimits.WORTHWHILE_ROWS)
            + " rows is sent as soon as no insert is in flight and either no more records arrive"
            + " or it has collected for "
            + BatchLimits.COLLECTING_MS
            + " ms.");
    group.add(
        SinkKeys.BATCH_MAX_BYTES,
        ConfigDef.Type.LONG,
        64L << 20,
        ConfigDef.Range.between(1L << 10, 1L << 30),
        Importance.MEDIUM,
        Width.SHORT,
        "Maximum bytes per batch",
        "A batch is inserted when it takes this many bytes of memory: its columns before"
            + " compression, and its records, which are kept until ClickHouse has acknowledged"
            + " them. All batches of a task together take a little more than"
            + " `insert.max.in.flight` + 2 times as much, and at most half the worker's heap"
            + " divided by `tasks.max`; beyond that the task pauses its partitions.");
    group.add(
        SinkKeys.BATCH_MAX_DELAY,
        ConfigDef.Type.LONG,
        10_000L,
        ConfigDef.Range.atLeast(1),
        Importance.HIGH,
        Width.SHORT,
        "Maximum batch delay (ms)",
        "A batch is inserted when its first row is this old, in milliseconds, however small it is,"
            + " also if no further record arrives.");
    group.add(
        SinkKeys.MAX_IN_FLIGHT,
        ConfigDef.Type.INT,
        1,
        ConfigDef.Range.between(1, 64),
        Importance.LOW,
        Width.SHORT,
        "Maximum inserts in flight",
        "The most inserts of a task in flight at a time. If another batch is full then, the task"
            + " pauses its partitions.");
  }

  private static void delivery(SettingGroup group) {
    group.add(
        SinkKeys.DELIVERY,
        ConfigDef.Type.STRING,
        "at_least_once",
        ConfigDef.CaseInsensitiveValidString.in("at_least_once", SinkKeys.EXACTLY_ONCE),
        Importance.HIGH,
        Width.MEDIUM,
        "Delivery",
        "`at_least_once`: nothing is lost, and a crash can write rows again. `exactly_once`: each"
            + " row is stored in its table once, whatever fails. That needs `metadata.columns`"
            + " with topic, partition and offset, a table of the MergeTree family that remembers"
            + " its last inserts, and one URL unless the table is replicated; a missing"
            + " requirement is rejected with the statement that fixes it.");
  }

  private static void retries(SettingGroup group) {
    group.add(
        SinkKeys.RETRY_BACKOFF,
        ConfigDef.Type.LONG,
        500L,
        ConfigDef.Range.atLeast(1),
        Importance.LOW,
        Width.SHORT,
        "Backoff (ms)",
        "How long to wait before the first retry of an insert, in milliseconds; doubled for each"
            + " further one, with jitter.");
    group.add(
        SinkKeys.RETRY_BACKOFF_MAX,
        ConfigDef.Type.LONG,
        30_000L,
        ConfigDef.Range.atLeast(1),
        Importance.LOW,
        Width.SHORT,
        "Maximum backoff (ms)",
        "The longest wait between two retries, in milliseconds.");
    group.add(
        SinkKeys.RETRY_TIMEOUT,
        ConfigDef.Type.LONG,
        -1L,
        ConfigDef.Range.atLeast(-1),
        Importance.MEDIUM,
        Width.SHORT,
        "Retry timeout (ms)",
        "How long to retry one insert, in milliseconds, before the task fails; -1 retries without"
            + " limit, so that the task recovers from an outage of any length.");
  }

  private static void state(SettingGroup group) {
    group.add(
        KafkaSettings.TOPIC,
        ConfigDef.Type.STRING,
        "",
        null,
        Importance.LOW,
        Width.MEDIUM,
        "Progress topic",
        "The compacted topic that holds the progress of the connector, with"
            + " `delivery=exactly_once`. It is created if it does not exist. Empty:"
            + " `<connector>-progress`.");
    group.add(
        KafkaSettings.BOOTSTRAP_SERVERS,
        ConfigDef.Type.STRING,
        "",
        null,
        Importance.MEDIUM,
        Width.LONG,
        "Bootstrap servers of the state topics",
        "Bootstrap servers of the Kafka cluster of the topics, for the state of the transforms and"
            + " to check that the topics exist. Without it the worker's environment is used:"
            + " CONNECT_BOOTSTRAP_SERVERS, then BOOTSTRAP_SERVERS. Entries `state.kafka.<property>`"
            + " set further client properties, such as `state.kafka.security.protocol`.");
  }

  private static void checkUrls(String name, @Nullable Object value) {
    List<?> urls = value instanceof List<?> list ? list : List.of();
    if (urls.isEmpty()) {
      throw new ConfigException(
          name, value, "name at least one URL, such as http://localhost:8123");
    }
    for (Object url : urls) {
      checkUrl(name, String.valueOf(url));
    }
  }

  private static void checkUrl(String name, String url) {
    String need = "must be http://host:port or https://host:port, such as http://localhost:8123";
    try {
      URI uri = URI.create(url.trim());
      String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      if (uri.getRawAuthority() != null && uri.getRawAuthority().contains("@")) {
        throw new ConfigException(
            name,
            withoutCredentials(url),
            "carries a user name; use " + SinkKeys.USERNAME + " and " + SinkKeys.PASSWORD);
      }
      if (!Arrays.asList("http", "https").contains(scheme)
          || uri.getHost() == null
          || uri.getPort() < 0) {
        throw new ConfigException(name, withoutCredentials(url), need);
      }
    } catch (IllegalArgumentException e) {
      throw new ConfigException(name, withoutCredentials(url), need);
    }
  }

  /**
   * A URL, well-formed or not, as it may be shown: a password may stand before the last at sign and
   * in the query.
   */
  private static String withoutCredentials(String url) {
    int query = url.indexOf('?');
    String shown = query < 0 ? url : url.substring(0, query + 1) + "[hidden]";
    int host = url.lastIndexOf('@');
    return host < 0 ? shown : "[hidden]" + (host < shown.length() ? shown.substring(host) : "");
  }
}
