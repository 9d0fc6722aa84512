package dev.tributary.connect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.record.ExactNumbers;
import dev.tributary.connect.record.FieldPath;
import dev.tributary.connect.record.KeyHasher;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualTime;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.transforms.Cast;
import org.apache.kafka.connect.transforms.DropHeaders;
import org.apache.kafka.connect.transforms.ExtractField;
import org.apache.kafka.connect.transforms.Filter;
import org.apache.kafka.connect.transforms.Flatten;
import org.apache.kafka.connect.transforms.HeaderFrom;
import org.apache.kafka.connect.transforms.HoistField;
import org.apache.kafka.connect.transforms.InsertField;
import org.apache.kafka.connect.transforms.InsertHeader;
import org.apache.kafka.connect.transforms.MaskField;
import org.apache.kafka.connect.transforms.RegexRouter;
import org.apache.kafka.connect.transforms.ReplaceField;
import org.apache.kafka.connect.transforms.SetSchemaMetadata;
import org.apache.kafka.connect.transforms.TimestampConverter;
import org.apache.kafka.connect.transforms.TimestampRouter;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.ValueToKey;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Deduplicate before and after each transform that comes with Kafka Connect. */
class KafkaTransformsTest {

  private static final long T = 1_700_000_000_000L;

  private static final Schema KEY = SchemaBuilder.struct().field("k", Schema.INT64_SCHEMA).build();
  private static final Schema VALUE =
      SchemaBuilder.struct()
          .field("id", Schema.STRING_SCHEMA)
          .field("n", Schema.INT64_SCHEMA)
          .field("ms", Schema.INT64_SCHEMA)
          .build();

  private final FakeCluster cluster = new FakeCluster().withTopic("orders", 1, Map.of());
  private final Metrics metrics = new Metrics();
  private final List<AutoCloseable> running = new ArrayList<>();

  /**
   * A transform with its settings.
   *
   * @param key the {@code key.fields} that still find the id after it; empty if none does
   */
  record Case(Transformation<SinkRecord> transform, Map<String, String> settings, String key) {

    boolean makesDates() {
      return transform instanceof TimestampConverter;
    }

    /** Whether it makes another number, or something else, of the field. */
    boolean changes(String path) {
      boolean floats = settings.getOrDefault("spec", "").contains("float");
      return path.equals("n") && (floats || transform instanceof MaskField);
    }

    @Override
    public String toString() {
      return transform.getClass().getName().replaceAll(".*\\.", "");
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case(new Cast.Key<>(), Map.of("spec", "k:string"), "id"),
        new Case(new Cast.Value<>(), Map.of("spec", "n:string"), "id"),
        new Case(new DropHeaders<>(), Map.of("headers", "h"), "id"),
        new Case(new ExtractField.Key<>(), Map.of("field", "k"), "id"),
        new Case(new ExtractField.Value<>(), Map.of("field", "id"), ""),
        new Case(new Flatten.Key<>(), Map.of(), "id"),
        new Case(new Flatten.Value<>(), Map.of(), "id"),
        new Case(new HeaderFrom.Key<>(), headerFrom("k"), "id"),
        new Case(new HeaderFrom.Value<>(), headerFrom("n"), "id"),
        new Case(new HoistField.Key<>(), Map.of("field", "outer"), "id"),
        new Case(new HoistField.Value<>(), Map.of("field", "outer"), "outer.id"),
        new Case(new InsertField.Key<>(), Map.of("offset.field", "at"), "id"),
        new Case(new InsertField.Value<>(), Map.of("offset.field", "at"), "id"),
        new Case(new InsertHeader<>(), Map.of("header", "i", "value.literal", "1"), "id"),
        new Case(new MaskField.Key<>(), Map.of("fields", "k"), "id"),
        new Case(new MaskField.Value<>(), Map.of("fields", "n"), "id"),
        new Case(new RegexRouter<>(), Map.of("regex", ".*", "replacement", "routed"), "id"),
        new Case(new ReplaceField.Key<>(), Map.of("renames", "k:kk"), "id"),
        new Case(new ReplaceField.Value<>(), Map.of("renames", "id:event"), "event"),
        new Case(new SetSchemaMetadata.Key<>(), Map.of("schema.name", "named"), "id"),
        new Case(new SetSchemaMetadata.Value<>(), Map.of("schema.name", "named"), "id"),
        new Case(new TimestampConverter.Key<>(), timestamp("k"), "id"),
        new Case(new TimestampConverter.Value<>(), timestamp("ms"), "id"),
        new Case(new TimestampRouter<>(), Map.of("topic.format", "${topic}-${timestamp}"), "id"),
        new Case(new ValueToKey<>(), Map.of("fields", "id"), "id"));
  }

