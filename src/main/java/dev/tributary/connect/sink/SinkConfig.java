package dev.tributary.connect.sink;

import dev.tributary.connect.sink.columns.TimeFormats;
import dev.tributary.connect.sink.table.FieldToColumn;
import dev.tributary.connect.sink.table.MetadataColumns;
import dev.tributary.connect.sink.table.MetadataColumns.Kind;
import dev.tributary.connect.sink.table.TableNames;
import dev.tributary.connect.sink.table.TableOptions;
import dev.tributary.connect.state.StateSettings;
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
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the ClickHouse sink, and typed access to them; {@link SinkConfigDef} defines
 * them.
 */
public final class SinkConfig extends AbstractConfig {

  public static final String URL = "clickhouse.url";
  public static final String DATABASE = "clickhouse.database";
  public static final String USERNAME = "clickhouse.username";
  public static final String PASSWORD = "clickhouse.password";
  public static final String COMPRESSION = "clickhouse.compression";
  public static final String REQUEST_TIMEOUT = "clickhouse.request.timeout.ms";
  public static final String SETTING_PREFIX = "clickhouse.setting.";

  public static final String TABLE_NAME_FORMAT = "table.name.format";
  public static final String TOPIC_TO_TABLE = "topic.to.table";
  public static final String FIELD_TO_COLUMN = "field.to.column";
  public static final String METADATA_COLUMNS = MetadataColumns.KEY;
  public static final String VALUE_MODE = "value.mode";
  public static final String UNKNOWN_FIELDS = "unknown.fields";
  public static final String NULL_AS_DEFAULT = "null.as.default";
  public static final String DECIMAL_ROUNDING = "decimal.rounding";
  public static final String TIME_FORMATS = "time.formats";

  public static final String TABLE_CREATE = "table.create";
  public static final String TABLE_EVOLVE = "table.evolve";
  public static final String TABLE_ENGINE = "table.engine";
  public static final String TABLE_ORDER_BY = "table.order.by";
  public static final String TABLE_PARTITION_BY = "table.partition.by";
  public static final String TABLE_SETTINGS = "table.settings";
  public static final String TABLE_CLUSTER = "table.cluster";

  public static final String DELIVERY = "delivery";

  public static final String BATCH_MAX_ROWS = "batch.max.rows";
  public static final String BATCH_MAX_BYTES = "batch.max.bytes";
  public static final String BATCH_MAX_DELAY = "batch.max.delay.ms";
  public static final String MAX_IN_FLIGHT = "insert.max.in.flight";

  public static final String RETRY_BACKOFF = "retry.backoff.ms";
  public static final String RETRY_BACKOFF_MAX = "retry.backoff.max.ms";
  public static final String RETRY_TIMEOUT = "retry.timeout.ms";

  /** Settings that carry what the sink promises: a user's value for them would break it. */
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

