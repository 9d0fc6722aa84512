package dev.tributary.connect.dedup;

import dev.tributary.connect.dedup.index.OnOverflow;
import dev.tributary.connect.kafka.KafkaSettings;
import dev.tributary.connect.record.Durations;
import dev.tributary.connect.record.EventTime;
import dev.tributary.connect.record.FieldPath;
import dev.tributary.connect.record.OnMissingTime;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** The settings of {@code Deduplicate}. */
public final class DeduplicateConfig extends AbstractConfig {

  public static final String KEY_FIELDS = "key.fields";
  public static final String WINDOW = "window";
  public static final String TIME = "time";
  public static final String SCOPE = "scope";
  public static final String ON_MISSING_KEY = "on.missing.key";
  public static final String ON_MISSING_TIME = "on.missing.time";

  public static final String STATE_MAX_BYTES = "state.max.bytes";
  public static final String STATE_ON_OVERFLOW = "state.on.overflow";

  static final long LONG_WINDOW_MS = 7L * 24 * 3_600_000;

  /** Less cannot hold the smallest segments of a single partition. */
  private static final long LEAST_BYTES = 1 << 20;

  private static final String GROUP_DEDUPLICATION = "Deduplication";
  private static final String GROUP_STATE = "State";

  public static final ConfigDef CONFIG_DEF =
      new ConfigDef()
          .define(
              KEY_FIELDS,
              ConfigDef.Type.LIST,
              List.of(),
              new PathList(),
              Importance.HIGH,
              "The fields whose values make two records duplicates, as paths into the record"
                  + " value, such as 'event_id' or 'user.id,session_id'. 'key:<path>' reaches"
                  + " into the record key, 'key:' is the whole record key, 'header:<name>' is a"
                  + " header; a name with a dot is quoted in backticks. Empty means the record"
                  + " key. Values are compared exactly and with their type: 1, \"1\" and 1.0 are"
                  + " three keys.",
              GROUP_DEDUPLICATION,
              1,
              Width.LONG,
              "Key fields")
          .define(
              WINDOW,
              ConfigDef.Type.STRING,
              "1h",
              Durations.validator(),
              Importance.HIGH,
              "How far the event time of a record may be from that of an accepted record with the"
                  + " same key to count as its duplicate: <number><ms|s|m|h|d>, such as 30s, 5m,"
                  + " 24h or 7d, or ISO-8601, such as PT5M. Counted from the accepted record;"
                  + " duplicates do not extend it. Marks are held in memory for twice the window,"
                  + " about 30 bytes each; the default covers retries and re-sent batches in a"
                  + " worker's default heap. More than 7d is allowed, with a warning.",
              GROUP_DEDUPLICATION,
              2,
              Width.SHORT,
              "Window")
          .define(
              TIME,
              ConfigDef.Type.STRING,
              "record",
              EventTime.validator(),
              Importance.MEDIUM,
              "Where the event time of a record comes from: 'record' is its Kafka timestamp,"
                  + " 'field:<path>' one of its fields (a Connect timestamp; seconds, milliseconds,"
                  + " microseconds or nanoseconds since the epoch, by magnitude; ISO-8601 or"
                  + " 'yyyy-MM-dd HH:mm:ss[.fraction]', UTC without an offset), 'processing' the"
                  + " clock. With 'processing' a replay can decide differently than the first run.",
              GROUP_DEDUPLICATION,
              3,
              Width.MEDIUM,
              "Event time")
          .define(
              SCOPE,
              ConfigDef.Type.STRING,
              "partition",
              ValidString.in("partition", "topic"),
              Importance.MEDIUM,
              "Where duplicates are looked for. 'partition': in the partition of the record, so the"
                  + " producer has to send records with the same key to the same partition, as it"
                  + " does when they have the same record key. 'topic': in all partitions of the"
                  + " topic; the connector then runs as one task, whatever tasks.max says, and the"
                  + " sink must be Tributary's.",
              GROUP_DEDUPLICATION,
              4,
              Width.SHORT,
              "Scope")
          .define(
              ON_MISSING_KEY,
              ConfigDef.Type.STRING,
              "pass",
              ValidString.in("pass", "drop", "fail"),
              Importance.MEDIUM,
              "What happens to a record with a missing or null key field: 'pass' lets it through"
                  + " undeduplicated, 'drop' drops it, 'fail' makes it a failed record"
                  + " (errors.tolerance then decides).",
              GROUP_DEDUPLICATION,
              5,
              Width.SHORT,
              "On missing key")
          .define(
              ON_MISSING_TIME,
              ConfigDef.Type.STRING,
              "record",
              ValidString.in("record", "drop", "fail"),
              Importance.MEDIUM,
              "What happens to a record whose event time is missing, null or unreadable: 'record'"
                  + " takes its Kafka timestamp, 'drop' drops it, 'fail' makes it a failed record"
                  + " (errors.tolerance then decides).",
              GROUP_DEDUPLICATION,
              6,
              Width.SHORT,
              "On missing time")
          .define(
              KafkaSettings.TOPIC,
              ConfigDef.Type.STRING,
              "",
              Importance.MEDIUM,
              "The topic that holds the marks of accepted records, in the cluster that the"
                  + " connector reads from. Empty means '<connector name>-state'. Several"
                  + " connectors may share one. Created if missing, with"
                  + " cleanup.policy=compact,delete, retention.ms=-1 and as many partitions as the"
                  + " source topic.",
              GROUP_STATE,
              1,
              Width.MEDIUM,
              "State topic")
          .define(
              KafkaSettings.BOOTSTRAP_SERVERS,
              ConfigDef.Type.STRING,
              "",
              Importance.MEDIUM,
              "The bootstrap servers of the cluster that the connector reads from. Empty means the"
                  + " sink's own setting of the same name if the sink is Tributary's, else"
                  + " CONNECT_BOOTSTRAP_SERVERS or BOOTSTRAP_SERVERS in the worker's environment."
                  + " Any Kafka client property, such as security.protocol, is set with"
                  + " 'state.kafka.<property>' and falls back to the sink's in the same way.",
              GROUP_STATE,
              2,
              Width.LONG,
              "State bootstrap servers")
          .define(
              STATE_MAX_BYTES,
              ConfigDef.Type.LONG,
              0L,
              new ByteBound(),
              Importance.MEDIUM,
              "How much memory the marks of one task may take, in bytes, at least 1048576; 0"
                  + " means no bound but the worker's heap. A mark takes at most 34 bytes and is"
                  + " kept for twice the window: 1 GiB holds 31 million marks, and 7 GiB a window"
                  + " of a week at 165 accepted records a second. Marks that have expired are"
                  + " dropped first; 'state.on.overflow' decides what happens next. Without a"
                  + " bound a full heap stops everything in the worker, so set one if tasks share"
                  + " a worker: the heap has to hold it once per task, beside everything else.",
              GROUP_STATE,
              3,
              Width.MEDIUM,
              "State memory")
          .define(
              STATE_ON_OVERFLOW,
              ConfigDef.Type.STRING,
              "fail",
              ValidString.in("fail", "evict"),
              Importance.MEDIUM,
              "What happens when the marks inside the window need more than 'state.max.bytes'."
                  + " 'fail' stops the task with an error that says what is held; nothing is"
                  + " lost, and it resumes where it stopped when it is restarted with more"
                  + " memory. 'evict' evicts the marks accepted first, an eighth at a time, and"
                  + " counts them in the metric marks-evicted-total: no record is lost, but a"
                  + " duplicate of an evicted mark passes.",
              GROUP_STATE,
              4,
              Width.SHORT,
              "On state overflow");

