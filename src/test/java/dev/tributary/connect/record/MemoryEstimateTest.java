package dev.tributary.connect.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;
import dev.tributary.connect.json.JsonReader;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.runtime.InternalSinkRecord;
import org.apache.kafka.connect.runtime.errors.ProcessingContext;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The estimate beside what the JVM allocates for a record as a worker holds it. */
class MemoryEstimateTest {

  /** How much less, and how much more than the truth an estimate may say. */
  private static final double LEAST = 0.8;

  private static final double MOST = 1.6;

  private static final int COPIES = 200;
  private static final int ROUNDS = 5;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final Schema INNER =
      SchemaBuilder.struct()
          .field("x", Schema.INT64_SCHEMA)
          .field("y", Schema.INT64_SCHEMA)
          .build();
  private static final Schema OUTER =
      SchemaBuilder.struct()
          .field("id", Schema.INT64_SCHEMA)
          .field("name", Schema.STRING_SCHEMA)
          .field("at", INNER)
          .field("note", Schema.OPTIONAL_STRING_SCHEMA)
          .build();

  private static final String ORDER =
      """
      {"id": 123456789, "user": "u-00042", "amount": 49.99, "currency": "USD", "paid": true,
       "merchant": "Example Books", "tags": ["new", "web"], "note": null}""";

  private static final byte[] LATIN = new byte[10_000];
  private static final String CYRILLIC = "\u0436".repeat(999);

  private static Object text(int length) {
    return new String(LATIN, 0, length, StandardCharsets.ISO_8859_1);
  }

