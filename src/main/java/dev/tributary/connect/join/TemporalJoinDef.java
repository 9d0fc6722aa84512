package dev.tributary.connect.join;

import dev.tributary.connect.join.right.RightFields;
import dev.tributary.connect.record.Durations;
import dev.tributary.connect.record.EventTime;
import dev.tributary.connect.record.FieldPath;
import dev.tributary.connect.util.SettingGroup;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** The definition of the settings of {@code TemporalJoin}. */
public final class TemporalJoinDef {

  static final String RIGHT_TOPIC = "right.topic";
  static final String LEFT_KEY = "left.key";
  static final String RIGHT_KEY = "right.key";
  static final String JOIN_TYPE = "join.type";
  static final String WINDOW = "window";
  static final String WINDOW_BEFORE = "window.before";
  static final String WINDOW_AFTER = "window.after";
  static final String RIGHT_FIELDS = "right.fields";
  static final String RIGHT_PREFIX = "right.prefix";
  static final String RIGHT_KEY_CONVERTER = "right.key.converter";
  static final String RIGHT_VALUE_CONVERTER = "right.value.converter";
  static final String LEFT_TIME = "left.time";
  static final String RIGHT_TIME = "right.time";
  static final String ON_MISSING_TIME = "on.missing.time";
  static final String RIGHT_TTL = "right.ttl";
  static final String RIGHT_FIRST_VERSION = "right.first.version";
  static final String RIGHT_SYNC = "right.sync";
  static final String RIGHT_ON_ERROR = "right.on.error";
  static final String RIGHT_BOOTSTRAP_SERVERS = "right.bootstrap.servers";
  static final String HOLD_MAX_RECORDS = "hold.max.records";
  static final String HOLD_MAX_BYTES = "hold.max.bytes";
  static final String STATE_MAX_BYTES = "state.max.bytes";

  /** Less is too small for a useful right table. */
  private static final long LEAST_BYTES = 1 << 20;

  public static final ConfigDef CONFIG_DEF = define();

  private TemporalJoinDef() {}

  private static ConfigDef define() {
    ConfigDef def = new ConfigDef();
    join(new SettingGroup(def, "Join"));
    time(new SettingGroup(def, "Time"));
    right(new SettingGroup(def, "Right topic"));
    hold(new SettingGroup(def, "Held left records"));
    return def;
  }

  private static void join(SettingGroup group) {
    group.add(
        RIGHT_TOPIC,
        ConfigDef.Type.STRING,
        ConfigDef.NO_DEFAULT_VALUE,
        nonBlank(),
        Importance.HIGH,
        Width.MEDIUM,
        "Right topic",
        "The topic that left records are enriched from. The join reads it itself, all partitions,"
            + " whatever the connector's own topics are. If the connector sinks it too, its records"
            + " pass unchanged.");
    group.add(
        LEFT_KEY,
        ConfigDef.Type.LIST,
        ConfigDef.NO_DEFAULT_VALUE,
        paths(true),
        Importance.HIGH,
        Width.MEDIUM,
        "Left key",
        "The fields of a left record that make its key, as paths into the value, such as 'user_id'"
            + " or 'user.id,region'. 'key:<path>' reaches into the record key, 'key:' is the whole"
            + " record key, 'header:<name>' is a header; a name with a dot is quoted in backticks."
            + " Values are compared exactly and with their type: 1, \"1\" and 1.0 are three keys. A"
            + " record with a missing or null key field has no match.");
    group.add(
        RIGHT_KEY,
        ConfigDef.Type.LIST,
        List.of(),
        paths(false),
        Importance.HIGH,
        Width.MEDIUM,
        "Right key",
        "The fields of a right record that make its key, as many as 'left.key' has and written the"
            + " same way, headers excepted. Empty means the paths of 'left.key'.");
    group.add(
        JOIN_TYPE,
        ConfigDef.Type.STRING,
        "inner",
        ValidString.in("inner", "left"),
        Importance.HIGH,
        Width.SHORT,
        "Join type",
        "What happens to a left record that has no match when its window has passed: 'inner' drops"
            + " and counts it, 'left' emits it with null right fields.");
    group.add(
        WINDOW,
        ConfigDef.Type.STRING,
        "",
        duration(),
        Importance.HIGH,
        Width.SHORT,
        "Window",
        "How far the times of a left and its right record may be apart, in both directions: sets"
            + " 'window.before' and 'window.after' to the same value, such as 5m.");
    group.add(
        WINDOW_BEFORE,
        ConfigDef.Type.STRING,
        "",
        duration(),
        Importance.MEDIUM,
        Width.SHORT,
        "Window before",
        "How much older than the left record a right version may be, such as 30d; empty means any"
            + " age.");
    group.add(
        WINDOW_AFTER,
        ConfigDef.Type.STRING,
        "",
        duration(),
        Importance.MEDIUM,
        Width.SHORT,
        "Window after",
        "How much younger than the left record a right version may be if no older one matches: the"
            + " left record is held for up to this long. Empty or 0s means that it is not held. Any"
            + " other value needs Tributary's own sink after the join.");
    group.add(
        RIGHT_FIELDS,
        ConfigDef.Type.LIST,
        List.of("*"),
        rightFields(),
        Importance.HIGH,
        Width.LONG,
        "Right fields",
        "The fields of the right value that the left record gets: a list of path:name, such as"
            + " 'name:user_name,tier:user_tier,address.city:user_city', or '*' for all with"
            + " 'right.prefix' before their names. A right value that is no record, such as a"
            + " string, has one field, 'value'. A name that the left record has already is an"
            + " error.");
    group.add(
        RIGHT_PREFIX,
        ConfigDef.Type.STRING,
        "right_",
        null,
        Importance.LOW,
        Width.SHORT,
        "Right prefix",
        "The prefix of the names of the right fields with 'right.fields' = '*'.");
  }

