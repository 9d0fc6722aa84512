package dev.tributary.connect.sink.batch;

import static java.util.Objects.requireNonNull;

import com.sun.management.ThreadMXBean;
import dev.tributary.bench.BenchEvents;
import dev.tributary.bench.Machine;
import dev.tributary.connect.json.JsonReader;
import dev.tributary.connect.sink.config.SinkConfig;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.SinkKeys;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * What the way of a row costs from a record to the bytes of an insert, on one thread, without Kafka
 * and ClickHouse: rows a second of processor time, and garbage.
 *
 * <p>The rows are the events of {@code ./tributary bench}. Reading them is measured by {@code
 * ConverterJmh}, each kind of column by {@code ColumnsJmh}. Run it with
 *
 * <pre>{@code
 * mvn -q -Pbench test-compile exec:exec@bench -Dbench.main=dev.tributary.connect.sink.batch.SinkBench
 * }</pre>
 *
 * <p>The argument, {@code -Dbench.args}, is the number of rows of one measurement.
 */
public final class SinkBench {

  private static final int ROUNDS = 7;
  private static final int BATCH = 10_000;

  /** So few that they stay in the caches of a processor, as the records of a poll mostly do. */
  private static final int RECORDS = 1_000;

  private static final DateTimeFormatter CREATED_AT =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS");
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final int rows;
  private final PrintStream out;
  private final byte[][] texts = new byte[RECORDS][];

  private SinkBench(int rows, PrintStream out) {
    this.rows = rows;
    this.out = out;
    for (int i = 0; i < RECORDS; i++) {
      texts[i] = BenchEvents.json(i);
    }
  }

  public static void main(String[] arguments) {
    run(arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000, System.out);
  }

  static void run(int rows, PrintStream out) {
    out.print(Machine.describe());
    new SinkBench(rows, out).run();
  }

  private void run() {
    long bytes = Arrays.stream(texts).mapToLong(text -> text.length).sum() / RECORDS;
    out.printf(Locale.ROOT, "events   %,d bytes each, medians of %d rounds%n", bytes, ROUNDS);
    JsonReader reader = new JsonReader();
    Rows fromText = new Rows();
    measure("JSON checked, and written as columns", i -> fromText.add(reader.readLazily(texts[i])));
    List<@Nullable Object> records = new ArrayList<>();
    Arrays.stream(texts).forEach(text -> records.add(reader.readLazily(text)));
    Rows fromRecords = new Rows();
    measure("checked JSON written as columns", i -> fromRecords.add(records.get(i)));
    List<@Nullable Object> maps = new ArrayList<>();
    Arrays.stream(texts).forEach(text -> maps.add(reader.read(text)));
    Rows fromMaps = new Rows();
    measure("maps written as columns", i -> fromMaps.add(maps.get(i)));
    List<Struct> structs = maps.stream().map(SinkBench::struct).toList();
    Rows fromStructs = new Rows();
    measure("structs written as columns", i -> fromStructs.add(structs.get(i)));
  }

  private void measure(String what, IntConsumer row) {
    double[] rates = new double[ROUNDS];
    double[] garbage = new double[ROUNDS];
    for (int round = -2; round < ROUNDS; round++) {
      long cpu = THREADS.getCurrentThreadCpuTime();
      long allocated = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
      for (int i = 0; i < rows; i++) {
        row.accept(i % RECORDS);
      }
      if (round >= 0) {
        rates[round] = rows * 1e9 / (THREADS.getCurrentThreadCpuTime() - cpu);
        garbage[round] =
            (double) (THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - allocated)
                / rows;
      }
    }
    Arrays.sort(rates);
    Arrays.sort(garbage);
    out.printf(
        Locale.ROOT,
        "  %-44s %,12.0f /s  %,7.0f bytes of garbage each%n",
        what,
        rates[ROUNDS / 2],
        garbage[ROUNDS / 2]);
  }

  /** The batches of a task, written out as they fill, with the default settings. */
  private static final class Rows {

    private final TableBuffer batches;
    private final SinkRecord[] records = new SinkRecord[RECORDS];
    private final Consumer<Batch> write = this::write;
    private int next;

    Rows() {
      List<Column> columns = new ArrayList<>();
      for (String column : BenchEvents.COLUMNS.split(", ", -1)) {
        int space = column.indexOf(' ');
        columns.add(new Column(column.substring(0, space), column.substring(space + 1), false));
      }
      Table table = new Table(new TableId("default", "events"), columns, ZoneOffset.UTC);
      SinkConfig config = new SinkConfig(Map.of(SinkKeys.URL, "http://localhost:8123"));
      batches = new TableBuffer(table, config.rowMapping(), true);
    }

    /** The framework's record is none of the sink's, so it is made once where it can be. */
    void add(@Nullable Object value) {
      SinkRecord record = records[next];
      if (record == null || record.value() != value) {
        record =
            new SinkRecord(
                "events", 0, null, null, null, value, next, 0L, TimestampType.CREATE_TIME);
        records[next] = record;
      }
      next = (next + 1) % RECORDS;
      if (requireNonNull(batches.append(record, 0)).rows() == BATCH) {
        batches.take(batch -> true).forEach(write);
      }
    }

    private void write(Batch batch) {
      try {
        batch.writeTo(OutputStream.nullOutputStream());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      batches.recycle(batch);
    }
  }

  private static final Schema SCHEMA =
      SchemaBuilder.struct()
          .field("event_id", Schema.STRING_SCHEMA)
          .field("user_id", Schema.INT64_SCHEMA)
          .field("name", Schema.STRING_SCHEMA)
          .field("email", Schema.STRING_SCHEMA)
          .field("url", Schema.STRING_SCHEMA)
          .field("agent", Schema.STRING_SCHEMA)
          .field("amount", Schema.FLOAT64_SCHEMA)
          .field("country", Schema.STRING_SCHEMA)
          .field("tags", SchemaBuilder.array(Schema.STRING_SCHEMA).build())
          .field("created_at", Timestamp.SCHEMA)
          .field("active", Schema.BOOLEAN_SCHEMA)
          .build();

  private static Struct struct(@Nullable Object event) {
    Struct struct = new Struct(SCHEMA);
    ((Map<?, ?>) requireNonNull(event))
        .forEach(
            (name, value) -> {
              Object field = value;
              if (name.equals("amount")) {
                field = ((Number) value).doubleValue();
              } else if (name.equals("created_at")) {
                LocalDateTime time = LocalDateTime.parse((String) value, CREATED_AT);
                field = Date.from(time.toInstant(ZoneOffset.UTC));
              }
              struct.put((String) name, field);
            });
    return struct;
  }
}
