package dev.tributary.connect.sink.columns;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code Native} data of a column back, as values whose JSON the server reads as exactly
 * these data for a path of the column's type.
 *
 * <p>Whole numbers up to 64 bits, timestamps and times of day are numbers (of seconds or ticks:
 * there is no time zone in them), wider ones and decimals are strings, since the server reads JSON
 * numbers as doubles; tuples are arrays, and what Enum, UUID, dates and addresses hold is text. Not
 * thread-safe.
 */
final class NativeJsonReader {

  private final Bytes written = new Bytes();
  private final NativeInput in = new NativeInput();
  private final NativeJsonScalars scalars = new NativeJsonScalars(in);
  private final CellReader cells;

  NativeJsonReader(ColumnType type) {
    this.cells = of(type);
  }

  /**
   * The value of a column of the type that has one row.
   *
   * @throws ValueException when no JSON gives this value: bytes that are no UTF-8, a Tuple without
   *     elements, or a type of a Variant or Dynamic that the server would not choose
   */
  @Nullable Object read(ColumnWriter column) {
    written.clear();
    try {
      column.writeTo(written.stream());
    } catch (IOException e) {
      throw new IllegalStateException("Writing to memory failed", e);
    }
    in.enter(written.array());
    cells.readPrefix();
    return cells.read(1).get(0);
  }

  /** A column or a part of one: first come the prefixes of all parts, then their data. */
  private interface CellReader {

    default void readPrefix() {}

    /** The values of the next rows. */
    List<@Nullable Object> read(int rows);
  }

  private CellReader of(ColumnType declared) {
    ColumnType type = declared.layout();
    return switch (type.name()) {
      case "Nullable" -> new NullableCells(of(type.only()));
      case "LowCardinality" -> new LowCardinalityCells(type.only());
      case "Array" -> new ArrayCells(of(type.only()));
      case "Map" -> new MapCells(of(type.arguments().get(0)), of(type.arguments().get(1)));
      case "Tuple" -> new TupleCells(type.arguments().stream().map(this::of).toList());
      case "Variant" -> new VariantCells(type.arguments());
      case "Dynamic" -> new DynamicCells();
      case "JSON" -> new JsonCells();
      default -> {
        Supplier<Object> value = scalars.of(type);
        yield rows -> {
          List<@Nullable Object> values = new ArrayList<>(rows);
          for (int i = 0; i < rows; i++) {
            values.add(value.get());
          }
          return values;
        };
      }
    };
  }

  private final class NullableCells implements CellReader {

    private final CellReader values;

    NullableCells(CellReader values) {
      this.values = values;
    }

    @Override
    public void readPrefix() {
      values.readPrefix();
    }

    @Override
    public List<@Nullable Object> read(int rows) {
      byte[] nulls = in.bytes(rows);
      List<@Nullable Object> read = values.read(rows);
      for (int i = 0; i < rows; i++) {
        if (nulls[i] != 0) {
          read.set(i, null);
        }
      }
      return read;
    }
  }

  /** See {@link LowCardinalityWriter} for the layout. */
  private final class LowCardinalityCells implements CellReader {

    private final boolean nullable;
    private final CellReader dictionary;

    LowCardinalityCells(ColumnType inner) {
      this.nullable = inner.name().equals("Nullable");
      this.dictionary = of(nullable ? inner.only() : inner);
    }

    @Override
    public void readPrefix() {
      in.skip(Long.BYTES);
    }

    @Override
    public List<@Nullable Object> read(int rows) {
      List<@Nullable Object> read = new ArrayList<>(rows);
      if (rows == 0) {
        return read;
      }
      int keyWidth = 1 << (in.signed(8) & 0xFF);
      List<@Nullable Object> entries = dictionary.read((int) in.signed(8));
      if (nullable) {
        entries.set(0, null);
      }
      in.skip(Long.BYTES);
      for (int i = 0; i < rows; i++) {
        read.add(entries.get(in.unsigned(keyWidth).intValue()));
      }
      return read;
    }
  }

  private final class ArrayCells implements CellReader {

    private final CellReader elements;

    ArrayCells(CellReader elements) {
      this.elements = elements;
    }

    @Override
    public void readPrefix() {
      elements.readPrefix();
    }

    @Override
    public List<@Nullable Object> read(int rows) {
      int[] ends = in.ends(rows);
      List<@Nullable Object> all = elements.read(rows == 0 ? 0 : ends[rows - 1]);
      List<@Nullable Object> read = new ArrayList<>(rows);
      for (int i = 0; i < rows; i++) {
        read.add(all.subList(i == 0 ? 0 : ends[i - 1], ends[i]));
      }
      return read;
    }
  }

  private final class MapCells implements CellReader {

    private final CellReader keys;
    private final CellReader values;

    MapCells(CellReader keys, CellReader values) {
      this.keys = keys;
      this.values = values;
    }

    @Override
    public void readPrefix() {
      keys.readPrefix();
      values.readPrefix();
    }

