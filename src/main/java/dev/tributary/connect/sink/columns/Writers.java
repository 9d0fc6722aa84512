package dev.tributary.connect.sink.columns;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.List;

/** Chooses the writer of a type. */
final class Writers {

  private final ColumnOptions options;
  private final TimePrecision precision;

  /** How many lists the values of a Dynamic lie in that are values of another Dynamic. */
  private final int dynamicLevel;

  Writers(ColumnOptions options) {
    this(options, 0);
  }

  private Writers(ColumnOptions options, int dynamicLevel) {
    this.options = options;
    this.precision = new TimePrecision(options.truncateTimes());
    this.dynamicLevel = dynamicLevel;
  }

  /** Chooses for a type that a value of a Dynamic has. */
  ColumnWriter inDynamic(ColumnType type) {
    int lists = 0;
    for (ColumnType inner = type; inner.name().equals("Array"); inner = inner.only()) {
      lists++;
    }
    return new Writers(options, dynamicLevel + lists).of(type);
  }

  ColumnWriter of(ColumnType type) {
    String text = type.text();
    return switch (type.name()) {
      case "Nullable" -> new NullableWriter(text, nullable(type.only()));
      case "LowCardinality" -> lowCardinality(type);
      case "Array" -> new ArrayWriter(text, of(type.only()));
      case "Map" -> map(type);
      case "Tuple" -> tuple(type, text);
      case "Nested" -> new ArrayWriter(text, tuple(type.layout().only(), text));
      case "Variant" -> variant(type, text);
      case "Dynamic" -> new DynamicWriter(text, this, dynamicLevel);
      case "JSON" -> json(type);
      case "SimpleAggregateFunction" -> of(type.layout());
      case "Point" -> new GeoWriter(text, tuple(type.layout(), text));
      case "Ring", "LineString", "Polygon", "MultiLineString", "MultiPolygon" ->
          new GeoWriter(text, of(type.layout()));
      case "Geometry" -> variant(type.layout(), text);
      default -> scalar(type);
    };
  }

  private ColumnWriter nullable(ColumnType type) {
    return switch (type.name()) {
      case "Tuple" -> tuple(type, type.text());
      case "JSON" -> json(type);
      default -> scalar(type);
    };
  }

  private LowCardinalityWriter lowCardinality(ColumnType type) {
    ColumnType inner = type.only();
    return inner.name().equals("Nullable")
        ? new LowCardinalityWriter(type.text(), scalar(inner.only()), true)
        : new LowCardinalityWriter(type.text(), scalar(inner), false);
  }

  private MapWriter map(ColumnType type) {
    if (type.arguments().size() != 2) {
      throw new UnsupportedTypeException(type.text(), "it should have two arguments");
    }
    return new MapWriter(type.text(), of(type.arguments().get(0)), of(type.arguments().get(1)));
  }

  private TupleWriter tuple(ColumnType type, String text) {
    return new TupleWriter(
        text,
        type.arguments().stream().map(ColumnType::label).toList(),
        type.arguments().stream().map(this::of).toList(),
        type.equals(ColumnType.POINT));
  }

  private VariantWriter variant(ColumnType type, String text) {
    return new VariantWriter(
        text, type.arguments(), type.arguments().stream().map(this::of).toList(), precision);
  }

  private JsonColumnWriter json(ColumnType type) {
    List<TypedPaths.Path> typed =
        type.arguments().stream()
            .filter(argument -> !argument.label().isEmpty())
            .map(path -> new TypedPaths.Path(path.label(), of(path), new NativeJsonReader(path)))
            .toList();
    return new JsonColumnWriter(type.text(), new TypedPaths(typed));
  }

  private ScalarWriter scalar(ColumnType type) {
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
      case "BFloat16" -> new BFloat16Writer(text);
      case "Bool" -> new BoolWriter(text);
      case "Decimal" -> decimal(type);
      case "String" -> new StringWriter(text);
      case "FixedString" -> new FixedStringWriter(text, type.integer(0));
      case "UUID" -> new UuidWriter(text);
      case "Date" -> new DateWriter(text, false, options.timeFormat());
      case "Date32" -> new DateWriter(text, true, options.timeFormat());
      case "DateTime" -> new DateTimeWriter(text, zone(type, 0), options.timeFormat(), precision);
      case "DateTime64" ->
          new DateTime64Writer(text, digits(type), zone(type, 1), options.timeFormat(), precision);
      case "Time" -> TimeOfDayWriter.seconds(text, options.timeFormat(), precision);
      case "Time64" -> TimeOfDayWriter.ticks(text, digits(type), options.timeFormat(), precision);
      case "Enum8" -> new EnumWriter(type, 1);
      case "Enum16" -> new EnumWriter(type, 2);
      case "IPv4" -> new IPv4Writer(text);
      case "IPv6" -> new IPv6Writer(text);
      default -> {
        if (type.name().startsWith("Interval")) {
          yield IntervalWriter.of(text);
        }
        throw new UnsupportedTypeException(text, "the type is not supported");
      }
    };
  }

  private DecimalWriter decimal(ColumnType type) {
    int precision = type.integer(0);
    int scale = type.arguments().size() > 1 ? type.integer(1) : 0;
    if (precision < 1 || precision > 76 || scale > precision) {
      throw new UnsupportedTypeException(type.text(), "no such precision and scale");
    }
    return new DecimalWriter(type.text(), precision, scale, options.roundDecimals());
  }

  /** Of the fraction of a second. */
  private static int digits(ColumnType type) {
    int digits = type.integer(0);
    if (digits > 9) {
      throw new UnsupportedTypeException(type.text(), "the precision goes from 0 to 9");
    }
    return digits;
  }

  private ZoneId zone(ColumnType type, int index) {
    if (index >= type.arguments().size()) {
      return options.serverZone();
    }
    try {
      return ZoneId.of(type.arguments().get(index).name());
    } catch (DateTimeException e) {
      throw new UnsupportedTypeException(type.text(), "this Java does not know the time zone");
    }
  }
}
