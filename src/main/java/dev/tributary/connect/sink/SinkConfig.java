package dev.tributary.connect.sink;

import dev.tributary.connect.sink.table.FieldToColumn;
import dev.tributary.connect.sink.table.TableNames;
import dev.tributary.connect.state.StateSettings;
import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/** The settings of the ClickHouse sink: their definition, and typed access to them. */
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
  public static final String UNKNOWN_FIELDS = "unknown.fields";
  public static final String NULL_AS_DEFAULT = "null.as.default";

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
          "insert_deduplicate",
          "insert_deduplication_token",
          "input_format_native_allow_types_conversion",
          "input_format_null_as_default");

  public static final ConfigDef CONFIG_DEF = define();

  private final TableNames tableNames;
  private final FieldToColumn fieldToColumn;

  /**
   * @throws ConfigException when a setting is missing or has no valid value
   */
  public SinkConfig(Map<String, String> properties) {
    super(CONFIG_DEF, properties, false);
    tableNames =
        TableNames.parse(
            getString(DATABASE), getString(TABLE_NAME_FORMAT), getString(TOPIC_TO_TABLE));
    fieldToColumn = FieldToColumn.parse(getList(FIELD_TO_COLUMN));
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

  public FieldToColumn fieldToColumn() {
    return fieldToColumn;
  }

  public boolean unknownFieldsAreErrors() {
    return getString(UNKNOWN_FIELDS).equalsIgnoreCase("error");
  }

  public boolean nullAsDefault() {
    return getBoolean(NULL_AS_DEFAULT);
  }

  public int batchMaxRows() {
    return getInt(BATCH_MAX_ROWS);
  }

  public long batchMaxBytes() {
    return getLong(BATCH_MAX_BYTES);
  }

  public long batchMaxDelayMs() {
    return getLong(BATCH_MAX_DELAY);
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

  /** The settings in {@code properties} that the sink must decide itself, each with its error. */
  public static Map<String, String> settingErrors(Map<String, String> properties) {
    Map<String, String> errors = new TreeMap<>();
    for (String name : OWN_SETTINGS) {
      String key = SETTING_PREFIX + name;
      if (properties.containsKey(key)) {
        errors.put(
            key, "The sink decides `" + name + "` itself: exact rows depend on it. Remove this.");
      }
    }
    return errors;
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

  private static ConfigDef define() {
    ConfigDef def = new ConfigDef();
    Group connection = new Group(def, "Connection");
    connection.add(
        URL,
        ConfigDef.Type.LIST,
        ConfigDef.NO_DEFAULT_VALUE,
        SinkConfig::checkUrls,
        Importance.HIGH,
        Width.LONG,
        "ClickHouse URLs",
        "The HTTP interface of ClickHouse, `http://host:8123` or `https://host:8443`. With several,"
            + " separated by commas, the sink goes on to the next when one cannot be reached.");
    connection.add(
        DATABASE,
        ConfigDef.Type.STRING,
        "default",
        new ConfigDef.NonEmptyString(),
        Importance.HIGH,
        Width.MEDIUM,
        "Database",
        "The database of every table that is named without one.");
    connection.add(
        USERNAME,
        ConfigDef.Type.STRING,
        "default",
        new ConfigDef.NonEmptyString(),
        Importance.HIGH,
        Width.MEDIUM,
        "User name",
        "The ClickHouse user. It needs INSERT on the tables and SELECT on `system.columns` and"
            + " `system.tables`.");
    connection.add(
        PASSWORD,
        ConfigDef.Type.PASSWORD,
        "",
        null,
        Importance.HIGH,
        Width.MEDIUM,
        "Password",
        "The user's password. Take it from a config provider rather than writing it here, for"
            + " example `${env:CLICKHOUSE_PASSWORD}`.");
    connection.add(
        COMPRESSION,
        ConfigDef.Type.STRING,
        "lz4",
        ConfigDef.CaseInsensitiveValidString.in("lz4", "none"),
        Importance.LOW,
        Width.SHORT,
        "Compression",
        "How inserts travel: `lz4`, or `none` where the network is faster than the processors.");
    connection.add(
        REQUEST_TIMEOUT,
        ConfigDef.Type.LONG,
        60_000L,
        ConfigDef.Range.atLeast(1),
        Importance.MEDIUM,
        Width.SHORT,
        "Request timeout (ms)",
        "How long to wait for the answer to one statement, in milliseconds. After that the insert"
            + " counts as failed for now and is sent again.");

    Group tables = new Group(def, "Tables and columns");
    tables.add(
        TABLE_NAME_FORMAT,
        ConfigDef.Type.STRING,
        "${topic}",
        (name, value) -> TableNames.checkFormat(name, (String) value),
        Importance.MEDIUM,
        Width.LONG,
        "Table name",
        "The table for a topic that `topic.to.table` does not name. `${topic}` stands for the"
            + " topic's whole name, dots included; a dot in the format itself separates database"
            + " and table, as in `landing.${topic}`; backticks quote.");
    tables.add(
        TOPIC_TO_TABLE,
        ConfigDef.Type.STRING,
        "",
        (name, value) -> TableNames.checkMapping(name, (String) value),
        Importance.HIGH,
        Width.LONG,
        "Tables by topic",
        "Entries `topic:table` or `regex:table`, separated by newlines or by commas outside"
            + " brackets and split at the last `:`. The first entry whose left side equals or wholly"
            + " matches the topic counts; `$1` stands for a group of the regex, as in"
            + " `pg-src\\.(\\w+)\\.(\\w+):$1.$2`.");
    tables.add(
        FIELD_TO_COLUMN,
        ConfigDef.Type.LIST,
        "",
        (name, value) -> FieldToColumn.check(name, value),
        Importance.MEDIUM,
        Width.LONG,
        "Columns by field",
        "Entries `field:column` for fields whose column has another name. A path such as"
            + " `user.address.city:city` reaches into nested records. All other fields go to the"
            + " column of their own name.");
    tables.add(
        UNKNOWN_FIELDS,
        ConfigDef.Type.STRING,
        "ignore",
        ConfigDef.CaseInsensitiveValidString.in("ignore", "error"),
        Importance.MEDIUM,
        Width.SHORT,
        "Unknown fields",
        "What to do with a field that has no column: `ignore` it, or treat the record as an"
            + " `error` (it goes to the dead letter queue, or the task fails).");
    tables.add(
        NULL_AS_DEFAULT,
        ConfigDef.Type.BOOLEAN,
        false,
        null,
        Importance.MEDIUM,
        Width.SHORT,
        "Null as default",
        "Whether a null for a column that is not Nullable becomes the column's default. Otherwise"
            + " such a record is an error. A field that is absent always gets the default.");

    Group batching = new Group(def, "Batching");
    batching.add(
        BATCH_MAX_ROWS,
        ConfigDef.Type.INT,
        10_000,
        ConfigDef.Range.between(1, 10_000_000),
        Importance.HIGH,
        Width.SHORT,
        "Rows a batch",
        "A batch is inserted when it has this many rows.");
    batching.add(
        BATCH_MAX_BYTES,
        ConfigDef.Type.LONG,
        64L << 20,
        ConfigDef.Range.between(1L << 10, 1L << 30),
        Importance.MEDIUM,
        Width.SHORT,
        "Bytes a batch",
        "A batch is inserted when its columns hold this many bytes, before compression.");
    batching.add(
        BATCH_MAX_DELAY,
        ConfigDef.Type.LONG,
        10_000L,
        ConfigDef.Range.atLeast(1),
        Importance.HIGH,
        Width.SHORT,
        "Delay of a batch (ms)",
        "A batch is inserted when its first row is this old, in milliseconds, also when no further"
            + " record comes.");
    batching.add(
        MAX_IN_FLIGHT,
        ConfigDef.Type.INT,
        1,
        ConfigDef.Range.between(1, 64),
        Importance.LOW,
        Width.SHORT,
        "Inserts in flight",
        "How many inserts a task sends at a time. When all are under way and another batch is"
            + " full, the task pauses its partitions.");

    Group retries = new Group(def, "Retries");
    retries.add(
        RETRY_BACKOFF,
        ConfigDef.Type.LONG,
        500L,
        ConfigDef.Range.atLeast(1),
        Importance.LOW,
        Width.SHORT,
        "Back-off (ms)",
        "How long to wait before the first retry of an insert, in milliseconds; doubled for each"
            + " further one, with jitter.");
    retries.add(
        RETRY_BACKOFF_MAX,
        ConfigDef.Type.LONG,
        30_000L,
        ConfigDef.Range.atLeast(1),
        Importance.LOW,
        Width.SHORT,
        "Longest back-off (ms)",
        "The longest wait between two retries, in milliseconds.");
    retries.add(
        RETRY_TIMEOUT,
        ConfigDef.Type.LONG,
        -1L,
        ConfigDef.Range.atLeast(-1),
        Importance.MEDIUM,
        Width.SHORT,
        "Give up after (ms)",
        "How long to keep retrying one insert, in milliseconds, before the task fails; -1 keeps"
            + " trying, so that an outage of any length ends by itself.");

    Group state = new Group(def, "State");
    state.add(
        StateSettings.BOOTSTRAP_SERVERS,
        ConfigDef.Type.STRING,
        "",
        null,
        Importance.MEDIUM,
        Width.LONG,
        "Kafka of the state topics",
        "Bootstrap servers of the Kafka cluster of the topics, for the state of the transforms and"
            + " to check that the topics exist. Without it the worker's environment is asked:"
            + " CONNECT_BOOTSTRAP_SERVERS, then BOOTSTRAP_SERVERS. Entries `state.kafka.<property>`"
            + " set further client properties, such as `state.kafka.security.protocol`.");
    return def;
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
      if (!Arrays.asList("http", "https").contains(scheme)
          || uri.getHost() == null
          || uri.getPort() < 0) {
        throw new ConfigException(name, url, need);
      }
      if (uri.getUserInfo() != null) {
        throw new ConfigException(
            name, "[hidden]", "carries a user name; use " + USERNAME + " and " + PASSWORD);
      }
    } catch (IllegalArgumentException e) {
      throw new ConfigException(name, url, need);
    }
  }

  /** One group of settings, which keeps the order in which they are added. */
  private static final class Group {
    private final ConfigDef def;
    private final String name;
    private int order;

    Group(ConfigDef def, String name) {
      this.def = def;
      this.name = name;
    }

    void add(
        String key,
        ConfigDef.Type type,
        Object defaultValue,
        ConfigDef.@Nullable Validator validator,
        Importance importance,
        Width width,
        String display,
        String doc) {
      def.define(
          key, type, defaultValue, validator, importance, doc, name, ++order, width, display);
    }
  }
}
