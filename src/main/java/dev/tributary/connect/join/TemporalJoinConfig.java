package dev.tributary.connect.join;

import dev.tributary.connect.join.right.RightFields;
import dev.tributary.connect.join.right.RightOptions;
import dev.tributary.connect.join.right.Window;
import dev.tributary.connect.kafka.KafkaSettings;
import dev.tributary.connect.record.Durations;
import dev.tributary.connect.record.EventTime;
import dev.tributary.connect.record.FieldPath;
import dev.tributary.connect.record.OnMissingTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.storage.Converter;

/** The settings of {@code TemporalJoin}, as {@link TemporalJoinDef} defines them. */
public final class TemporalJoinConfig extends AbstractConfig {

  /**
   * Records that are up to a day late still find the versions that a bounded window alone would
   * purge.
   */
  private static final long TTL_GRACE_MS = 86_400_000;

  /**
   * Reads settings; no side effects.
   *
   * @throws ConfigException if one is invalid, or some contradict each other
   */
  public TemporalJoinConfig(Map<?, ?> originals) {
    super(TemporalJoinDef.CONFIG_DEF, originals, false);
    checkTogether();
  }

  private void checkTogether() {
    boolean both = !isEmpty(TemporalJoinDef.WINDOW);
    for (String side : List.of(TemporalJoinDef.WINDOW_BEFORE, TemporalJoinDef.WINDOW_AFTER)) {
      if (both && !isEmpty(side)) {
        throw new ConfigException(
            side,
            getString(side),
            "cannot be combined with 'window', which sets both sides; remove one of the two.");
      }
    }
    long ttl = isEmpty(TemporalJoinDef.RIGHT_TTL) ? Long.MAX_VALUE : rightTtlMs();
    long before = beforeMs();
    if (before != Window.UNBOUNDED && ttl < before) {
      throw new ConfigException(
          TemporalJoinDef.RIGHT_TTL,
          getString(TemporalJoinDef.RIGHT_TTL),
          "must not be shorter than the window before a left record, " + before + " ms.");
    }
    rightFields();
    rightKey();
  }

  private boolean isEmpty(String key) {
    return getString(key).isBlank();
  }

  String rightTopic() {
    return getString(TemporalJoinDef.RIGHT_TOPIC).trim();
  }

  List<FieldPath> leftKey() {
    return paths(TemporalJoinDef.LEFT_KEY, getList(TemporalJoinDef.LEFT_KEY));
  }

  private List<FieldPath> rightKey() {
    List<String> own = getList(TemporalJoinDef.RIGHT_KEY);
    List<String> texts = own.isEmpty() ? getList(TemporalJoinDef.LEFT_KEY) : own;
    for (String text : texts) {
      if (text.trim().startsWith("header:")) {
        throw new ConfigException(
            TemporalJoinDef.RIGHT_KEY,
            text,
            "must be in the value or the key of the right record.");
      }
    }
    List<FieldPath> paths = paths(TemporalJoinDef.RIGHT_KEY, texts);
    if (paths.size() != leftKey().size()) {
      throw new ConfigException(
          TemporalJoinDef.RIGHT_KEY, own, "must have as many paths as 'left.key'.");
    }
    return paths;
  }

  private static List<FieldPath> paths(String key, List<String> texts) {
    return texts.stream().map(text -> FieldPath.parse(key, text)).toList();
  }

  boolean isLeftJoin() {
    return getString(TemporalJoinDef.JOIN_TYPE).equals("left");
  }

  private long beforeMs() {
    String key =
        isEmpty(TemporalJoinDef.WINDOW) ? TemporalJoinDef.WINDOW_BEFORE : TemporalJoinDef.WINDOW;
    return isEmpty(key) ? Window.UNBOUNDED : Durations.parseMillisOrZero(key, getString(key));
  }

  /** How long a left may be held; 0 if it never is. */
  public long afterMs() {
    String key =
        isEmpty(TemporalJoinDef.WINDOW) ? TemporalJoinDef.WINDOW_AFTER : TemporalJoinDef.WINDOW;
    return isEmpty(key) ? 0 : Durations.parseMillisOrZero(key, getString(key));
  }

