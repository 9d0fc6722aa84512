package dev.tributary.connect.json;

import org.jspecify.annotations.Nullable;

/**
 * Reads one field of records that were JSON, without decoding it.
 *
 * <p>Remembers where the field lay in the last record, so that a run of records with the same
 * fields costs no look-ups. Not thread-safe.
 */
public final class JsonField {

  private final String name;
  private final JsonSlice slice = new JsonSlice();
  private @Nullable FieldNames lastNames;
  private int lastIndex;

  public JsonField(String name) {
    this.name = name;
  }

  /**
   * The field of a record: a {@link JsonSlice}, which stands until the next call, or a value with
   * exact numbers; null when it exists and is null; {@code absent} when it does not exist.
   */
  public @Nullable Object read(JsonRecord record, Object absent) {
    FieldNames names = record.names();
    if (names != lastNames) {
      lastNames = names;
      lastIndex = names.indexOf(name);
    }
    if (record.isChanged(lastIndex)) {
      return record.containsKey(name) ? record.exact(name) : absent;
    }
    if (lastIndex < 0) {
      return absent;
    }
    return record.moveTo(lastIndex, slice) ? slice : null;
  }
}
