package dev.tributary.connect.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A path to one value of a record, as users write it.
 *
 * <ul>
 *   <li>{@code a.b.c}: a field of the record value; structs and schemaless maps alike
 *   <li>{@code key:a.b}: a field of the record key; {@code key:} alone is the whole key
 *   <li>{@code header:name}: the last header of that name; dots belong to the name
 * </ul>
 *
 * A name that contains a dot, or starts like a prefix, is quoted in backticks: {@code `a.b`.c}.
 */
public final class FieldPath {

  /** What {@link #get} returns when the path leads nowhere; a field that holds null gives null. */
  public static final Object MISSING =
      new Object() {
        @Override
        public String toString() {
          return "missing";
        }
      };

  /** The whole record key. */
  public static final FieldPath RECORD_KEY = new FieldPath("key:", Root.KEY, List.of());

  private enum Root {
    VALUE,
    KEY,
    HEADER
  }

  private final String text;
  private final Root root;
  private final String[] names;

  private FieldPath(String text, Root root, List<String> names) {
    this.text = text;
    this.root = root;
    this.names = names.toArray(new String[0]);
  }

  /**
   * Reads a path.
   *
   * @param key the configuration key it comes from, for the error
   */
  public static FieldPath parse(String key, String text) {
    String trimmed = text.trim();
    if (trimmed.equals("key:")) {
      return RECORD_KEY;
    }
    if (trimmed.startsWith("header:")) {
      String name = trimmed.substring("header:".length());
      if (name.isEmpty()) {
        throw new ConfigException(
            key, text, "must name a header after 'header:', such as header:request-id.");
      }
      return new FieldPath(trimmed, Root.HEADER, List.of(name));
    }
    boolean inKey = trimmed.startsWith("key:");
    String path = inKey ? trimmed.substring("key:".length()) : trimmed;
    return new FieldPath(trimmed, inKey ? Root.KEY : Root.VALUE, names(key, text, path));
  }

  /**
   * The names of a path without a prefix.
   *
   * @param key the configuration key it comes from, and {@code text} its value, for the error
   */
  public static List<String> names(String key, String text, String path) {
    List<String> names = new ArrayList<>();
    int at = 0;
    do {
      int end;
      if (at < path.length() && path.charAt(at) == '`') {
        int close = path.indexOf('`', at + 1);
        if (close < 0) {
          throw new ConfigException(key, text, "has a backtick that is not closed.");
        }
        names.add(path.substring(at + 1, close));
        end = close + 1;
        if (end < path.length() && path.charAt(end) != '.') {
          throw new ConfigException(key, text, "must have a dot after a closing backtick.");
        }
      } else {
        int dot = path.indexOf('.', at);
        end = dot < 0 ? path.length() : dot;
        names.add(path.substring(at, end));
      }
      if (names.get(names.size() - 1).isEmpty()) {
        throw new ConfigException(
            key,
            text,
            "must be a path such as id, user.id, key:id, key: or header:request-id"
                + " without empty names.");
      }
      at = end + 1;
    } while (at <= path.length());
    return names;
  }

  /** The value at this path: {@link #MISSING}, null, or the value itself. */
  public @Nullable Object get(ConnectRecord<?> record) {
    switch (root) {
      case HEADER -> {
        Header header = record.headers().lastWithName(names[0]);
        return header == null ? MISSING : ExactNumbers.exact(header.value());
      }
      case KEY -> {
        return descend(record.key());
      }
      default -> {
        return descend(record.value());
      }
    }
  }

  private @Nullable Object descend(@Nullable Object from) {
    Object value = from;
    for (String name : names) {
      if (value instanceof Struct struct) {
        if (struct.schema().field(name) == null) {
          return MISSING;
        }
        // A null is a null: a schema's default would make it equal to a value that was never sent.
        value = struct.getWithoutDefault(name);
      } else if (value instanceof Map<?, ?> map) {
        Object next;
        try {
          next = ExactNumbers.get(map, name);
          if (next == null && !map.containsKey(name)) {
            return MISSING;
          }
        } catch (ClassCastException e) {
          return MISSING; // a sorted map whose keys are no text
        }
        value = next;
      } else {
        return MISSING;
      }
    }
    return value instanceof String ? ExactNumbers.exact(value) : value;
  }

  /** The schema of the values at this path, in values with a schema; null if it leads nowhere. */
  public @Nullable Schema schemaIn(Schema from) {
    Schema schema = from;
    for (String name : names) {
      if (schema.type() == Schema.Type.MAP) {
        schema = schema.valueSchema();
        continue;
      }
      Field field = schema.type() == Schema.Type.STRUCT ? schema.field(name) : null;
      if (field == null) {
        return null;
      }
      schema = field.schema();
    }
    return schema;
  }

  /** Whether the path leads into the record's value. */
  public boolean isInValue() {
    return root == Root.VALUE;
  }

  /** The name of the field that the path leads to; empty for the whole record key. */
  public String lastName() {
    return names.length == 0 ? "" : names[names.length - 1];
  }

  /** The path as it was written. */
  @Override
  public String toString() {
    return text;
  }
}
