package dev.tributary.connect.sink.columns;

import static java.util.Comparator.comparing;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Variant: which of its types each row has, then a column for each type with that type's rows.
 *
 * <p>A value goes into the type that suits its kind best (see {@link Suitability}) of those that
 * take it. Only what none of them takes exactly has a fraction of a second cut off, in the best
 * suited type with the most digits of it. NULL is no type.
 */
final class VariantWriter extends ColumnWriter {

  private static final int NULL = 255;

  /** Each row says its type with a byte. */
  private static final long BASIC = 0;

  private final ColumnType[] types;
  private final ColumnWriter[] variants;
  private final int[] ranks;
  private final TimePrecision precision;

  /** Places of types in the order in which they are tried: by name, and with most digits first. */
  private final int[] byName;

  private final int[] finestFirst;

  /** How many rows each variant has, apart from what a failed append has left. */
  private final int[] counts;

  private final Bytes discriminators = new Bytes();

  /**
   * @param types as ClickHouse orders them, by name
   */
  VariantWriter(
      String type, List<ColumnType> types, List<ColumnWriter> variants, TimePrecision precision) {
    super(type);
    this.precision = precision;
    this.types = types.toArray(new ColumnType[0]);
    this.variants = variants.toArray(new ColumnWriter[0]);
    this.ranks = new int[this.types.length];
    this.byName = IntStream.range(0, this.types.length).toArray();
    this.finestFirst =
        IntStream.of(byName)
            .boxed()
            .sorted(comparing(i -> -Suitability.fractionDigits(this.types[i])))
            .mapToInt(i -> i)
            .toArray();
    this.counts = new int[this.types.length];
  }

  @Override
  public boolean isNullable() {
    return true;
  }

  @Override
  public void appendDefault() {
    discriminators.putByte(NULL);
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    for (int i = 0; i < types.length; i++) {
      ranks[i] = Suitability.rank(types[i], value, schema);
    }
    if (!precision.exactly(() -> appendBest(byName, value, schema))
        && !(precision.cuts()
            && precision.withNumbersExact(() -> appendBest(finestFirst, value, schema)))) {
      throw ValueException.unsuited(value, columnType(), "what one of its types takes");
    }
  }

  private boolean appendBest(int[] order, Object value, @Nullable Schema schema) {
    for (int rank = 0; rank <= Suitability.WORST; rank++) {
      for (int i : order) {
        if (ranks[i] == rank && takes(i, value, schema)) {
          discriminators.putByte(i);
          counts[i]++;
          return true;
        }
      }
    }
    return false;
  }

  private boolean takes(int i, Object value, @Nullable Schema schema) {
    try {
      variants[i].appendValue(value, schema);
      return true;
    } catch (ValueException e) {
      return false;
    }
  }

  @Override
  public int rows() {
    return discriminators.size();
  }

  @Override
  public long bytes() {
    long bytes = discriminators.size();
    for (ColumnWriter variant : variants) {
      bytes += variant.bytes();
    }
    return bytes;
  }

  @Override
  public void truncate(int rows) {
    for (int row = discriminators.size() - 1; row >= rows; row--) {
      int type = discriminators.array()[row] & 0xFF;
      if (type != NULL) {
        counts[type]--;
      }
    }
    discriminators.truncate(rows);
    for (int i = 0; i < variants.length; i++) {
      variants[i].truncate(counts[i]);
    }
  }

  @Override
  public void clear() {
    discriminators.clear();
    Arrays.fill(counts, 0);
    for (ColumnWriter variant : variants) {
      variant.clear();
    }
  }

  @Override
  void writePrefix(OutputStream out) throws IOException {
    Bytes prefix = new Bytes();
    prefix.putLong(BASIC);
    prefix.writeTo(out);
    for (ColumnWriter variant : variants) {
      variant.writePrefix(out);
    }
  }

  @Override
  void writeData(OutputStream out) throws IOException {
    discriminators.writeTo(out);
    for (ColumnWriter variant : variants) {
      variant.writeData(out);
    }
  }
}
