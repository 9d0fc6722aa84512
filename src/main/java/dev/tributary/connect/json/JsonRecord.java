package dev.tributary.connect.json;

import dev.tributary.connect.json.JsonText.Numbers;
import dev.tributary.connect.record.ExactNumbers;
import dev.tributary.connect.record.MemoryEstimate;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object as the map that it is, decoded lazily: a field that is asked for by name costs that
 * field, and whoever goes through all of it or changes it makes it an ordinary map, which it then
 * stays. {@link JsonField} reads fields without decoding them.
 *
 * <p>As a map it has numbers of Connect's classes; {@link #exact} has them with all their digits.
 *
 * <p>The text is known to be well-formed, so nothing fails later. Not thread-safe, also for
 * reading.
 */
public final class JsonRecord extends ExactNumbers.ExactMap
    implements MemoryEstimate.SelfEstimated {

  /** The record itself, and the headers and padding of its two arrays. */
  private static final int OBJECTS = 48 + 2 * (16 + 4);

  private final byte[] text;
  private final FieldNames names;
  private final int[] spans;

  /** Stands among the parts for a field that was added and is null. */
  private static final Object NULL = new Object();

  /** A list or map that was added with exact numbers, and nobody else has seen. */
  private record Added(Object exact) {}

  /** Lists and maps that were handed out and may have been changed since, and what was added. */
  private @Nullable Object @Nullable [] handedOut;

  /** Lists and maps that our own readers have looked into. */
  private @Nullable Object @Nullable [] exactParts;

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
   * @param values theirs, with exact numbers
   * @throws DataException if it has one of them, or one is among them twice
   */
  public JsonRecord plus(String[] added, @Nullable Object[] values) {
    FieldNames all = names;
    for (String name : added) {
      FieldNames known = all.known(name);
      FieldNames next = known == null ? all.add(name) : known;
      if (next == null) {
        throw new DataException("the record would have two fields '" + name + "'");
      }
      all = next;
    }
    JsonRecord more = new JsonRecord(text, all, spans);
    @Nullable Object[] parts =
        handedOut == null ? new Object[all.count()] : Arrays.copyOf(handedOut, all.count());
    for (int i = 0; i < added.length; i++) {
      Object value = values[i];
      boolean isContainer = value instanceof Map || value instanceof List;
      parts[names.count() + i] = value == null ? NULL : isContainer ? new Added(value) : value;
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
        size += Integer.BYTES + MemoryEstimate.of(part instanceof Added one ? one.exact() : part);
      }
    }
    if (exactParts != null) {
      for (Object part : exactParts) {
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
    Object part = parts == null ? null : parts[index];
    if (parts != null && part instanceof Added added) {
      part = ExactNumbers.toConnect(added.exact());
      parts[index] = part;
    }
    if (part != null) {
      return part == NULL ? null : part instanceof Number one ? ExactNumbers.toConnect(one) : part;
    }
    Object value = fromText(index, Numbers.CONNECT);
    if (isContainer(index)) {
      if (parts == null) {
        parts = new Object[names.count()];
        handedOut = parts;
      }
      parts[index] = value;
    }
    return value;
  }

  private boolean isContainer(int index) {
    byte first = text[spans[2 * index]];
    return first == '{' || first == '[';
  }

  private @Nullable Object fromText(int index, Numbers numbers) {
    int end = spans[2 * index + 1];
    return JsonText.value(text, spans[2 * index], end & ~JsonScanner.ESCAPED, end < 0, numbers);
  }

  @Override
  public @Nullable Object exact(@Nullable Object name) {
    if (decoded != null) {
      return ExactNumbers.exact(decoded.get(name));
    }
    int index = name instanceof String text ? names.indexOf(text) : -1;
    return index < 0 ? null : exactAt(index);
  }

  private @Nullable Object exactAt(int index) {
    Object part = handedOut == null ? null : handedOut[index];
    if (part != null) {
      return part == NULL
          ? null
          : part instanceof Added added ? added.exact() : ExactNumbers.exact(part);
    }
    Object[] parts = exactParts;
    if (parts != null && parts[index] != null) {
      return parts[index];
    }
    Object value = fromText(index, Numbers.EXACT);
    if (isContainer(index)) {
      if (parts == null) {
        parts = new Object[names.count()];
        exactParts = parts;
      }
      parts[index] = value;
    }
    return value;
  }

  @Override
  public Map<String, @Nullable Object> exact() {
    if (decoded != null) {
      return decoded;
    }
    Map<String, @Nullable Object> all = new LinkedHashMap<>(2 * names.count());
    for (Map.Entry<String, Integer> entry : names.positions().entrySet()) {
      all.put(entry.getKey(), exactAt(entry.getValue()));
    }
    return all;
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