  private static void time(SettingGroup group) {
    String forms =
        "'record' is its Kafka timestamp, 'field:<path>' one of its fields (a Connect timestamp;"
            + " seconds, milliseconds, microseconds or nanoseconds since the epoch, by magnitude;"
            + " ISO-8601 or 'yyyy-MM-dd HH:mm:ss[.fraction]', UTC without an offset).";
    group.add(
        LEFT_TIME,
        ConfigDef.Type.STRING,
        "record",
        time(),
        Importance.MEDIUM,
        Width.MEDIUM,
        "Left time",
        "Where the event time of a left record comes from: " + forms);
    group.add(
        RIGHT_TIME,
        ConfigDef.Type.STRING,
        "record",
        time(),
        Importance.MEDIUM,
        Width.MEDIUM,
        "Right time",
        "Where the time comes from at which a right version becomes valid: "
            + forms
            + " A tombstone is valid from its Kafka timestamp on.");
    group.add(
        ON_MISSING_TIME,
        ConfigDef.Type.STRING,
        "record",
        ValidString.in("record", "drop", "fail"),
        Importance.LOW,
        Width.SHORT,
        "On missing time",
        "What happens to a record, left or right, whose event time is missing, null or unreadable:"
            + " 'record' takes its Kafka timestamp, 'drop' drops and counts it, 'fail' makes it a"
            + " failed record (errors.tolerance decides on left records, 'right.on.error' on right"
            + " ones).");
  }

  private static void right(SettingGroup group) {
    String json = "dev.tributary.connect.JsonConverter";
    group.add(
        RIGHT_KEY_CONVERTER,
        ConfigDef.Type.STRING,
        json,
        nonBlank(),
        Importance.MEDIUM,
        Width.LONG,
        "Right key converter",
        "The class that reads record keys of the right topic; used only where 'right.key' has a"
            + " 'key:' path, and for tombstones. Its options have the prefix"
            + " 'right.key.converter.'. The default reads JSON; for plain text keys use"
            + " org.apache.kafka.connect.storage.StringConverter.");
    group.add(
        RIGHT_VALUE_CONVERTER,
        ConfigDef.Type.STRING,
        json,
        nonBlank(),
        Importance.MEDIUM,
        Width.LONG,
        "Right value converter",
        "The class that reads record values of the right topic, from the worker's class path or the"
            + " plugin's directory. Its options have the prefix 'right.value.converter.'. The"
            + " default reads plain JSON with all its digits. Left records with a schema need right"
            + " records with one.");
    group.add(
        RIGHT_FIRST_VERSION,
        ConfigDef.Type.STRING,
        "auto",
        ValidString.in("auto", "exact", "since_ever"),
        Importance.LOW,
        Width.SHORT,
        "First version",
        "From when on the oldest version of a right key is valid: 'exact' from its own time on,"
            + " 'since_ever' also at all earlier times, because compaction has removed the versions"
            + " before it. 'auto' is 'since_ever' for a compacted right topic, else 'exact'.");
    group.add(
        RIGHT_TTL,
        ConfigDef.Type.STRING,
        "",
        duration(),
        Importance.MEDIUM,
        Width.SHORT,
        "Right time to live",
        "How long a right version is kept in memory, counted from the stream time of the slowest"
            + " left partition of the worker's tasks; while one has had no record, nothing is"
            + " purged. Empty means 'window.before' plus a day, or no limit if that is empty.");
    group.add(
        RIGHT_SYNC,
        ConfigDef.Type.BOOLEAN,
        true,
        null,
        Importance.LOW,
        Width.SHORT,
        "Right sync",
        "Whether the right topic is read to the end that it has after each poll of left records"
            + " before these are joined: every right record that was acknowledged before a left"
            + " record was produced is then seen. False saves a few milliseconds a poll instead.");
    group.add(
        RIGHT_ON_ERROR,
        ConfigDef.Type.STRING,
        "skip",
        ValidString.in("skip", "fail"),
        Importance.MEDIUM,
        Width.SHORT,
        "On right error",
        "What happens to a right record that cannot be read or has no key: 'skip' skips it and"
            + " counts it in right-errors-total, 'fail' stops the task.");
    group.add(
        RIGHT_BOOTSTRAP_SERVERS,
        ConfigDef.Type.STRING,
        "",
        null,
        Importance.MEDIUM,
        Width.LONG,
        "Right bootstrap servers",
        "The bootstrap servers of the cluster of the right topic. Empty means the sink's own"
            + " 'state.bootstrap.servers' if the sink is Tributary's, else"
            + " CONNECT_BOOTSTRAP_SERVERS or BOOTSTRAP_SERVERS in the worker's environment. Any"
            + " Kafka client property, such as security.protocol, is set with"
            + " 'state.kafka.<property>' and falls back to the sink's in the same way.");
    group.add(
        STATE_MAX_BYTES,
        ConfigDef.Type.LONG,
        0L,
        byteBound(),
        Importance.MEDIUM,
        Width.MEDIUM,
        "Right table memory",
        "How much memory the right table may take, in bytes, at least 1048576; 0 means no bound but"
            + " the worker's heap. It is shared by the connector's tasks on a worker. A version"
            + " takes about 110 bytes and its selected fields. When more is needed the tasks stop"
            + " with an error; nothing is lost.");
  }

