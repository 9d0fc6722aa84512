package dev.tributary.connect.sink.config;

import dev.tributary.connect.kafka.KafkaSettings;
import dev.tributary.connect.sink.batch.BatchLimits;
import dev.tributary.connect.sink.clickhouse.ClickHouseOptions;
import dev.tributary.connect.sink.clickhouse.RetryPolicy;
import dev.tributary.connect.sink.columns.TimeFormats;
import dev.tributary.connect.sink.row.RowMapping;
import dev.tributary.connect.sink.table.FieldToColumn;
import dev.tributary.connect.sink.table.MetadataColumns;
import dev.tributary.connect.sink.table.MetadataColumns.Kind;
import dev.tributary.connect.sink.table.SinkKeys;
import dev.tributary.connect.sink.table.TableNames;
import dev.tributary.connect.sink.table.TableOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the ClickHouse sink, and typed access to them; {@link SinkConfigDef} defines
 * them.
 */
public final class SinkConfig extends AbstractConfig {

  private static final String PROGRESS_SUFFIX = "-progress";

  /** Settings that the guarantees of the sink depend on: a user's value would break them. */
  private static final Set<String> OWN_SETTINGS =
      Set.of(
          "async_insert",
          "deduplicate_insert",
          "deduplicate_blocks_in_dependent_materialized_views",
          "use_strict_insert_block_limits",
          "insert_deduplicate",
          "insert_deduplication_token",
          "input_format_native_allow_types_conversion",
          "input_format_null_as_default");

  private static final long LEAST_HELD_BYTES = 8L << 20;

  public static final ConfigDef CONFIG_DEF = SinkConfigDef.define();

  private final TableNames tableNames;
  private final RowMapping rowMapping;
  private final BatchLimits batchLimits;

  /**
   * @throws ConfigException when a setting is missing or has no valid value
   */
  public SinkConfig(Map<String, String> properties) {
    super(CONFIG_DEF, properties, false);
    tableNames =
        TableNames.parse(
            getString(SinkKeys.DATABASE),
            getString(SinkKeys.TABLE_NAME_FORMAT),
            getString(SinkKeys.TOPIC_TO_TABLE));
    batchLimits =
        new BatchLimits(
            getInt(SinkKeys.BATCH_MAX_ROWS),
            getLong(SinkKeys.BATCH_MAX_BYTES),
            getLong(SinkKeys.BATCH_MAX_DELAY));
    rowMapping =
        new RowMapping(
            FieldToColumn.parse(getList(SinkKeys.FIELD_TO_COLUMN)),
            MetadataColumns.parse(getList(SinkKeys.METADATA_COLUMNS)),
            getString(SinkKeys.VALUE_MODE).equalsIgnoreCase("raw"),
            getString(SinkKeys.UNKNOWN_FIELDS).equalsIgnoreCase("error"),
            getBoolean(SinkKeys.NULL_AS_DEFAULT),
            getString(SinkKeys.DECIMAL_ROUNDING).equalsIgnoreCase("half_up"),
            getString(SinkKeys.TIME_PRECISION).equalsIgnoreCase("truncate"),
            TimeFormats.parse(SinkKeys.TIME_FORMATS, getString(SinkKeys.TIME_FORMATS)),
            addsColumns());
    settingErrors(properties)
        .forEach(
            (key, error) -> {
              throw new ConfigException(key, properties.get(key), error);
            });
  }

  public List<String> urls() {
    return getList(SinkKeys.URL);
  }

  /** How to reach ClickHouse. */
  public ClickHouseOptions clickHouseOptions() {
    return new ClickHouseOptions(
        urls(),
        database(),
        username(),
        getPassword(SinkKeys.PASSWORD),
        getString(SinkKeys.COMPRESSION).equalsIgnoreCase("lz4"),
        getLong(SinkKeys.REQUEST_TIMEOUT),
        serverSettings());
  }

  public String database() {
    return getString(SinkKeys.DATABASE);
  }

  public String username() {
    return getString(SinkKeys.USERNAME);
  }

  public TableNames tableNames() {
    return tableNames;
  }

  /** How records become rows. */
  public RowMapping rowMapping() {
    return rowMapping;
  }

  /** The columns that hold the coordinates and other metadata of records. */
  public MetadataColumns metadataColumns() {
    return rowMapping.metadata();
  }

  private boolean addsColumns() {
    return !getString(SinkKeys.TABLE_EVOLVE).equalsIgnoreCase("none");
  }

  /** How tables are created and altered. */
  public TableOptions tableOptions() {
    return new TableOptions(
        getString(SinkKeys.TABLE_CREATE).equalsIgnoreCase("auto"),
        addsColumns(),
        getString(SinkKeys.TABLE_EVOLVE).equalsIgnoreCase("widen"),
        getString(SinkKeys.TABLE_ENGINE).strip(),
        getString(SinkKeys.TABLE_ORDER_BY).strip(),
        getString(SinkKeys.TABLE_PARTITION_BY).strip(),
        getString(SinkKeys.TABLE_SETTINGS).strip(),
        getString(SinkKeys.TABLE_CLUSTER).strip());
  }

  /** When an open batch is closed. */
  public BatchLimits batchLimits() {
    return batchLimits;
  }

  /**
   * The memory that all open and unacknowledged batches of a task may take together, in bytes: a
   * few full batches, and at most the task's share of half the heap.
   */
  public long heldBytesMax() {
    Object tasks = originals().getOrDefault("tasks.max", "1");
    long share =
        Runtime.getRuntime().maxMemory()
            / 2
            / Math.max(1, Long.parseLong(tasks.toString().strip()));
    return Math.min(
        (maxInFlight() + 2) * batchLimits.maxBytes(), Math.max(LEAST_HELD_BYTES, share));
  }

