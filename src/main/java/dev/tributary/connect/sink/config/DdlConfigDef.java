package dev.tributary.connect.sink.config;

import dev.tributary.connect.sink.table.SinkKeys;
import dev.tributary.connect.util.SettingGroup;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;

/** Defines the settings for creating and altering tables. */
final class DdlConfigDef {

  private DdlConfigDef() {}

  static void define(SettingGroup group) {
    group.add(
        SinkKeys.TABLE_CREATE,
        ConfigDef.Type.STRING,
        "none",
        ConfigDef.CaseInsensitiveValidString.in("none", "auto"),
        Importance.MEDIUM,
        Width.SHORT,
        "Create tables",
        "`auto` creates a missing table when its first record arrives, from the schema of the"
            + " records or from the values at hand. The database must exist.");
    group.add(
        SinkKeys.TABLE_EVOLVE,
        ConfigDef.Type.STRING,
        "none",
        ConfigDef.CaseInsensitiveValidString.in("none", "add", "widen"),
        Importance.MEDIUM,
        Width.SHORT,
        "Evolve tables",
        "`add` adds a column for every field that has none; `widen` also gives a column a wider"
            + " type when a value does not fit. Nothing is ever dropped or narrowed.");
    group.add(
        SinkKeys.TABLE_ENGINE,
        ConfigDef.Type.STRING,
        "MergeTree",
        new ConfigDef.NonEmptyString(),
        Importance.LOW,
        Width.MEDIUM,
        "Table engine",
        "The engine of tables that the sink creates, such as `ReplacingMergeTree(version)`.");
    group.add(
        SinkKeys.TABLE_ORDER_BY,
        ConfigDef.Type.STRING,
        "tuple()",
        null,
        Importance.MEDIUM,
        Width.MEDIUM,
        "Sorting key",
        "ORDER BY of tables that the sink creates, such as `(user_id, at)`. Columns that it names"
            + " are not Nullable.");
    group.add(
        SinkKeys.TABLE_PARTITION_BY,
        ConfigDef.Type.STRING,
        "",
        null,
        Importance.LOW,
        Width.MEDIUM,
        "Partition key",
        "PARTITION BY of tables that the sink creates, such as `toYYYYMM(at)`. Columns that it"
            + " names are not Nullable.");
    group.add(
        SinkKeys.TABLE_SETTINGS,
        ConfigDef.Type.STRING,
        "non_replicated_deduplication_window = 1000",
        null,
        Importance.LOW,
        Width.LONG,
        "Table settings",
        "SETTINGS of tables that the sink creates. The default lets ClickHouse deduplicate an"
            + " insert that is sent again; leave it empty for engines other than the MergeTree"
            + " family.");
    group.add(
        SinkKeys.TABLE_CLUSTER,
        ConfigDef.Type.STRING,
        "",
        null,
        Importance.LOW,
        Width.MEDIUM,
        "Cluster",
        "The cluster for `ON CLUSTER` when tables are created and changed; empty for a single"
            + " server.");
  }
}