  private static Map<String, String> headerFrom(String field) {
    return Map.of("fields", field, "headers", field, "operation", "move");
  }

  private static Map<String, String> timestamp(String field) {
    return Map.of("field", field, "target.type", "Timestamp");
  }

  @AfterEach
  void close() throws Exception {
    TaskScope.current().ifPresent(TaskScope::close);
    for (AutoCloseable one : running) {
      one.close();
    }
    metrics.close();
  }

  private Deduplicate<SinkRecord> dedup(String key) {
    TaskScope.enter("shop", "connect-shop", Map.of());
    Deduplicate<SinkRecord> dedup =
        new Deduplicate<>(
            cluster.factory(), Map.of("CONNECT_BOOTSTRAP_SERVERS", "kafka:9092"), new ManualTime());
    running.add(dedup);
    dedup.configure(Map.of("key.fields", key, "window", "1m"));
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put("connector", "shop");
    tags.put("task", "0");
    tags.put("transformation", "dedup");
    dedup.withPluginMetrics(new PluginMetricsImpl(metrics, tags));
    return dedup;
  }

  private static SinkRecord event(long offset, String id) {
    Struct key = new Struct(KEY).put("k", offset);
    Struct value = new Struct(VALUE).put("id", id).put("n", offset).put("ms", T + offset);
    return new SinkRecord(
        "orders",
        0,
        KEY,
        key,
        VALUE,
        value,
        offset,
        T + offset,
        TimestampType.CREATE_TIME,
        new ConnectHeaders().addString("h", "x"));
  }

  /** The offsets of what comes out, all the way from the topic. */
  private static List<Long> through(
      Transformation<SinkRecord> first, Transformation<SinkRecord> second) {
    List<Long> offsets = new ArrayList<>();
    String[] ids = {"a", "b", "a", "c", "b"};
    for (int offset = 0; offset < ids.length; offset++) {
      @Nullable SinkRecord record = first.apply(event(offset, ids[offset]));
      @Nullable SinkRecord last = record == null ? null : second.apply(record);
      if (last != null) {
        offsets.add(last.originalKafkaOffset());
      }
    }
    return offsets;
  }

