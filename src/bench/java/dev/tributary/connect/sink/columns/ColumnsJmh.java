package dev.tributary.connect.sink.columns;

import static java.util.Objects.requireNonNull;

import dev.tributary.bench.NanosPerOperation;
import dev.tributary.connect.json.JsonField;
import dev.tributary.connect.json.JsonReader;
import dev.tributary.connect.json.JsonRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * What one value costs its column, from the field of a record to its place in the bytes of an
 * insert, in batches of the default size.
 *
 * <p>Run it with
 *
 * <pre>{@code
 * mvn -q -Pbench test-compile exec:exec@bench -Dbench.main=org.openjdk.jmh.Main -Dbench.args="ColumnsJmh -prof gc"
 * }</pre>
 *
 * <p>{@code -p column=DECIMAL,UUID} after the name measures only these.
 */
public class ColumnsJmh extends NanosPerOperation {

  static final int BATCH = 10_000;

  /** So few that they stay in the caches of a processor, as the records of a poll mostly do. */
  private static final int VALUES = 1_000;

  private static final Object ABSENT = new Object();

  /** What the sink finds in a field. */
  public enum Source {
    /** The text of a record that is still JSON. */
    JSON,
    /** What that text decodes to. */
    DECODED,
    /** What a converter with schemas gives. */
    SCHEMA
  }

  @Param SampleColumn column;
  @Param Source source;

  private final JsonReader reader = new JsonReader();
  private final JsonField field = new JsonField("value");
  private final JsonRecord[] records = new JsonRecord[VALUES];
  private final @Nullable Object[] values = new Object[VALUES];
  private final ByteArrayOutputStream insert = new ByteArrayOutputStream();
  private @Nullable Schema schema;
  private ColumnWriter writer;

  /** Makes a column and its values. */
  @Setup
  public void setUp() {
    writer = ColumnWriter.create(column.type(), ZoneOffset.UTC);
    schema = source == Source.SCHEMA ? column.schema() : null;
    for (int i = 0; i < VALUES; i++) {
      records[i] = record(i);
      values[i] = source == Source.SCHEMA ? column.value(i) : record(i).get("value");
    }
  }

  private JsonRecord record(int i) {
    String text = "{\"value\":" + column.json(i) + "}";
    return (JsonRecord) requireNonNull(reader.readLazily(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** The values of a batch. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public ByteArrayOutputStream write() throws IOException {
    for (int i = 0, next = 0; i < BATCH; i++) {
      writer.append(
          source == Source.JSON ? field.read(records[next], ABSENT) : values[next], schema);
      next = next + 1 == VALUES ? 0 : next + 1;
    }
    insert.reset();
    writer.writeTo(insert);
    writer.clear();
    return insert;
  }
}
