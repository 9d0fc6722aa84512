package dev.tributary.connect.sink.config;

import dev.tributary.connect.sink.columns.TimeFormats;
import dev.tributary.connect.sink.table.FieldToColumn;
import dev.tributary.connect.sink.table.MetadataColumns;
import dev.tributary.connect.sink.table.SinkKeys;
import dev.tributary.connect.sink.table.TableNames;
import dev.tributary.connect.util.SettingGroup;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;

/** Defines the settings that map topics to tables and fields to columns. */
final class TableConfigDef {

  private TableConfigDef() {}

  static void define(SettingGroup group) {
    group.add(
        SinkKeys.TABLE_NAME_FORMAT,
        ConfigDef.Type.STRING,
        "${topic}",
        (name, value) -> TableNames.checkFormat(name, (String) value),
        Importance.MEDIUM,
        Width.LONG,
        "Table name",
        "The table for a topic that `topic.to.table` does not name. `${topic}` stands for the"
            + " topic's whole name, dots included; a dot in the format itself separates database"
            + " and table, as in `landing.${topic}`; backticks quote.");
    group.add(
        SinkKeys.TOPIC_TO_TABLE,
        ConfigDef.Type.STRING,
        "",
        (name, value) -> TableNames.checkMapping(name, (String) value),
        Importance.HIGH,
        Width.LONG,
        "Topic-to-table mapping",
        "Entries `topic:table` or `regex:table`, separated by newlines or by commas outside"
            + " brackets and split at the last `:`. The first entry whose left side equals or"
            + " fully matches the topic applies; `$1` stands for a group of the regex, as in"
            + " `pg-src\\.(\\w+)\\.(\\w+):$1.$2`.");
    group.add(
        SinkKeys.FIELD_TO_COLUMN,
        ConfigDef.Type.LIST,
        "",
        (name, value) -> FieldToColumn.check(name, value),
        Importance.MEDIUM,
        Width.LONG,
        "Field-to-column mapping",
        "Entries `field:column` for fields whose column has another name. A path such as"
            + " `user.address.city:city` reaches into nested records, and through lists; a name"
            + " that has dots itself stands in backticks. All other fields go to the column of"
            + " their own name, and a column `address.city` takes the field `city` of `address`.");
    group.add(
        SinkKeys.METADATA_COLUMNS,
        ConfigDef.Type.LIST,
        "",
        (name, value) -> MetadataColumns.check(name, value),
        Importance.MEDIUM,
        Width.LONG,
        "Metadata columns",
        "Entries `what:column` for columns that hold the metadata of a record in Kafka: `topic`,"
            + " `partition` and `offset` are its coordinates in Kafka, even if transforms changed"
            + " its topic; `timestamp`, `key`; `header.<name>` is the last header of that name.");
    group.add(
        SinkKeys.VALUE_MODE,
        ConfigDef.Type.STRING,
        "structured",
        ConfigDef.CaseInsensitiveValidString.in("structured", "raw"),
        Importance.MEDIUM,
        Width.SHORT,
        "Value mode",
        "`structured` takes records with named fields, also as JSON text, and fills a column with"
            + " each. `raw` puts the whole value into the column `value`, or into the column of"
            + " `field.to.column=value:<column>`.");
    group.add(
        SinkKeys.UNKNOWN_FIELDS,
        ConfigDef.Type.STRING,
        "ignore",
        ConfigDef.CaseInsensitiveValidString.in("ignore", "error"),
        Importance.MEDIUM,
        Width.SHORT,
        "Unknown fields",
        "What to do with a field that has no column: `ignore` it, or treat the record as an"
            + " `error` (it goes to the dead letter queue, or the task fails).");
    group.add(
        SinkKeys.NULL_AS_DEFAULT,
        ConfigDef.Type.BOOLEAN,
        false,
        null,
        Importance.MEDIUM,
        Width.SHORT,
        "Null as default",
        "Whether a null for a column that is not Nullable becomes the column's default. Otherwise"
            + " such a record is an error. A field that is absent always gets the default.");
    group.add(
        SinkKeys.DECIMAL_ROUNDING,
        ConfigDef.Type.STRING,
        "error",
        ConfigDef.CaseInsensitiveValidString.in("error", "half_up"),
        Importance.MEDIUM,
        Width.SHORT,
        "Decimal rounding",
        "What to do with a number that has more digits after the point than its Decimal column:"
            + " treat the record as an `error`, or round it `half_up`. Digits before the point are"
            + " never cut off.");
    group.add(
        SinkKeys.TIME_PRECISION,
        ConfigDef.Type.STRING,
        "truncate",
        ConfigDef.CaseInsensitiveValidString.in("truncate", "error"),
        Importance.MEDIUM,
        Width.SHORT,
        "Time precision",
        "What to do with a time that has a finer fraction of a second than its column (DateTime,"
            + " DateTime64, Time, Time64): `truncate` it towards the past, or treat the record as"
            + " an `error`. A time of day is never cut off for a Date.");
    group.add(
        SinkKeys.TIME_FORMATS,
        ConfigDef.Type.STRING,
        "",
        TimeFormats::check,
        Importance.LOW,
        Width.LONG,
        "Time formats by column",
        "Entries `column:pattern`, separated by newlines or semicolons, for columns whose dates"
            + " and times come in a form of their own: `created_at:dd/MM/yyyy HH:mm:ss` takes"
            + " texts of that pattern (of Java's DateTimeFormatter) and no others, `seen:epoch_ms`"
            + " takes numbers as milliseconds since 1970 (also `epoch_s`, `epoch_us`, `epoch_ns`)"
            + " whatever the column's own unit.");
  }
}