  private Transformation<SinkRecord> configured(Case one) {
    running.add(one.transform());
    one.transform().configure(one.settings());
    return one.transform();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void duplicates_are_dropped_after_it(Case one) {
    Transformation<SinkRecord> transform = configured(one);
    if (one.key().isEmpty()) {
      assertThat(transform.apply(event(0, "a")).value()).isEqualTo("a"); // no field is left
    } else {
      assertThat(through(transform, dedup(one.key()))).containsExactly(0L, 1L, 3L);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void duplicates_are_dropped_before_it(Case one) {
    assertThat(through(dedup("id"), configured(one))).containsExactly(0L, 1L, 3L);
  }

  @Test
  void filter_before_or_after_it_lets_nothing_through() {
    Filter<SinkRecord> filter = new Filter<>();
    running.add(filter);
    assertThat(through(filter, dedup("id"))).isEmpty();
    assertThat(through(dedup("id"), filter)).isEmpty();
  }

  /** Numbers of JSON that a transform may meet: of each class, at and beyond its limits. */
  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-7",
          "9223372036854775807",
          "9223372036854775808",
          "18446744073709551615",
          "-170141183460469231731687303715884105728",
          "1.5",
          "1.10",
          "-0.0",
          "1e3",
          "0.1234567890123456789",
          "12345678901234567890.12",
          "1e400",
          "1e-400");

  static Stream<Case> numberCases() {
    return Stream.concat(
        cases(),
        Stream.of(
            new Case(new Cast.Value<>(), Map.of("spec", "n:float64"), "id"),
            new Case(new Cast.Value<>(), Map.of("spec", "n:float32"), "id"),
            new Case(new HoistField.Value<>(), Map.of("field", "outer"), "outer.id"),
            new Case(new ValueToKey<>(), Map.of("fields", "n,in"), "id")));
  }

  /** As the converter reads it in front of another sink, and lazily in a task of ours. */
  private static SinkRecord json(String number, boolean lazily) {
    TaskScope.current().ifPresent(TaskScope::close);
    if (lazily) {
      TaskScope.enter("shop", "connect-shop", Map.of());
    }
    String value =
        "{\"id\":\"a\",\"n\":%1$s,\"ms\":%2$d,\"in\":{\"n\":%1$s,\"all\":[%1$s,{\"n\":%1$s}]}}"
            .formatted(number, T);
    JsonConverter converter = new JsonConverter();
    byte[] key = ("{\"k\":" + T + ",\"n\":" + number + "}").getBytes(UTF_8);
    return new SinkRecord(
        "orders",
        0,
        null,
        converter.toConnectData("orders", key).value(),
        null,
        converter.toConnectData("orders", value.getBytes(UTF_8)).value(),
        0,
        T,
        TimestampType.CREATE_TIME,
        new ConnectHeaders().addString("h", "x"));
  }

  private static @Nullable Object at(String path, SinkRecord record) {
    return FieldPath.parse("path", path).get(record);
  }

  /** What a Decimal column, a key and an event time take from a number. */
  private static BigDecimal decimal(@Nullable Object number) {
    return number instanceof Double value
        ? ExactNumbers.shortest(value)
        : new BigDecimal(String.valueOf(number));
  }

  @ParameterizedTest
  @MethodSource("numberCases")
  void numbers_of_our_converter_pass_it_and_stay_exact(Case one) {
    Transformation<SinkRecord> transform = configured(one);
    boolean describes = one.transform() instanceof SetSchemaMetadata; // what has no schema, fails
    for (String number : describes ? List.<String>of() : NUMBERS) {
      for (boolean lazily : List.of(false, true)) {
        SinkRecord out = transform.apply(json(number, lazily));

        if (!one.makesDates()) { // which it does not know without a schema
          assertThat(kafkas(out.value())).as(number).isNotEmpty();
          assertThat(kafkas(out.key())).as(number).isNotEmpty();
        }
        if (!one.key().isEmpty()) {
          String outer = one.key().startsWith("outer.") ? "outer." : "";
          boolean flat = one.transform() instanceof Flatten.Value;
          for (String path : flat ? List.of("n", "`in.n`") : List.of("n", "in.n")) {
            Object found = at(outer + path, out);
            if (found != FieldPath.MISSING && !one.changes(path)) {
              assertThat(decimal(found)).isEqualByComparingTo(new BigDecimal(number));
            }
          }
          Object list = at(outer + (flat ? "`in.all`" : "in.all"), out);
          Object element = ((List<?>) requireNonNull(list)).get(0);
          assertThat(decimal(ExactNumbers.exact(element)))
              .isEqualByComparingTo(new BigDecimal(number));
        }
      }
    }
  }

  @Test
  void a_copied_record_has_the_key_that_it_had() {
    Transformation<SinkRecord> copies =
        configured(new Case(new InsertField.Value<>(), Map.of("offset.field", "at"), "id"));
    for (String number : NUMBERS) {
      for (String path : List.of("n", "in.n", "in", "in.all", "key:", "key:n")) {
        String before = key(path, json(number, true));
        assertThat(key(path, copies.apply(json(number, true)))).isEqualTo(before);
        assertThat(key(path, json(number, false))).isEqualTo(before);
      }
    }
  }

  private static String key(String path, SinkRecord record) {
    KeyHasher hasher = new KeyHasher(List.of(FieldPath.parse("key.fields", path)));
    assertThat(hasher.hash(record)).isTrue();
    return hasher.high() + "," + hasher.low();
  }

  /** As a sink that writes JSON with Kafka's own converter. */
  private static byte[] kafkas(@Nullable Object value) {
    try (org.apache.kafka.connect.json.JsonConverter kafkas =
        new org.apache.kafka.connect.json.JsonConverter()) {
      kafkas.configure(Map.of("schemas.enable", "false"), false);
      return kafkas.fromConnectData("orders", null, value);
    }
  }

  @Test
  @SuppressWarnings("rawtypes") // of a class literal
  void every_transform_of_kafka_has_a_case() {
    List<String> kafkas =
        ServiceLoader.load(Transformation.class).stream()
            .map(provider -> provider.type().getName())
            .filter(name -> name.startsWith("org.apache.kafka."))
            .toList();
    List<String> tested = cases().map(one -> one.transform().getClass().getName()).toList();
    assertThat(kafkas)
        .isNotEmpty()
        .isSubsetOf(Stream.concat(tested.stream(), Stream.of(Filter.class.getName())).toList());
  }
}