  /** Reads settings; no side effects. */
  public DeduplicateConfig(Map<?, ?> originals) {
    super(CONFIG_DEF, originals, false);
  }

  List<FieldPath> keyFields() {
    return getList(KEY_FIELDS).stream().map(path -> FieldPath.parse(KEY_FIELDS, path)).toList();
  }

  long windowMs() {
    return Durations.parseMillis(WINDOW, getString(WINDOW));
  }

  /** Whether duplicates may be in any partition of a topic. */
  public boolean topicScope() {
    return getString(SCOPE).equals("topic");
  }

  EventTime eventTime(LongSupplier clock) {
    return EventTime.parse(
        TIME, getString(TIME), OnMissingTime.of(getString(ON_MISSING_TIME)), clock);
  }

  OnMissingKey onMissingKey() {
    return OnMissingKey.of(getString(ON_MISSING_KEY));
  }

  /** The bound on the memory of marks; 0 for none but the heap. */
  long stateMaxBytes() {
    return getLong(STATE_MAX_BYTES);
  }

  OnOverflow onOverflow() {
    return OnOverflow.of(getString(STATE_ON_OVERFLOW));
  }

  String stateTopic(String connector) {
    String topic = getString(KafkaSettings.TOPIC).trim();
    return topic.isEmpty() ? connector + "-state" : topic;
  }

  KafkaSettings stateSettings(Map<String, String> scopeDefaults, Map<String, String> environment) {
    return KafkaSettings.resolve(
        getString(KafkaSettings.BOOTSTRAP_SERVERS),
        originalsWithPrefix(KafkaSettings.KAFKA_PREFIX),
        scopeDefaults,
        environment);
  }

  /** The settings that say what a mark means; marks made under others are not looked at. */
  List<String> definition() {
    return List.of(keyFields().toString(), getString(TIME).trim(), getString(SCOPE));
  }

  private static final class ByteBound implements ConfigDef.Validator {
    @Override
    public void ensureValid(String name, @Nullable Object value) {
      if (!(value instanceof Long bytes) || (bytes != 0 && bytes < LEAST_BYTES)) {
        throw new ConfigException(
            name, value, "must be 0 for no bound, or at least " + LEAST_BYTES + " bytes.");
      }
    }

    @Override
    public String toString() {
      return "0 or at least " + LEAST_BYTES;
    }
  }

  private static final class PathList implements ConfigDef.Validator {
    @Override
    public void ensureValid(String name, @Nullable Object value) {
      if (!(value instanceof List<?> paths)) {
        throw new ConfigException(name, value, "must be a list of paths, or empty.");
      }
      for (Object path : paths) {
        FieldPath.parse(name, String.valueOf(path));
      }
    }

    @Override
    public String toString() {
      return "paths such as id, user.id, key:id, key: or header:request-id";
    }
  }
}
