package dev.tributary.connect.json;

import static java.util.Objects.requireNonNull;

import dev.tributary.connect.record.MemoryEstimate;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object as the map that it is, decoded lazily: a field that is asked for by name costs that
 * field, and whoever goes through all of it or changes it makes it an ordinary map, which it then
 * stays. {@link JsonField} reads fields without decoding them.
 *
 * <p>The text is known to be well-formed, so nothing fails later. Not thread-safe, also for
 * reading.
 */
public final class JsonRecord extends AbstractMap<String, @Nullable Object>
    implements MemoryEstimate.SelfEstimated {

  /** The record itself, and the headers and padding of its two arrays. */
  private static final int OBJECTS = 40 + 2 * (16 + 4);

  private final byte[] text;
  private final FieldNames names;
  private final int[] spans;

  /** Stands among the parts for a field that was added and is null. */
  private static final Object NULL = new Object();

  /** Lists and maps that were handed out and may have been changed since, and what was added. */
  private @Nullable Object @Nullable [] handedOut;

  private @Nullable Map<String, @Nullable Object> decoded;

  JsonRecord(byte[] text, FieldNames names, int[] spans) {
    this.text = text;
    this.names = names;
    this.spans = spans;
  }

  FieldNames names() {
    return names;
  }

  /**
   * This record, which has a {@link #shape}, with more fields after its own. Nothing is decoded for
   * that.
   *
   * @param added names that the record does not have
   */
  public JsonRecord plus(String[] added, @Nullable Object[] values) {
    FieldNames all = names;
    for (String name : added) {
      FieldNames known = all.known(name);
      all = known == null ? requireNonNull(all.add(name), "the record has this field") : known;
    }
    JsonRecord more = new JsonRecord(text, all, spans);
    @Nullable Object[] parts =
        handedOut == null ? new Object[all.count()] : Arrays.copyOf(handedOut, all.count());
    for (int i = 0; i < added.length; i++) {
      parts[names.count() + i] = values[i] == null ? NULL : values[i];
    }
    more.handedOut = parts;
    return more;
  }

  /** Whether a field, or for -1 any field, may differ from the text. */
  boolean isChanged(int index) {
    Object[] parts = handedOut;
    return decoded != null || (parts != null && index >= 0 && parts[index] != null);
  }

  /** Moves a slice to a field; false when that is null. */
  boolean moveTo(int index, JsonSlice slice) {
    return slice.moveTo(text, spans[2 * index], spans[2 * index + 1]);
  }

  /**
   * The same object for records with the same names in the same order, until it is an ordinary map;
   * then null.
   */
  public @Nullable Object shape() {
    return decoded == null ? names : null;
  }

  /** The text is the bytes that the record was read from. */
  @Override
  public long memoryEstimate() {
    long size = OBJECTS + (long) Integer.BYTES * spans.length;
    if (decoded != null) {
      return size + MemoryEstimate.of(decoded);
    }
    if (handedOut != null) {
      for (Object part : handedOut) {
        size += Integer.BYTES + MemoryEstimate.of(part);
      }
    }
    return size + text.length;
  }

  @Override
  public @Nullable Object get(@Nullable Object name) {
    if (decoded != null) {
      return decoded.get(name);
    }
    int index = name instanceof String text ? names.indexOf(text) : -1;
    return index < 0 ? null : value(index);
  }

  @Override
  public boolean containsKey(@Nullable Object name) {
    return decoded != null
        ? decoded.containsKey(name)
        : name instanceof String text && names.indexOf(text) >= 0;
  }

  @Override
  public int size() {
    return decoded != null ? decoded.size() : names.count();
  }

  @Override
  public @Nullable Object put(String name, @Nullable Object value) {
    return all().put(name, value);
  }

  @Override
  public @Nullable Object remove(@Nullable Object name) {
    return all().remove(name);
  }

  @Override
  public void clear() {
    all().clear();
  }

  /** Going through the names decodes nothing. */
  @Override
  public Set<String> keySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<String> iterator() {
        return decoded != null ? decoded.keySet().iterator() : new Names();
      }

      @Override
      public boolean contains(@Nullable Object name) {
        return containsKey(name);
      }

      @Override
      public int size() {
        return JsonRecord.this.size();
      }
    };
  }

  private final class Names implements Iterator<String> {

    private final Iterator<String> all = names.positions().keySet().iterator();
    private @Nullable String last;

    @Override
    public boolean hasNext() {
      return all.hasNext();
    }

    @Override
    public String next() {
      last = all.next();
      return last;
    }

    @Override
    public void remove() {
      if (last == null) {
        throw new IllegalStateException("nothing to remove");
      }
      var unused = JsonRecord.this.remove(last);
      last = null;
    }
  }

  @Override
  public Set<Map.Entry<String, @Nullable Object>> entrySet() {
    return all().entrySet();
  }

  private @Nullable Object value(int index) {
    Object[] parts = handedOut;
    if (parts != null && parts[index] != null) {
      return parts[index] == NULL ? null : parts[index];
    }
    int from = spans[2 * index];
    int end = spans[2 * index + 1];
    Object value = JsonText.value(text, from, end & ~JsonScanner.ESCAPED, end < 0);
    if (text[from] == '{' || text[from] == '[') {
      if (parts == null) {
        parts = new Object[names.count()];
        handedOut = parts;
      }
      parts[index] = value;
    }
    return value;
  }

  /** The ordinary map that this record is from now on. */
  Map<String, @Nullable Object> all() {
    Map<String, @Nullable Object> all = decoded;
    if (all == null) {
      all = new LinkedHashMap<>(2 * names.count());
      for (Map.Entry<String, Integer> entry : names.positions().entrySet()) {
        all.put(entry.getKey(), value(entry.getValue()));
      }
      decoded = all;
    }
    return all;
  }
}
