package dev.tributary.connect.sink.columns;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.jspecify.annotations.Nullable;

/**
 * A column of each family of writers, with values as JSON and as a converter with schemas has them.
 */
public enum SampleColumn {
  UINT64("UInt64"),
  INT128("Int128"),
  FLOAT64("Float64"),
  DECIMAL("Decimal(18, 2)"),
  DECIMAL128("Decimal(38, 2)"),
  BOOL("Bool"),
  STRING("String"),
  FIXED_STRING("FixedString(16)"),
  UUID("UUID"),
  DATE("Date"),
  DATETIME("DateTime"),
  DATETIME64("DateTime64(3)"),
  ENUM8("Enum8('open' = 1, 'paid' = 2, 'sent' = 3)"),
  IPV4("IPv4"),
  LOW_CARDINALITY("LowCardinality(String)"),
  /** One value in ten is null. */
  NULLABLE("Nullable(UInt64)"),
  ARRAY("Array(String)"),
  MAP("Map(String, UInt64)"),
  TUPLE("Tuple(id UInt64, name String)"),
  JSON_OBJECT("JSON");

  private static final long START = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
  private static final DateTimeFormatter TEXT =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(ZoneOffset.UTC);
  private static final List<String> STATES = List.of("open", "paid", "sent");
  private static final Schema PAIR =
      SchemaBuilder.struct()
          .field("id", Schema.INT64_SCHEMA)
          .field("name", Schema.STRING_SCHEMA)
          .build();

  private final String type;

  SampleColumn(String type) {
    this.type = type;
  }

  /** The type as ClickHouse reports it. */
  String type() {
    return type;
  }

  String json(int i) {
    return switch (this) {
      case DATE -> quoted(text(i).substring(0, 10));
      case DATETIME -> quoted(text(i).substring(0, 19));
      case DATETIME64 -> quoted(text(i));
      case NULLABLE -> i % 10 == 9 ? "null" : Long.toString(number(i));
      case ARRAY -> "[" + quoted("new") + "," + quoted("sale " + i % 7) + "]";
      case MAP -> "{\"clicks\":" + i + ",\"views\":" + number(i) + "}";
      case TUPLE, JSON_OBJECT -> "{\"id\":" + number(i) + ",\"name\":" + quoted(name(i)) + "}";
      case UINT64, INT128, FLOAT64, DECIMAL, DECIMAL128, BOOL -> String.valueOf(value(i));
      case STRING, FIXED_STRING, UUID, ENUM8, IPV4, LOW_CARDINALITY -> quoted(value(i));
    };
  }

  @Nullable Object value(int i) {
    return switch (this) {
      case UINT64 -> number(i);
      case INT128 -> BigDecimal.valueOf(number(i)).multiply(BigDecimal.TEN.pow(12));
      case FLOAT64 -> cents(i).doubleValue();
      case DECIMAL, DECIMAL128 -> cents(i);
      case BOOL -> i % 3 == 0;
      case STRING -> name(i);
      case FIXED_STRING -> String.format(Locale.ROOT, "%016x", number(i));
      case UUID -> new UUID(number(i) * 0x9E3779B97F4A7C15L, ~number(i)).toString();
      case DATE, DATETIME, DATETIME64 -> new Date(millis(i));
      case ENUM8 -> STATES.get(i % 3);
      case IPV4 -> "10.1." + i / 256 + "." + i % 256;
      case LOW_CARDINALITY -> "country " + i % 30;
      case NULLABLE -> i % 10 == 9 ? null : number(i);
      case ARRAY -> List.of("new", "sale " + i % 7);
      case MAP -> new TreeMap<>(Map.of("clicks", (long) i, "views", number(i)));
      case TUPLE, JSON_OBJECT -> new Struct(PAIR).put("id", number(i)).put("name", name(i));
    };
  }

  Schema schema() {
    return switch (this) {
      case UINT64 -> Schema.INT64_SCHEMA;
      case INT128 -> Decimal.schema(0);
      case FLOAT64 -> Schema.FLOAT64_SCHEMA;
      case DECIMAL, DECIMAL128 -> Decimal.schema(2);
      case BOOL -> Schema.BOOLEAN_SCHEMA;
      case STRING, FIXED_STRING, UUID, ENUM8, IPV4, LOW_CARDINALITY -> Schema.STRING_SCHEMA;
      case DATE -> org.apache.kafka.connect.data.Date.SCHEMA;
      case DATETIME, DATETIME64 -> Timestamp.SCHEMA;
      case NULLABLE -> Schema.OPTIONAL_INT64_SCHEMA;
      case ARRAY -> SchemaBuilder.array(Schema.STRING_SCHEMA).build();
      case MAP -> SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.INT64_SCHEMA).build();
      case TUPLE, JSON_OBJECT -> PAIR;
    };
  }

  private static String quoted(@Nullable Object text) {
    return "\"" + text + "\"";
  }

  private static long number(int i) {
    return 1_000_003L * i;
  }

  private static BigDecimal cents(int i) {
    return BigDecimal.valueOf(7L * i, 2);
  }

  private static String name(int i) {
    return "Name of user " + number(i);
  }

  private String text(int i) {
    return TEXT.format(Instant.ofEpochMilli(millis(i)));
  }

  /** A time; days where the column has nothing finer, seconds where it has those. */
  private long millis(int i) {
    long unit = this == DATE ? 86_400_000L : this == DATETIME ? 1_000L : 1L;
    return START + i * unit;
  }
}
