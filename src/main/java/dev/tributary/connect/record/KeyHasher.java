package dev.tributary.connect.record;

import com.dynatrace.hash4j.hashing.HashValue128;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * The typed exact key of a record, as a 128-bit hash of its canonical bytes.
 *
 * <p>A key of several fields is a tuple; each part carries its type and length, so {@code
 * ("a","bc")} and {@code ("ab","c")} differ. A key with a missing or null part is no key. See
 * {@link CanonicalBytes} for what makes two values equal.
 *
 * <p>Not thread-safe: after {@link #hash} the result is held in this object.
 */
public final class KeyHasher {

  private final FieldPath[] paths;
  private final CanonicalBytes bytes = new CanonicalBytes();
  private long high;
  private long low;
  private @Nullable String absence;

  /**
   * A hasher of the tuple of these fields.
   *
   * @param paths the parts of the key; empty means the whole record key
   */
  public KeyHasher(List<FieldPath> paths) {
    this.paths =
        paths.isEmpty() ? new FieldPath[] {FieldPath.RECORD_KEY} : paths.toArray(new FieldPath[0]);
  }

  /**
   * Hashes the key of a record; {@link #high} and {@link #low} then hold it.
   *
   * @return false if the record has no key; {@link #absence} then says why
   * @throws DataException if a part has a type that no key can have
   */
  public boolean hash(ConnectRecord<?> record) {
    bytes.clear();
    bytes.putInt(paths.length);
    for (FieldPath path : paths) {
      Object value = path.get(record);
      if (value == null || value == FieldPath.MISSING) {
        absence = "key field '" + path + "' is " + (value == null ? "null" : "missing");
        return false;
      }
      try {
        bytes.put(value);
      } catch (DataException e) {
        throw new DataException("Key field '" + path + "': " + e.getMessage(), e);
      } catch (RuntimeException
          | StackOverflowError e) { // of a class that no converter should make
        throw new DataException(
            "Key field '" + path + "' cannot be read: " + e.getClass().getName());
      }
    }
    HashValue128 hash = bytes.hash();
    high = hash.getMostSignificantBits();
    low = hash.getLeastSignificantBits();
    return true;
  }

  /** Whether a part of the key is a field of the record's value. */
  public boolean readsValue() {
    return Arrays.stream(paths).anyMatch(FieldPath::isInValue);
  }

  public long high() {
    return high;
  }

  public long low() {
    return low;
  }

  /** Which part of the last record's key was missing. */
  public String absence() {
    return absence == null ? "" : absence;
  }
}
