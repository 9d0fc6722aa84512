package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import dev.tributary.connect.record.ExactNumbers;
import dev.tributary.connect.record.UnionStructs;
import dev.tributary.connect.record.ValueLimits;
import java.io.IOException;
import java.io.OutputStream;
import java.time.ZoneId;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * Collects one column's values of a batch and writes them as ClickHouse's {@code Native} format has
 * them.
 *
 * <p>A row is one call of {@link #append}, {@link #appendDefault} or {@link #appendAbsent}. A call
 * that throws {@link ValueException} leaves the column as it was, and {@link #append} throws
 * nothing else, whatever the value is. What a row holds never depends on other rows. Not
 * thread-safe; made once and reused, its buffers grow to the size of a batch.
 */
public abstract class ColumnWriter {

  private final String columnType;

  ColumnWriter(String columnType) {
    this.columnType = columnType;
  }

  /**
   * Returns a writer for a column.
   *
   * @param clickHouseType the type as {@code system.columns} spells it
   * @param options what else decides how values are written
   * @throws UnsupportedTypeException when columns of the type cannot be written
   */
  public static ColumnWriter create(String clickHouseType, ColumnOptions options) {
    return new Writers(options).of(ColumnType.parse(clickHouseType));
  }

  /** The same for a column that rounds and cuts nothing. */
  public static ColumnWriter create(String clickHouseType, ZoneId serverZone) {
    return create(clickHouseType, ColumnOptions.exact(serverZone));
  }

  /**
   * Appends a value as Kafka Connect delivers it, or one that is still JSON text.
   *
   * @param schema the value's schema; null for schemaless values. Only logical types need it:
   *     Connect's Date, Time and Timestamp all arrive as {@link java.util.Date}.
   * @throws ValueException when the column cannot hold exactly this value, and its options do not
   *     let it round or cut; also where a conversion fails in a way that nobody has foreseen: that
   *     is an error of one record, never of the task
   */
  public final void append(@Nullable Object given, @Nullable Schema schema) {
    Object value = ExactNumbers.exact(given);
    if (value == null && !isNullable()) {
      throw new ValueException(
          noNull()
              + (canTravelAsNullable()
                  ? ": make the column Nullable or set null.as.default=true"
                  : ": set null.as.default=true"));
    }
    int before = rows();
    try {
      appendPart(value, schema);
    } catch (ValueException e) {
      throw value == null ? e : e.about(value);
    } catch (RuntimeException | StackOverflowError e) {
      truncate(before);
      throw ValueException.unforeseen(value, columnType, e);
    }
  }

  /** Appends a value without a schema. */
  public final void append(@Nullable Object value) {
    append(value, null);
  }

  /** Appends what ClickHouse gives a column without a DEFAULT: NULL if it can be, else zero. */
  public abstract void appendDefault();

  /**
   * Appends a NULL in a column that is not Nullable, for the server to replace with the column's
   * DEFAULT expression: the column then travels as Nullable and the insert must say {@code
   * input_format_null_as_default=1}. Only for columns that have such an expression: without one the
   * server would put its own zero there, which in an Enum may stand for nothing.
   *
   * @throws IllegalStateException unless {@link #canTravelAsNullable()}
   */
  public void appendAbsent() {
    throw new IllegalStateException(columnType + " cannot travel as Nullable");
  }

  /** Whether the column can hold NULL; {@link #appendDefault} then appends one. */
  public boolean isNullable() {
    return false;
  }

  /**
   * Whether {@link #appendAbsent} is possible: not for what is Nullable already (there NULL means
   * NULL), nor for composite types, which ClickHouse mostly does not let be Nullable.
   */
  public boolean canTravelAsNullable() {
    return false;
  }

  public abstract int rows();

  /** About how many bytes {@link #writeTo} would write. */
  public abstract long bytes();

  /**
   * Removes all rows after the first {@code rows}, and what an append that has failed midway has
   * left of one.
   */
  public abstract void truncate(int rows);

  /** Forgets all rows, for the next batch. */
  public abstract void clear();

  /** The exact type of what {@link #writeTo} writes. It is the column's own but for absent rows. */
  public String type() {
    return columnType;
  }

  /** Writes all rows: a block's column without its name and type. There must be at least one. */
  public final void writeTo(OutputStream out) throws IOException {
    writePrefix(out);
    writeData(out);
  }

  /** The column's type in ClickHouse. */
  final String columnType() {
    return columnType;
  }

  /** Appends a value that is a row of this column, but only part of a row of the table. */
  final void appendPart(@Nullable Object given, @Nullable Schema schema) {
    if (given instanceof JsonSlice slice) {
      if (!appendJson(slice)) {
        appendValue(slice.value(), null);
      }
      return;
    }
    Object value = ExactNumbers.exact(given);
    if (value instanceof Struct struct && UnionStructs.is(struct.schema())) {
      appendWrapped(struct);
    } else if (value != null) {
      if (ValueLimits.hasTooManyDigits(value)) {
        throw new ValueException("a number of more than " + ValueLimits.MOST_DIGITS + " digits");
      }
      appendValue(value, schema);
    } else if (isNullable()) {
      appendDefault();
    } else {
      throw new ValueException(noNull());
    }
  }

  private void appendWrapped(Struct struct) {
    Object value;
    Schema schema;
    try {
      value = UnionStructs.value(struct);
      schema = UnionStructs.schemaOfValue(struct);
    } catch (DataException e) {
      throw new ValueException(String.valueOf(e.getMessage()));
    }
    appendPart(value, schema);
  }

  private String noNull() {
    return "null, and " + columnType + " is not Nullable";
  }

  abstract void appendValue(Object value, @Nullable Schema schema);

  /**
   * Appends a value straight from its text, exactly as {@link #appendValue} would append it
   * decoded; or returns false and leaves the column as it was, also where the value is to be
   * refused.
   */
  boolean appendJson(JsonSlice slice) {
    return false;
  }

  /** Writes the state that precedes the data of a whole column, however deep it is nested. */
  void writePrefix(OutputStream out) throws IOException {}

  abstract void writeData(OutputStream out) throws IOException;
}