  /** With the table that a map gets which grows, and names that records share. */
  private static Map<String, @Nullable Object> map(int size, IntFunction<Object> values) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>(size * 4 / 3 + 1);
    for (int i = 0; i < size; i++) {
      map.put(NAMES.get(i), values.apply(i));
    }
    return map;
  }

  private static final List<String> NAMES =
      Stream.iterate(0, i -> i + 1).limit(1_000).map(i -> "field_" + i).toList();

  private static Object list(int size, IntFunction<Object> values) {
    List<Object> list = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      list.add(values.apply(i));
    }
    return list;
  }

  private static Struct struct() {
    return fill(new Struct(OUTER), 1L << 40, text(20), fill(new Struct(INNER), 1L << 41, 1L << 42));
  }

  private static Struct fill(Struct struct, Object... values) {
    for (int i = 0; i < values.length; i++) {
      struct.put(struct.schema().fields().get(i), values[i]);
    }
    return struct;
  }

  private static final Object[] INNER_VALUES = {1L << 41, 1L << 42};
  private static final Struct FILLED_INNER = fill(new Struct(INNER), INNER_VALUES);
  private static final Object[] OUTER_VALUES = {1L << 40, text(20), FILLED_INNER};
  private static final Struct FILLED_OUTER = fill(new Struct(OUTER), OUTER_VALUES);

  /** What is allocated, and let go, while a struct is filled. */
  private static double garbageOfStruct() {
    return allocated(
        () -> {
          fill(FILLED_INNER, INNER_VALUES);
          return fill(FILLED_OUTER, OUTER_VALUES);
        });
  }

  private static Object json(byte[] read, Function<Map<?, ?>, @Nullable Object> used) {
    if (!(READER.readLazily(read) instanceof Map<?, ?> record)) {
      throw new IllegalArgumentException("not an object");
    }
    var unused = used.apply(record);
    return record;
  }

  private static final JsonReader READER = new JsonReader();

  private static Arguments value(
      String name, int bytesRead, Function<byte[], @Nullable Object> value) {
    return arguments(name, new byte[bytesRead], value);
  }

  private static Arguments order(String name, Function<Map<?, ?>, @Nullable Object> used) {
    Function<byte[], @Nullable Object> value = read -> json(read, used);
    return arguments(name, ORDER.getBytes(StandardCharsets.UTF_8), value);
  }

  static Stream<Arguments> values() {
    return Stream.of(
        value("null", 0, read -> null),
        value("boolean", 4, read -> true),
        value("number", 13, read -> 1L << 40),
        value("decimal", 9, read -> BigDecimal.valueOf(123_456_789, 2)),
        value("large integer", 1_000, read -> BigInteger.ONE.shiftLeft(3_300)),
        value("empty text", 2, read -> text(0)),
        value("text", 22, read -> text(20)),
        value("long text", 10_002, read -> text(10_000)),
        value("Cyrillic text", 2_002, read -> CYRILLIC.concat("\u0436")),
        value("array of bytes", 1_000, read -> new byte[1_000]),
        value("buffer of bytes", 1_000, read -> ByteBuffer.wrap(new byte[1_000])),
        value("map of one", 24, read -> map(1, i -> 1L << 40)),
        value("map of numbers", 270, read -> map(10, i -> (1L << 40) + i)),
        value("map of texts", 370, read -> map(10, i -> text(20))),
        value("wide map", 21_000, read -> map(1_000, i -> (1L << 40) + i)),
        value("map of maps", 1_500, read -> map(10, i -> map(10, j -> 0.5 + j))),
        value("map of lists", 1_700, read -> map(10, i -> list(10, j -> (1L << 40) + j))),
        value("list", 14_000, read -> list(1_000, i -> (1L << 40) + i)),
        order("JSON", record -> null),
        order("JSON with a field that was read", record -> record.get("merchant")),
        order("JSON with a list that was read", record -> record.get("tags")),
        order("decoded JSON", Map::entrySet));
  }

  /** As the worker makes it: with a reference to the consumer's record. */
  private static SinkRecord record(
      byte[] bytes, Function<byte[], @Nullable Object> value, @Nullable String header) {
    byte[] read = bytes.clone();
    long time = 1_700_000_000_000L;
    RecordHeaders kept = new RecordHeaders();
    ConnectHeaders headers = new ConnectHeaders();
    if (header != null) {
      kept.add(header, new byte[20]);
      headers.add(header, text(20), Schema.STRING_SCHEMA);
    }
    ConsumerRecord<byte[], byte[]> original =
        new ConsumerRecord<>(
            "orders",
            200,
            7,
            time,
            TimestampType.CREATE_TIME,
            8,
            read.length,
            new byte[8],
            read,
            kept,
            Optional.of(1_000));
    return new InternalSinkRecord(
        new ProcessingContext<>(original),
        "orders",
        200,
        null,
        null,
        null,
        value.apply(read),
        7,
        time,
        TimestampType.CREATE_TIME,
        headers) {};
  }

  /** Bytes allocated for one object. */
  private static double allocated(Supplier<Object> made) {
    Object[] kept = new Object[COPIES];
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
      for (int i = 0; i < COPIES; i++) {
        kept[i] = made.get();
      }
      long after = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
      least = Math.min(least, after - before);
    }
    return (double) least / COPIES;
  }

  private static void assertNear(long estimate, double truth) {
    assertThat(estimate / truth).as("%s of %s bytes", estimate, truth).isBetween(LEAST, MOST);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("values")
  void estimate_is_near_what_the_record_takes(
      String name, byte[] bytes, Function<byte[], @Nullable Object> value) {
    assertNear(
        MemoryEstimate.of(record(bytes, value, null)), allocated(() -> record(bytes, value, null)));
  }

  @Test
  void structs_are_estimated_without_what_filling_them_allocates() {
    Function<byte[], @Nullable Object> one = read -> struct();
    Function<byte[], @Nullable Object> ten = read -> list(10, i -> struct());
    byte[] read = new byte[60];
    assertNear(
        MemoryEstimate.of(record(read, one, null)),
        allocated(() -> record(read, one, null)) - garbageOfStruct());
    byte[] more = new byte[600];
    assertNear(
        MemoryEstimate.of(record(more, ten, null)),
        allocated(() -> record(more, ten, null)) - 10 * garbageOfStruct());
  }

  @Test
  void headers_count() {
    byte[] none = new byte[0];
    Supplier<SinkRecord> traced = () -> record(none, read -> null, "trace-id");
    assertNear(MemoryEstimate.of(traced.get()), allocated(traced::get));
    assertThat(MemoryEstimate.of(traced.get()))
        .isGreaterThan(MemoryEstimate.of(record(none, read -> null, null)));
  }

  @Test
  void key_counts_as_a_value_does() {
    assertThat(MemoryEstimate.of(Records.record("key", null)))
        .isEqualTo(MemoryEstimate.of(Records.record(null, "key")));
  }

  @Test
  void estimate_decodes_nothing() {
    byte[] read = ORDER.getBytes(StandardCharsets.UTF_8);
    Object value = json(read, record -> record.get("tags"));
    long estimate = MemoryEstimate.of(value);
    assertThat(estimate).isLessThan(MemoryEstimate.of(json(read, Map::entrySet)));
    assertThat(MemoryEstimate.of(value)).isEqualTo(estimate);
  }

  /** Of a map it is one small object, which the compiler mostly spares. */
  @Test
  void estimate_of_a_row_allocates_next_to_nothing() {
    byte[] read = ORDER.getBytes(StandardCharsets.UTF_8);
    assertThat(allocatedByEstimate(json(read, record -> null))).isZero();
    assertThat(allocatedByEstimate(struct())).isZero();
    assertThat(allocatedByEstimate(list(10, i -> struct()))).isZero();
    assertThat(allocatedByEstimate(map(20, i -> text(5)))).isLessThanOrEqualTo(24);
  }

  /** Keeps the compiler from sparing an estimate that nobody reads. */
  private static long estimated;

  private static double allocatedByEstimate(Object value) {
    SinkRecord row = record(new byte[0], read -> value, null);
    return allocated(
        () -> {
          estimated += MemoryEstimate.of(row);
          return row;
        });
  }
}