    @Override
    public List<@Nullable Object> read(int rows) {
      int[] ends = in.ends(rows);
      int entries = rows == 0 ? 0 : ends[rows - 1];
      List<@Nullable Object> allKeys = keys.read(entries);
      List<@Nullable Object> allValues = values.read(entries);
      List<@Nullable Object> read = new ArrayList<>(rows);
      for (int row = 0, at = 0; row < rows; row++) {
        Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
        for (; at < ends[row]; at++) {
          if (map.containsKey(allKeys.get(at))) {
            throw new ValueException("two of its keys are the same text, which no JSON object has");
          }
          map.put(allKeys.get(at), allValues.get(at));
        }
        read.add(map);
      }
      return read;
    }
  }

  private static final class TupleCells implements CellReader {

    private final List<CellReader> elements;

    TupleCells(List<CellReader> elements) {
      this.elements = elements;
    }

    @Override
    public void readPrefix() {
      elements.forEach(CellReader::readPrefix);
    }

    @Override
    public List<@Nullable Object> read(int rows) {
      if (elements.isEmpty() && rows > 0) {
        throw new ValueException("the server reads no JSON as a Tuple without elements");
      }
      List<List<@Nullable Object>> columns = new ArrayList<>();
      elements.forEach(element -> columns.add(element.read(rows)));
      List<@Nullable Object> read = new ArrayList<>(rows);
      for (int i = 0; i < rows; i++) {
        int row = i;
        List<@Nullable Object> tuple = new ArrayList<>();
        columns.forEach(column -> tuple.add(column.get(row)));
        read.add(tuple);
      }
      return read;
    }
  }

  private final class VariantCells implements CellReader {

    private static final int NULL = 255;

    private final List<ColumnType> types;
    private final List<CellReader> variants = new ArrayList<>();

    VariantCells(List<ColumnType> types) {
      this.types = types;
      types.forEach(type -> variants.add(of(type)));
    }

    @Override
    public void readPrefix() {
      in.skip(Long.BYTES);
      variants.forEach(CellReader::readPrefix);
    }

    @Override
    public List<@Nullable Object> read(int rows) {
      int[] places = new int[rows];
      for (int i = 0; i < rows; i++) {
        places[i] = (int) (in.signed(1) & 0xFF);
      }
      List<@Nullable Object> read = distribute(places, NULL, variants);
      for (int i = 0; i < rows; i++) {
        Object value = read.get(i);
        if (value != null && !JsonTypeChoice.isOnly(types, places[i], value)) {
          throw new ValueException(
              "from JSON the server may choose another of its types than "
                  + types.get(places[i]).text()
                  + ": give the path one type");
        }
      }
      return read;
    }
  }

  private final class DynamicCells implements CellReader {

    private final List<ColumnType> types = new ArrayList<>();
    private final List<CellReader> columns = new ArrayList<>();

    @Override
    public void readPrefix() {
      types.clear();
      columns.clear();
      in.skip(Long.BYTES);
      for (int count = in.varInt(); count > 0; count--) {
        types.add(ColumnType.parse(scalars.text()));
      }
      types.forEach(type -> columns.add(of(type)));
      columns.forEach(CellReader::readPrefix);
    }

    @Override
    public List<@Nullable Object> read(int rows) {
      int[] places = new int[rows];
      for (int i = 0; i < rows; i++) {
        places[i] = in.unsigned(types.size() <= 0xFF ? 1 : 2).intValue();
      }
      List<@Nullable Object> read = distribute(places, types.size(), columns);
      for (int i = 0; i < rows; i++) {
        Object value = read.get(i);
        if (value != null && !JsonTypeChoice.isInferred(types.get(places[i]), value)) {
          throw new ValueException(
              "from JSON the server may make it another type than "
                  + types.get(places[i]).text()
                  + ", which a Dynamic column makes it: give the path that type, or none");
        }
      }
      return read;
    }
  }

  /** Reads each column's rows and gives each row the next one of its column. */
  private static List<@Nullable Object> distribute(
      int[] places, int none, List<CellReader> columns) {
    int[] counts = new int[columns.size()];
    for (int place : places) {
      if (place != none) {
        counts[place]++;
      }
    }
    List<List<@Nullable Object>> values = new ArrayList<>();
    for (int i = 0; i < counts.length; i++) {
      values.add(columns.get(i).read(counts[i]));
    }
    int[] next = new int[counts.length];
    List<@Nullable Object> read = new ArrayList<>(places.length);
    for (int place : places) {
      read.add(place == none ? null : values.get(place).get(next[place]++));
    }
    return read;
  }

  /** Text that the writer of its column has made for the server. */
  private final class JsonCells implements CellReader {

    private final JsonTextParser json = new JsonTextParser();

    @Override
    public void readPrefix() {
      in.skip(Long.BYTES);
    }

    @Override
    public List<@Nullable Object> read(int rows) {
      List<@Nullable Object> read = new ArrayList<>(rows);
      for (int i = 0; i < rows; i++) {
        read.add(json.read(scalars.text()));
      }
      return read;
    }
  }
}
