package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.BytesValues;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/**
 * Point, Ring, LineString, MultiLineString, Polygon and MultiPolygon: the tuple of two floats, and
 * the arrays of it, that they are names for.
 *
 * <p>Takes lists of that shape, a struct or map of {@code x} and {@code y} as a point, GeoJSON
 * objects, and well-known binary, as it is or in Debezium's Point, Geometry and Geography. A shape
 * of another name is refused, except that a closed line and a polygon of one ring are rings. The
 * number of a reference system is dropped, having no place in these types.
 */
final class GeoWriter extends ColumnWriter {

  private static final String NEEDED =
      "coordinates as lists, GeoJSON, and well-known binary of that shape";

  private final String shape;
  private final ColumnWriter coordinates;

  GeoWriter(String shape, ColumnWriter coordinates) {
    super(shape);
    this.shape = shape;
    this.coordinates = coordinates;
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    if (BytesValues.is(value)) {
      coordinates.appendValue(fitting(WellKnownBinary.read(value), value), null);
    } else if (value instanceof Struct struct && struct.schema().field("wkb") != null) {
      appendDebezium(struct);
    } else if (value instanceof Map<?, ?> map && map.get("type") instanceof String type) {
      if (!(map.get("coordinates") instanceof List<?> list)) {
        throw ValueException.unsuited(value, columnType(), NEEDED);
      }
      coordinates.appendValue(fitting(new WellKnownBinary.Shape(type, list), value), null);
    } else {
      coordinates.appendValue(value, schema);
    }
  }

  private void appendDebezium(Struct struct) {
    Object wkb = struct.getWithoutDefault("wkb");
    if (wkb != null && BytesValues.is(wkb)) {
      coordinates.appendValue(fitting(WellKnownBinary.read(wkb), struct), null);
    } else {
      coordinates.appendValue(struct, null);
    }
  }

  private List<?> fitting(WellKnownBinary.Shape found, Object value) {
    List<?> list = found.coordinates();
    if (found.name().equals(shape)) {
      return list;
    }
    if (shape.equals("Ring")
        && found.name().equals("Polygon")
        && list.size() == 1
        && list.get(0) instanceof List<?> ring) {
      return ring;
    }
    if (shape.equals("Ring") && found.name().equals("LineString") && isClosed(list)) {
      return list;
    }
    throw ValueException.unsuited(value, columnType(), NEEDED);
  }

  private static boolean isClosed(List<?> line) {
    return line.size() > 2
        && line.get(0) instanceof List<?> first
        && line.get(line.size() - 1) instanceof List<?> last
        && first.size() == 2
        && last.size() == 2
        && isSameNumber(first.get(0), last.get(0))
        && isSameNumber(first.get(1), last.get(1));
  }

  /** Whether the nearest doubles, which are what is stored, are the same. */
  private static boolean isSameNumber(@Nullable Object one, @Nullable Object other) {
    return one instanceof Number a
        && other instanceof Number b
        && a.doubleValue() == b.doubleValue();
  }

  @Override
  public void appendDefault() {
    coordinates.appendDefault();
  }

  @Override
  public int rows() {
    return coordinates.rows();
  }

  @Override
  public long bytes() {
    return coordinates.bytes();
  }

  @Override
  public void truncate(int rows) {
    coordinates.truncate(rows);
  }

  @Override
  public void clear() {
    coordinates.clear();
  }

  @Override
  void writePrefix(OutputStream out) throws IOException {
    coordinates.writePrefix(out);
  }

  @Override
  void writeData(OutputStream out) throws IOException {
    coordinates.writeData(out);
  }
}
