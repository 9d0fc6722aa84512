package dev.tributary.connect.json;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the field at one path of records that were JSON, without decoding it.
 *
 * <p>Remembers where the field lay in the last record, so that a run of records with the same
 * fields costs no look-ups. Not thread-safe.
 */
public final class JsonField {

  private final String[] path;
  private final JsonSlice slice = new JsonSlice();
  private @Nullable FieldNames lastNames;
  private int lastIndex;

  /**
   * @param path from the record downwards; at least one name
   */
  public JsonField(String... path) {
    this.path = path.clone();
  }

  /**
   * The field of a record: a {@link JsonSlice}, which stands until the next call, or a value as
   * Connect has it; null when it is there and null; {@code absent} when it is not there.
   */
  public @Nullable Object read(JsonRecord record, Object absent) {
    FieldNames names = record.names();
    if (names != lastNames) {
      lastNames = names;
      lastIndex = names.indexOf(path[0]);
    }
    if (record.isChanged(lastIndex)) {
      return decoded(record, absent);
    }
    if (lastIndex < 0) {
      return absent;
    }
    record.moveTo(lastIndex, slice);
    for (int level = 1; level < path.length && !slice.isNull(); level++) {
      if (!slice.isObject() || !slice.enter(path[level])) {
        return absent;
      }
    }
    return slice.isNull() ? null : slice;
  }

  private @Nullable Object decoded(JsonRecord record, Object absent) {
    Object current = record;
    for (String name : path) {
      if (!(current instanceof Map<?, ?> map)) {
        return absent;
      }
      Object next = map.get(name);
      if (next == null) {
        return map.containsKey(name) ? null : absent;
      }
      current = next;
    }
    return current;
  }
}