  static final String EXACTLY_ONCE = "exactly_once";

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
            getString(DATABASE), getString(TABLE_NAME_FORMAT), getString(TOPIC_TO_TABLE));
    batchLimits =
        new BatchLimits(getInt(BATCH_MAX_ROWS), getLong(BATCH_MAX_BYTES), getLong(BATCH_MAX_DELAY));
    rowMapping =
        new RowMapping(
            FieldToColumn.parse(getList(FIELD_TO_COLUMN)),
            MetadataColumns.parse(getList(METADATA_COLUMNS)),
            getString(VALUE_MODE).equalsIgnoreCase("raw"),
            getString(UNKNOWN_FIELDS).equalsIgnoreCase("error"),
            getBoolean(NULL_AS_DEFAULT),
            getString(DECIMAL_ROUNDING).equalsIgnoreCase("half_up"),
            TimeFormats.parse(TIME_FORMATS, getString(TIME_FORMATS)),
            addsColumns());
    settingErrors(properties)
        .forEach(
            (key, error) -> {
              throw new ConfigException(key, properties.get(key), error);
            });
  }

  public List<String> urls() {
    return getList(URL);
  }

  public String database() {
    return getString(DATABASE);
  }

  public String username() {
    return getString(USERNAME);
  }

  public Password password() {
    return getPassword(PASSWORD);
  }

  public boolean compress() {
    return getString(COMPRESSION).equalsIgnoreCase("lz4");
  }

  public long requestTimeoutMs() {
    return getLong(REQUEST_TIMEOUT);
  }

  public TableNames tableNames() {
    return tableNames;
  }

  /** How records become rows. */
  RowMapping rowMapping() {
    return rowMapping;
  }

  /** The columns that hold where a record came from. */
  public MetadataColumns metadataColumns() {
    return rowMapping.metadata();
  }

  boolean createsTables() {
    return getString(TABLE_CREATE).equalsIgnoreCase("auto");
  }

  boolean addsColumns() {
    return !getString(TABLE_EVOLVE).equalsIgnoreCase("none");
  }

  boolean widensColumns() {
    return getString(TABLE_EVOLVE).equalsIgnoreCase("widen");
  }

  /** How tables are made and changed. */
  TableOptions tableOptions() {
    return new TableOptions(
        getString(TABLE_ENGINE).strip(),
        getString(TABLE_ORDER_BY).strip(),
        getString(TABLE_PARTITION_BY).strip(),
        getString(TABLE_SETTINGS).strip(),
        getString(TABLE_CLUSTER).strip());
  }

  /** When an open batch is closed. */
  BatchLimits batchLimits() {
    return batchLimits;
  }

  /**
   * The memory that all open and unacknowledged batches of a task may take together, in bytes: a
   * few full batches, yet no more than its share of half the heap.
   */
  long heldBytesMax() {
    Object tasks = originals().getOrDefault("tasks.max", "1");
    long share =
        Runtime.getRuntime().maxMemory()
            / 2
            / Math.max(1, Long.parseLong(tasks.toString().strip()));
    return Math.min(
        (maxInFlight() + 2) * batchLimits.maxBytes(), Math.max(LEAST_HELD_BYTES, share));
  }

  public int maxInFlight() {
    return getInt(MAX_IN_FLIGHT);
  }

  public RetryPolicy retryPolicy() {
    return new RetryPolicy(
        getLong(RETRY_BACKOFF), getLong(RETRY_BACKOFF_MAX), getLong(RETRY_TIMEOUT));
  }

  /** The ClickHouse settings that go with every statement. */
  public Map<String, String> serverSettings() {
    Map<String, String> settings = new HashMap<>();
    originalsWithPrefix(SETTING_PREFIX)
        .forEach((name, value) -> settings.put(name, String.valueOf(value)));
    return settings;
  }

  /**
   * What is wrong with the settings beside the values of single ones: those that the sink must
   * decide itself, and those that contradict each other.
   */
  public static Map<String, String> settingErrors(Map<String, String> properties) {
    Map<String, String> errors = new TreeMap<>();
    for (String name : OWN_SETTINGS) {
      String key = SETTING_PREFIX + name;
      if (properties.containsKey(key)) {
        errors.put(
            key, "The sink decides `" + name + "` itself: exact rows depend on it. Remove this.");
      }
    }
    checkColumnsFilledTwice(properties, errors);
    checkCoordinates(properties, errors);
    return errors;
  }

  private static void checkColumnsFilledTwice(
      Map<String, String> properties, Map<String, String> errors) {
    try {
      FieldToColumn fields = FieldToColumn.parse(list(properties.get(FIELD_TO_COLUMN)));
      for (String column :
          MetadataColumns.parse(list(properties.get(METADATA_COLUMNS))).columns()) {
        if (fields.columns().contains(column)) {
          errors.put(
              METADATA_COLUMNS,
              "Column `"
                  + column
                  + "` is filled by this and by "
                  + FIELD_TO_COLUMN
                  + ". Remove one of the two entries.");
        }
      }
    } catch (ConfigException e) {
      // Told by the setting's own validator.
    }
  }

  private static List<String> list(@Nullable String text) {
    return text == null || text.isBlank() ? List.of() : List.of(text.trim().split("\\s*,\\s*", -1));
  }

  private static void checkCoordinates(Map<String, String> properties, Map<String, String> errors) {
    if (!EXACTLY_ONCE.equalsIgnoreCase(properties.getOrDefault(DELIVERY, "").strip())) {
      return;
    }
    try {
      MetadataColumns columns = MetadataColumns.parse(list(properties.get(METADATA_COLUMNS)));
      List<String> missing =
          Stream.of(Kind.TOPIC, Kind.PARTITION, Kind.OFFSET)
              .filter(kind -> columns.columnFor(kind).isEmpty())
              .map(kind -> kind.name().toLowerCase(Locale.ROOT))
              .toList();
      if (!missing.isEmpty()) {
        errors.put(
            METADATA_COLUMNS,
            DELIVERY
                + "=exactly_once finds out from the table which rows it has, so the rows must carry"
                + " where they come from; "
                + String.join(", ", missing)
                + " has no column yet. Set it to"
                + " topic:_topic,partition:_partition,offset:_offset, and give the table these"
                + " columns: ALTER TABLE … ADD COLUMN `_topic` LowCardinality(String), ADD COLUMN"
                + " `_partition` Int32, ADD COLUMN `_offset` Int64.");
      }
    } catch (ConfigException e) {
      // Told by the setting's own validator.
    }
  }

  /** Whether each row must be in its table exactly once. */
  boolean exactlyOnce() {
    return getString(DELIVERY).equalsIgnoreCase(EXACTLY_ONCE);
  }

  /** The topic that holds how far the connector has come, with {@link #exactlyOnce}. */
  String progressTopic(String connector) {
    String topic = getString(StateSettings.TOPIC).strip();
    return topic.isEmpty() ? connector + "-progress" : topic;
  }

  /**
   * Where the progress topic is.
   *
   * @throws dev.tributary.connect.state.StateUnavailableError if that is not known
   */
  StateSettings stateSettings(Map<String, String> environment) {
    return StateSettings.resolve(
        getString(StateSettings.BOOTSTRAP_SERVERS), Map.of(), stateDefaults(), environment);
  }

  /** What the transforms of the task use for their state unless they have settings of their own. */
  public Map<String, String> stateDefaults() {
    return originalsStrings().entrySet().stream()
        .filter(
            entry ->
                entry.getKey().equals(StateSettings.BOOTSTRAP_SERVERS)
                    || entry.getKey().startsWith(StateSettings.KAFKA_PREFIX))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }
}
