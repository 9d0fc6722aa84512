package dev.tributary.connect.sink.columns;

import static java.util.Objects.requireNonNull;

import dev.tributary.connect.json.JsonSlice;
import dev.tributary.connect.record.ValueKinds;
import org.jspecify.annotations.Nullable;

/**
 * A value cannot be represented exactly in its column.
 *
 * <p>The message says what kind of value was found and what the column needs. It never holds the
 * value itself, so it may be logged. There is no stack trace: one bad record in a stream is data,
 * not a fault of the program.
 */
public final class ValueException extends RuntimeException {

  ValueException(String message) {
    super(message, null, false, false);
  }

  /** What was found does not suit the type at all. */
  static ValueException unsuited(Object value, String type, String needed) {
    return new ValueException(
        ValueKinds.of(value) + " does not suit " + type + ", which takes " + needed);
  }

  /** The value is of the right kind and beyond what the type can hold. */
  static ValueException outOfRange(Object value, String type, String range) {
    return new ValueException(
        ValueKinds.of(value) + " is out of the range of " + type + ": " + range);
  }

  /** A conversion has failed in a way that its writer does not foresee. */
  static ValueException unforeseen(@Nullable Object value, String type, Throwable failure) {
    return new ValueException(
        (value == null ? "null" : kind(value))
            + " cannot be converted to "
            + type
            + ": "
            + failure.getClass().getName());
  }

  /**
   * The same complaint, which then names the kind of the whole value, also where a part is at
   * fault.
   */
  ValueException about(Object value) {
    String kind = kind(value);
    return requireNonNull(getMessage()).startsWith(kind) ? this : within(kind);
  }

  private static String kind(Object value) {
    return ValueKinds.of(value instanceof JsonSlice slice ? slice.value() : value);
  }

  /** The same complaint, said about a part of the value. */
  ValueException within(String part) {
    return new ValueException(part + ": " + getMessage());
  }
}
