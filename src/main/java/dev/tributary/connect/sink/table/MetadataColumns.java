package dev.tributary.connect.sink.table;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * Which columns hold metadata of a record in Kafka instead of a field of its value. Such a column
 * takes no field, not even one of its own name. Immutable.
 */
public final class MetadataColumns {

  private static final String HEADER_PREFIX = "header.";

  private static final Pattern WRAPPED =
      Pattern.compile("(?:Nullable|LowCardinality)\\((.*)\\)", Pattern.DOTALL);

  /** A kind of metadata. */
  public enum Kind {
    /** The topic of the record in Kafka, even if transforms have changed it. */
    TOPIC("String", "String", ""),
    PARTITION("Int32 or UInt32", "U?Int(16|32|64|128|256)", ""),
    OFFSET("Int64 or UInt64", "U?Int(64|128|256)", ""),
    TIMESTAMP(
        "DateTime64(3), or Int64 for milliseconds",
        "DateTime64\\([3-9].*\\)|U?Int(64|128|256)",
        ""),
    /** Any type, depending on the value. */
    KEY("any type", ".*", ""),
    HEADER("any type", ".*", HEADER_PREFIX);

    /** Columns that hold a timestamp without its fraction of a second. */
    private static final Pattern CUT_TIMESTAMPS = Pattern.compile("DateTime(64)?(\\(.*\\))?");

    private final String advice;
    private final Pattern types;
    private final String prefix;

    Kind(String advice, String types, String prefix) {
      this.advice = advice;
      this.types = Pattern.compile(types, Pattern.DOTALL);
      this.prefix = prefix;
    }

    private boolean fits(String type, boolean truncateTimes) {
      return types.matcher(type).matches()
          || (truncateTimes && this == TIMESTAMP && CUT_TIMESTAMPS.matcher(type).matches());
    }
  }

  /**
   * What fills a column.
   *
   * @param header the name of the header; empty unless the kind is {@link Kind#HEADER}
   */
  public record Source(Kind kind, String header) {
    @Override
    public String toString() {
      return kind == Kind.HEADER ? kind.prefix + header : kind.name().toLowerCase(Locale.ROOT);
    }
  }

  private final Map<String, Source> sourceByColumn;

  private MetadataColumns(Map<String, Source> sourceByColumn) {
    this.sourceByColumn = new LinkedHashMap<>(sourceByColumn);
  }

  /**
   * @param entries {@code topic:column} and so on; {@code header.<name>:column}
   * @throws ConfigException when an entry is not such a pair, or two fill one column
   */
  public static MetadataColumns parse(List<String> entries) {
    return parse(SinkKeys.METADATA_COLUMNS, entries);
  }

  /** A validator for {@code metadata.columns}. */
  public static void check(String key, @Nullable Object value) {
    if (value instanceof List<?> list) {
      parse(key, list.stream().map(String::valueOf).toList());
    }
  }

  private static MetadataColumns parse(String key, List<String> entries) {
    Map<String, Source> sources = new LinkedHashMap<>();
    for (String entry : entries) {
      int colon = entry.lastIndexOf(':');
      String column = entry.substring(colon + 1).strip();
      Optional<Source> source = colon < 0 ? Optional.empty() : source(entry.substring(0, colon));
      if (source.isEmpty() || column.isEmpty()) {
        throw new ConfigException(
            key,
            entry,
            "an entry must be topic, partition, offset, timestamp, key or header.<name>, a colon"
                + " and a column, such as `offset:_offset` or `header.trace-id:trace`");
      }
      if (sources.put(column, source.get()) != null) {
        throw new ConfigException(key, entry, "two entries fill the column `" + column + "`");
      }
    }
    return new MetadataColumns(sources);
  }

  private static Optional<Source> source(String text) {
    String name = text.strip();
    for (Kind kind : Kind.values()) {
      if (kind != Kind.HEADER && kind.name().toLowerCase(Locale.ROOT).equals(name)) {
        return Optional.of(new Source(kind, ""));
      }
    }
    return name.startsWith(HEADER_PREFIX) && name.length() > HEADER_PREFIX.length()
        ? Optional.of(new Source(Kind.HEADER, name.substring(HEADER_PREFIX.length())))
        : Optional.empty();
  }

  /** What fills the column, if it is a metadata column. */
  public Optional<Source> sourceOf(String column) {
    return Optional.ofNullable(sourceByColumn.get(column));
  }

  /** The column that holds this kind; the first one if there are several. */
  public Optional<String> columnFor(Kind kind) {
    return sourceByColumn.entrySet().stream()
        .filter(entry -> entry.getValue().kind() == kind)
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** The names of the columns. */
  public Set<String> columns() {
    return sourceByColumn.keySet();
  }

  /**
   * Why the table cannot hold these columns, one sentence each; empty if it can.
   *
   * @param truncateTimes whether a column may hold a timestamp without its fraction of a second
   */
  public List<String> problems(Table table, boolean truncateTimes) {
    List<String> problems = new ArrayList<>();
    sourceByColumn.forEach(
        (name, source) -> {
          Optional<Column> column =
              table.columns().stream().filter(one -> one.name().equals(name)).findFirst();
          String entry = "`" + source + ":" + name + "` of " + SinkKeys.METADATA_COLUMNS;
          if (column.isEmpty()) {
            problems.add(
                "Table "
                    + table.id().sql()
                    + " has no column "
                    + TableId.quote(name)
                    + " that an insert can fill, which "
                    + entry
                    + " names. Add it as "
                    + source.kind().advice
                    + ", or remove the entry.");
          } else if (!source.kind().fits(bare(column.get().type()), truncateTimes)) {
            problems.add(
                "Column "
                    + TableId.quote(name)
                    + " of "
                    + table.id().sql()
                    + " is "
                    + column.get().type()
                    + ", which cannot hold every value of "
                    + entry
                    + ". Make it "
                    + source.kind().advice
                    + ".");
          }
        });
    return problems;
  }

  /** The type without Nullable and LowCardinality around it. */
  static String bare(String type) {
    String bare = type;
    for (var wrapped = WRAPPED.matcher(bare); wrapped.matches(); wrapped = WRAPPED.matcher(bare)) {
      bare = wrapped.group(1);
    }
    return bare;
  }
}
