package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.BytesValues;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Shapes in OGC's well-known binary, with PostGIS's number of a reference system or without. Only
 * two dimensions: dropping the others would change the shape.
 */
final class WellKnownBinary {

  /**
   * A shape in GeoJSON's terms.
   *
   * @param coordinates a list of two numbers for a point, else lists of what it is made of
   */
  record Shape(String name, List<?> coordinates) {}

  private static final int SRID_FLAG = 0x2000_0000;
  private static final int MOST_BYTES_READ_AHEAD = 1 << 16;

  private WellKnownBinary() {}

  /**
   * @throws ValueException when it is no such shape
   */
  static Shape read(Object bytes) {
    byte[] copy = new byte[BytesValues.length(bytes)];
    BytesValues.copy(bytes, copy, 0);
    ByteBuffer buffer = ByteBuffer.wrap(copy);
    try {
      Shape shape = shape(buffer, "");
      if (!buffer.hasRemaining()) {
        return shape;
      }
    } catch (BufferUnderflowException e) {
      // said below
    }
    throw malformed(copy.length);
  }

  /**
   * @param part the name that the shape must have as a part of another; empty if it is none. Parts
   *     have no parts, so bytes cannot nest shapes without end.
   */
  private static Shape shape(ByteBuffer in, String part) {
    byte order = in.get();
    if (order != 0 && order != 1) {
      throw malformed(in.capacity());
    }
    in.order(order == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    int type = in.getInt();
    if ((type & SRID_FLAG) != 0) {
      in.getInt();
    }
    String name = name(type & ~SRID_FLAG);
    if (!part.isEmpty() && !part.equals(name)) {
      throw malformed(in.capacity());
    }
    return new Shape(
        name,
        switch (name) {
          case "Point" -> point(in);
          case "LineString" -> points(in);
          case "Polygon" -> rings(in);
          case "MultiPoint" -> parts(in, "Point");
          case "MultiLineString" -> parts(in, "LineString");
          default -> parts(in, "Polygon");
        });
  }

  private static String name(int type) {
    return switch (type) {
      case 1 -> "Point";
      case 2 -> "LineString";
      case 3 -> "Polygon";
      case 4 -> "MultiPoint";
      case 5 -> "MultiLineString";
      case 6 -> "MultiPolygon";
      default ->
          throw new ValueException(
              "the well-known binary has a shape of more than two dimensions, or one that no"
                  + " ClickHouse type holds");
    };
  }

  private static List<Double> point(ByteBuffer in) {
    double x = in.getDouble();
    return List.of(x, in.getDouble());
  }

  private static List<Object> points(ByteBuffer in) {
    int count = count(in);
    List<Object> points = new ArrayList<>(Math.min(count, MOST_BYTES_READ_AHEAD));
    for (int i = 0; i < count; i++) {
      points.add(point(in));
    }
    return points;
  }

  private static List<Object> rings(ByteBuffer in) {
    int count = count(in);
    List<Object> rings = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rings.add(points(in));
    }
    return rings;
  }

  private static List<Object> parts(ByteBuffer in, String name) {
    int count = count(in);
    List<Object> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ByteOrder order = in.order();
      parts.add(shape(in, name).coordinates());
      in.order(order);
    }
    return parts;
  }

  private static int count(ByteBuffer in) {
    int count = in.getInt();
    if (count < 0) {
      throw malformed(in.capacity());
    }
    return count;
  }

  private static ValueException malformed(int length) {
    return new ValueException(length + " bytes that are no well-known binary");
  }
}