  /**
   * The options that the right side is opened with.
   *
   * @throws dev.tributary.connect.kafka.StateUnavailableError if no setting names its cluster
   */
  RightOptions right(Map<String, String> scopeDefaults, Map<String, String> environment) {
    String firstVersion = getString(TemporalJoinDef.RIGHT_FIRST_VERSION);
    return new RightOptions(
        originals(),
        stateSettings(scopeDefaults, environment),
        rightTopic(),
        rightKey(),
        time(TemporalJoinDef.RIGHT_TIME),
        rightFields(),
        () -> converter(TemporalJoinDef.RIGHT_KEY_CONVERTER, true),
        () -> converter(TemporalJoinDef.RIGHT_VALUE_CONVERTER, false),
        new Window(beforeMs(), afterMs(), firstVersion.equals("since_ever")),
        firstVersion.equals("auto"),
        getString(TemporalJoinDef.RIGHT_ON_ERROR).equals("fail"),
        rightTtlMs(),
        getLong(TemporalJoinDef.STATE_MAX_BYTES));
  }

  private RightFields rightFields() {
    return RightFields.parse(
        TemporalJoinDef.RIGHT_FIELDS,
        getList(TemporalJoinDef.RIGHT_FIELDS),
        getString(TemporalJoinDef.RIGHT_PREFIX));
  }

  EventTime leftTime() {
    return time(TemporalJoinDef.LEFT_TIME);
  }

  private EventTime time(String key) {
    return EventTime.parse(
        key,
        getString(key),
        OnMissingTime.of(getString(TemporalJoinDef.ON_MISSING_TIME)),
        System::currentTimeMillis);
  }

  /** How much older than the slowest left a version may be; {@link Window#UNBOUNDED} for any. */
  private long rightTtlMs() {
    if (!isEmpty(TemporalJoinDef.RIGHT_TTL)) {
      return Durations.parseMillis(TemporalJoinDef.RIGHT_TTL, getString(TemporalJoinDef.RIGHT_TTL));
    }
    long before = beforeMs();
    return before == Window.UNBOUNDED ? Window.UNBOUNDED : before + TTL_GRACE_MS;
  }

  boolean rightSync() {
    return getBoolean(TemporalJoinDef.RIGHT_SYNC);
  }

  int holdMaxRecords() {
    return getInt(TemporalJoinDef.HOLD_MAX_RECORDS);
  }

  long holdMaxBytes() {
    return getLong(TemporalJoinDef.HOLD_MAX_BYTES);
  }

  /** Loaded with the plugin's class loader, which also finds the classes of the worker. */
  private Converter converter(String key, boolean isKey) {
    String name = getString(key).trim();
    Map<String, Object> options = new HashMap<>(originalsWithPrefix(key + "."));
    options.putIfAbsent("converter.type", isKey ? "key" : "value");
    try {
      Converter converter =
          Class.forName(name, true, TemporalJoinConfig.class.getClassLoader())
              .asSubclass(Converter.class)
              .getDeclaredConstructor()
              .newInstance();
      converter.configure(options, isKey);
      return converter;
    } catch (ReflectiveOperationException | LinkageError | ClassCastException e) {
      throw new ConfigException(
          key,
          name,
          "cannot be loaded as a converter ("
              + e
              + "). Name a class that implements "
              + Converter.class.getName()
              + " and is in the worker's class path or in the plugin's directory.");
    } catch (ConfigException e) {
      throw new ConfigException(key, name, "rejects its options: " + e.getMessage());
    }
  }

  private KafkaSettings stateSettings(
      Map<String, String> scopeDefaults, Map<String, String> environment) {
    return KafkaSettings.resolve(
        getString(TemporalJoinDef.RIGHT_BOOTSTRAP_SERVERS),
        originalsWithPrefix(KafkaSettings.KAFKA_PREFIX),
        scopeDefaults,
        environment);
  }
}
