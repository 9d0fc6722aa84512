package dev.tributary.connect.sink.table;

/**
 * The names of the sink's settings. They are in the lowest package, so that every error can name
 * the setting that fixes it.
 */
public final class SinkKeys {

  private SinkKeys() {}

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
  public static final String METADATA_COLUMNS = "metadata.columns";
  public static final String VALUE_MODE = "value.mode";
  public static final String UNKNOWN_FIELDS = "unknown.fields";
  public static final String NULL_AS_DEFAULT = "null.as.default";
  public static final String DECIMAL_ROUNDING = "decimal.rounding";
  public static final String TIME_PRECISION = "time.precision";
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

  /** A value of {@link #DELIVERY}. */
  public static final String EXACTLY_ONCE = "exactly_once";
}