  private static void hold(SettingGroup group) {
    group.add(
        HOLD_MAX_RECORDS,
        ConfigDef.Type.INT,
        100_000,
        ConfigDef.Range.atLeast(1),
        Importance.MEDIUM,
        Width.SHORT,
        "Held records",
        "How many left records a task may hold. When it does, its partitions pause until some are"
            + " released; the records of the current poll may exceed the limit.");
    group.add(
        HOLD_MAX_BYTES,
        ConfigDef.Type.LONG,
        64L << 20,
        byteBound(),
        Importance.MEDIUM,
        Width.SHORT,
        "Held bytes",
        "How much memory the held left records of a task may take, in bytes, at least 1048576, as"
            + " estimated from their values; 0 means no bound. When they do, its partitions"
            + " pause.");
  }

  private static Validator nonBlank() {
    return validator(
        "a name",
        (name, value) -> {
          if (value.toString().isBlank()) {
            throw new ConfigException(name, value, "must be a name.");
          }
        });
  }

  private static Validator duration() {
    return validator(
        "empty, <number><ms|s|m|h|d> or ISO-8601",
        (name, value) -> {
          if (!value.toString().isBlank()) {
            Durations.parseMillisOrZero(name, value.toString());
          }
        });
  }

  private static Validator time() {
    return validator(
        "record or field:<path>",
        (name, value) -> {
          EventTime.validator().ensureValid(name, value);
          if (value.toString().trim().equals("processing")) {
            throw new ConfigException(
                name,
                value,
                "must be record or field:<path>: a join by processing time cannot be repeated.");
          }
        });
  }

  private static Validator paths(boolean needed) {
    return validator(
        "paths such as id, user.id, key:id or key:",
        (name, value) -> {
          List<?> paths = (List<?>) value;
          if (needed && paths.isEmpty()) {
            throw new ConfigException(name, value, "must have at least one path, such as user_id.");
          }
          paths.forEach(path -> FieldPath.parse(name, String.valueOf(path)));
        });
  }

  private static Validator rightFields() {
    return validator(
        "* or a list of path:name",
        (name, value) ->
            RightFields.parse(name, ((List<?>) value).stream().map(String::valueOf).toList(), ""));
  }

  private static Validator byteBound() {
    return validator(
        "0 or at least " + LEAST_BYTES,
        (name, value) -> {
          long bytes = (Long) value;
          if (bytes != 0 && bytes < LEAST_BYTES) {
            throw new ConfigException(
                name, value, "must be 0 for no bound, or at least " + LEAST_BYTES + " bytes.");
          }
        });
  }

  private static Validator validator(String text, BiConsumer<String, Object> check) {
    return new Validator() {
      @Override
      public void ensureValid(String name, @Nullable Object value) {
        if (value == null) {
          throw new ConfigException(name, null, "must be " + text + ".");
        }
        check.accept(name, value);
      }

      @Override
      public String toString() {
        return text;
      }
    };
  }
}
