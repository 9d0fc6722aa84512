package dev.tributary.connect.sink.columns;

import java.time.DateTimeException;
import java.time.ZoneId;

/** Chooses the writer of a type. */
final class Writers {

  private Writers() {}

  static ColumnWriter of(ColumnType type, ZoneId serverZone) {
    return switch (type.name()) {
      case "Nullable" -> new NullableWriter(type.text(), scalar(type.only(), serverZone));
      case "LowCardinality" -> lowCardinality(type, serverZone);
      case "Array" -> new ArrayWriter(type.text(), of(type.only(), serverZone));
      case "Map" -> map(type, serverZone);
      default -> scalar(type, serverZone);
    };
  }

  private static LowCardinalityWriter lowCardinality(ColumnType type, ZoneId serverZone) {
    ColumnType inner = type.only();
    return inner.name().equals("Nullable")
        ? new LowCardinalityWriter(type.text(), scalar(inner.only(), serverZone), true)
        : new LowCardinalityWriter(type.text(), scalar(inner, serverZone), false);
  }

  private static MapWriter map(ColumnType type, ZoneId serverZone) {
    if (type.arguments().size() != 2) {
      throw new UnsupportedTypeException(type.text(), "it should have two arguments");
    }
    return new MapWriter(
        type.text(),
        of(type.arguments().get(0), serverZone),
        of(type.arguments().get(1), serverZone));
  }

  private static ScalarWriter scalar(ColumnType type, ZoneId serverZone) {
    String text = type.text();
    return switch (type.name()) {
      case "Int8" -> new IntegerWriter(text, 1, true);
      case "Int16" -> new IntegerWriter(text, 2, true);
      case "Int32" -> new IntegerWriter(text, 4, true);
      case "Int64" -> new IntegerWriter(text, 8, true);
      case "UInt8" -> new IntegerWriter(text, 1, false);
      case "UInt16" -> new IntegerWriter(text, 2, false);
      case "UInt32" -> new IntegerWriter(text, 4, false);
      case "UInt64" -> new IntegerWriter(text, 8, false);
      case "Int128" -> new WideIntegerWriter(text, 16, true);
      case "Int256" -> new WideIntegerWriter(text, 32, true);
      case "UInt128" -> new WideIntegerWriter(text, 16, false);
      case "UInt256" -> new WideIntegerWriter(text, 32, false);
      case "Float32" -> new Float32Writer(text);
      case "Float64" -> new Float64Writer(text);
      case "Bool" -> new BoolWriter(text);
      case "Decimal" -> decimal(type);
      case "String" -> new StringWriter(text);
      case "FixedString" -> new FixedStringWriter(text, type.integer(0));
      case "UUID" -> new UuidWriter(text);
      case "Date" -> new DateWriter(text, false);
      case "Date32" -> new DateWriter(text, true);
      case "DateTime" -> new DateTimeWriter(text, zone(type, 0, serverZone));
      case "DateTime64" -> new DateTime64Writer(text, precision(type), zone(type, 1, serverZone));
      case "Enum8" -> new EnumWriter(type, 1);
      case "Enum16" -> new EnumWriter(type, 2);
      case "IPv4" -> new IPv4Writer(text);
      case "IPv6" -> new IPv6Writer(text);
      default -> throw new UnsupportedTypeException(text, "the type is not supported yet");
    };
  }

  private static DecimalWriter decimal(ColumnType type) {
    int precision = type.integer(0);
    int scale = type.arguments().size() > 1 ? type.integer(1) : 0;
    if (precision < 1 || precision > 76 || scale > precision) {
      throw new UnsupportedTypeException(type.text(), "no such precision and scale");
    }
    return new DecimalWriter(type.text(), precision, scale);
  }

  private static int precision(ColumnType type) {
    int precision = type.integer(0);
    if (precision > 9) {
      throw new UnsupportedTypeException(type.text(), "the precision goes from 0 to 9");
    }
    return precision;
  }

  private static ZoneId zone(ColumnType type, int index, ZoneId serverZone) {
    if (index >= type.arguments().size()) {
      return serverZone;
    }
    try {
      return ZoneId.of(type.arguments().get(index).name());
    } catch (DateTimeException e) {
      throw new UnsupportedTypeException(type.text(), "this Java does not know the time zone");
    }
  }
}