  public int maxInFlight() {
    return getInt(SinkKeys.MAX_IN_FLIGHT);
  }

  public RetryPolicy retryPolicy() {
    return new RetryPolicy(
        getLong(SinkKeys.RETRY_BACKOFF),
        getLong(SinkKeys.RETRY_BACKOFF_MAX),
        getLong(SinkKeys.RETRY_TIMEOUT));
  }

  /** The ClickHouse settings of every insert. */
  private Map<String, String> serverSettings() {
    Map<String, String> settings = new HashMap<>();
    originalsWithPrefix(SinkKeys.SETTING_PREFIX)
        .forEach((name, value) -> settings.put(name, String.valueOf(value)));
    return settings;
  }

  /**
   * The errors that concern more than the value of one setting: settings that the sink must decide
   * itself, and settings that contradict each other.
   */
  public static Map<String, String> settingErrors(Map<String, String> properties) {
    Map<String, String> errors = new TreeMap<>();
    for (String name : OWN_SETTINGS) {
      String key = SinkKeys.SETTING_PREFIX + name;
      if (properties.containsKey(key)) {
        errors.put(
            key, "The sink decides `" + name + "` itself: exact rows depend on it. Remove this.");
      }
    }
    checkColumnsFilledTwice(properties, errors);
    checkCoordinates(properties, errors);
    checkProgressTopic(properties, errors);
    return errors;
  }

  private static void checkProgressTopic(
      Map<String, String> properties, Map<String, String> errors) {
    String name = properties.get("name");
    if (name != null && SinkKeys.EXACTLY_ONCE.equalsIgnoreCase(properties.get(SinkKeys.DELIVERY))) {
      String set = properties.getOrDefault(KafkaSettings.TOPIC, "").strip();
      KafkaSettings.topicError(set, name, PROGRESS_SUFFIX)
          .ifPresent(error -> errors.put(KafkaSettings.TOPIC, error));
    }
  }

  private static void checkColumnsFilledTwice(
      Map<String, String> properties, Map<String, String> errors) {
    try {
      FieldToColumn fields = FieldToColumn.parse(list(properties.get(SinkKeys.FIELD_TO_COLUMN)));
      for (String column :
          MetadataColumns.parse(list(properties.get(SinkKeys.METADATA_COLUMNS))).columns()) {
        if (fields.columns().contains(column)) {
          errors.put(
              SinkKeys.METADATA_COLUMNS,
              "Column `"
                  + column
                  + "` is filled by this and by "
                  + SinkKeys.FIELD_TO_COLUMN
                  + ". Remove one of the two entries.");
        }
      }
    } catch (ConfigException e) {
      // Reported by the setting's own validator.
    }
  }

  private static List<String> list(@Nullable String text) {
    return text == null || text.isBlank() ? List.of() : List.of(text.trim().split("\\s*,\\s*", -1));
  }

  private static void checkCoordinates(Map<String, String> properties, Map<String, String> errors) {
    if (!SinkKeys.EXACTLY_ONCE.equalsIgnoreCase(
        properties.getOrDefault(SinkKeys.DELIVERY, "").strip())) {
      return;
    }
    try {
      MetadataColumns columns =
          MetadataColumns.parse(list(properties.get(SinkKeys.METADATA_COLUMNS)));
      List<String> missing =
          Stream.of(Kind.TOPIC, Kind.PARTITION, Kind.OFFSET)
              .filter(kind -> columns.columnFor(kind).isEmpty())
              .map(kind -> kind.name().toLowerCase(Locale.ROOT))
              .toList();
      if (!missing.isEmpty()) {
        errors.put(
            SinkKeys.METADATA_COLUMNS,
            SinkKeys.DELIVERY
                + "=exactly_once queries the table for the rows that are stored, so the rows must"
                + " carry their coordinates; "
                + String.join(", ", missing)
                + " has no column yet. Set it to"
                + " topic:_topic,partition:_partition,offset:_offset, and give the table these"
                + " columns: ALTER TABLE … ADD COLUMN `_topic` LowCardinality(String), ADD COLUMN"
                + " `_partition` Int32, ADD COLUMN `_offset` Int64.");
      }
    } catch (ConfigException e) {
      // Reported by the setting's own validator.
    }
  }

  /** Whether each row must be in its table exactly once. */
  public boolean exactlyOnce() {
    return getString(SinkKeys.DELIVERY).equalsIgnoreCase(SinkKeys.EXACTLY_ONCE);
  }

  /** The topic that holds the progress of the connector, with {@link #exactlyOnce}. */
  public String progressTopic(String connector) {
    String topic = getString(KafkaSettings.TOPIC).strip();
    return topic.isEmpty() ? connector + PROGRESS_SUFFIX : topic;
  }

  /**
   * The Kafka cluster of the progress topic.
   *
   * @throws dev.tributary.connect.kafka.StateUnavailableError if it is not configured
   */
  public KafkaSettings stateSettings(Map<String, String> environment) {
    return KafkaSettings.resolve(
        getString(KafkaSettings.BOOTSTRAP_SERVERS), Map.of(), stateDefaults(), environment);
  }

  /** The settings of the state that transforms of the connector inherit. */
  public Map<String, String> stateDefaults() {
    return originalsStrings().entrySet().stream()
        .filter(
            entry ->
                entry.getKey().equals(KafkaSettings.BOOTSTRAP_SERVERS)
                    || entry.getKey().startsWith(KafkaSettings.KAFKA_PREFIX))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }
}
