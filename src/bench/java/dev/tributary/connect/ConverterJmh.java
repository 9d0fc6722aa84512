package dev.tributary.connect;

import dev.tributary.bench.BenchEvents;
import dev.tributary.bench.NanosPerOperation;
import dev.tributary.connect.state.TaskScope;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.connect.storage.Converter;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a record costs that a converter reads from JSON.
 *
 * <p>{@code CHECKED} and {@code DECODED} are both Tributary's converter: in a task of its own sink,
 * where fields are decoded when somebody looks, and elsewhere. The rivals are Kafka's converter and
 * Jackson's streaming parser that makes a map, which is the least a converter with Jackson can do.
 * Run it with
 *
 * <pre>{@code
 * mvn -q -Pbench test-compile exec:exec@bench -Dbench.main=org.openjdk.jmh.Main -Dbench.args="ConverterJmh -prof gc"
 * }</pre>
 */
public class ConverterJmh extends NanosPerOperation {

  /** So few that they stay in the caches of a processor, as the records of a poll mostly do. */
  private static final int RECORDS = 1_000;

  /** What a record looks like. */
  public enum Shape {
    /** 50 bytes, 3 fields. */
    NARROW,
    /** 290 bytes, 11 fields: what {@code ./tributary bench} sends. */
    EVENT,
    /** 1.8 KB, 100 fields. */
    WIDE,
    /** 260 bytes, 5 fields, four of them with escapes. */
    ESCAPED
  }

  /** Who reads it. */
  public enum Reader {
    CHECKED,
    DECODED,
    KAFKA,
    JACKSON
  }

  @Param Shape shape;
  @Param Reader reader;

  private final byte[][] texts = new byte[RECORDS][];
  private Converter converter;
  private Optional<TaskScope> scope;
  private int next;

  private static byte[] text(Shape shape, int record) {
    return switch (shape) {
      case NARROW ->
          bytes(
              "{\"id\":%d,\"price\":%d.%02d,\"currency\":\"EUR\"}", 1_000_000 + record, record, 5);
      case EVENT -> BenchEvents.json(record);
      case WIDE ->
          bytes(
              IntStream.range(0, 100)
                  .mapToObj(field -> "\"field_" + field + "\":" + wide(field % 4))
                  .collect(Collectors.joining(",", "{", "}")),
              record);
      case ESCAPED ->
          bytes(
              """
              {"id":%1$d,"path":"C:\\\\temp\\\\logs\\\\%1$d.txt",\
              "note":"She said: \\"it is\\tnumber %1$d\\",\\nand \\u20ac 5 or \\u00fc, then went on.",\
              "html":"<a href=\\"https:\\/\\/example.com\\/%1$d\\">\\u003cb\\u003e<\\/a>",\
              "trace":"at a.B.c(B.java:1)\\n\\tat d.E.f(E.java:2)\\n\\tat g.H.i(H.java:3)"}""",
              record);
    };
  }

  private static String wide(int kind) {
    return switch (kind) {
      case 0 -> "%1$d";
      case 1 -> "\"value %1$d\"";
      case 2 -> "%1$d.5";
      default -> "true";
    };
  }

  private static byte[] bytes(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments).getBytes(StandardCharsets.UTF_8);
  }

  /** Makes records and their reader. */
  @Setup
  public void setUp() {
    for (int i = 0; i < RECORDS; i++) {
      texts[i] = text(shape, i);
    }
    scope =
        reader == Reader.CHECKED
            ? Optional.of(TaskScope.enter("bench", "connect-bench", Map.of()))
            : Optional.empty();
    converter =
        switch (reader) {
          case CHECKED, DECODED -> new JsonConverter();
          case KAFKA -> new org.apache.kafka.connect.json.JsonConverter();
          case JACKSON -> new JacksonMaps();
        };
    converter.configure(Map.of("schemas.enable", "false"), false);
  }

  @TearDown
  public void tearDown() {
    scope.ifPresent(TaskScope::close);
  }

  /** One record. */
  @Benchmark
  public @Nullable Object read() {
    byte[] text = texts[next];
    next = next + 1 == RECORDS ? 0 : next + 1;
    return converter.toConnectData("events", text).value();
  }
}
