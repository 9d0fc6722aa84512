package dev.tributary.connect.join;

import dev.tributary.bench.Machine;
import dev.tributary.connect.JsonConverter;
import dev.tributary.connect.join.right.RightFields;
import dev.tributary.connect.join.right.RightReader;
import dev.tributary.connect.join.right.RightRecords;
import dev.tributary.connect.join.right.RightTable;
import dev.tributary.connect.join.right.Schemas;
import dev.tributary.connect.kafka.KafkaClients;
import dev.tributary.connect.kafka.KafkaSettings;
import dev.tributary.connect.record.EventTime;
import dev.tributary.connect.record.FieldPath;
import dev.tributary.connect.record.MemoryEstimate;
import dev.tributary.connect.record.OnMissingTime;
import dev.tributary.connect.record.StreamTime;
import dev.tributary.stack.KafkaBroker;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * What a temporal join costs: memory of a right row, right rows read a second, and what many held
 * lefts cost. {@link LookupJmh} measures the matches.
 *
 * <p>Run it with
 *
 * <pre>
 *   mvn -q -Pbench test-compile exec:exec@bench -Dbench.main=dev.tributary.connect.join.JoinBench
 *   mvn -q -Pbench test-compile exec:exec@bench -Dbench.main=dev.tributary.connect.join.JoinBench -Dbench.args="1000000 broker"
 * </pre>
 *
 * The arguments are the number of right rows, of 200 bytes of JSON each and all of whose fields are
 * kept, and {@code broker} to read them from a real one too. Rates are per second of processor time
 * of the one thread, and where a broker shares the machine also by the clock.
 */
final class JoinBench {

  private final int rows;
  private final PrintStream out;

  private JoinBench(int rows, PrintStream out) {
    this.rows = rows;
    this.out = out;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    int rows = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    run(rows, System.out);
    if (args.length > 1 && args[1].equals("broker")) {
      new JoinBench(rows, System.out).fromBroker();
    }
  }

  /** Runs everything that needs no servers. */
  static void run(int rows, PrintStream out) {
    out.print(Machine.describe());
    JoinBench bench = new JoinBench(rows, out);
    out.printf(Locale.ROOT, "rows     %,d of %d bytes of JSON%n", rows, Rights.VALUE_BYTES);
    bench.table();
    bench.held(1_000);
    bench.held(100_000);
  }

  private static RightRecords records(RightFields fields, Schemas schemas) {
    JsonConverter converter = new JsonConverter();
    converter.configure(Map.of(), false);
    return new RightRecords(
        converter,
        converter,
        List.of(FieldPath.parse("right.key", "user_id")),
        EventTime.parse("right.time", "record", OnMissingTime.RECORD, System::currentTimeMillis),
        fields,
        schemas);
  }

  private static RightFields all() {
    return RightFields.parse("right.fields", List.of("*"), "user_");
  }

  private void table() {
    Schemas schemas = new Schemas();
    RightRecords records = records(all(), schemas);
    RightTable table = new RightTable(0, false, key -> {});
    long before = heap();
    long nanos = 0;
    for (int row = 0; row < rows; row++) {
      ConsumerRecord<byte[], byte[]> record = record(row);
      long start = now();
      if (!records.read(record)) {
        throw new IllegalStateException("a row without a time");
      }
      table.put(records.key(), records.time(), records.row());
      nanos += now() - start;
    }
    double measured = heap() - before;
    row("MiB for these rows, heap after a collection", measured / (1 << 20), "%.1f");
    row("bytes per row, heap after a collection", measured / rows, "%.1f");
    row("bytes per row, own count", (double) table.bytes() / table.rows(), "%.1f");
    row("right rows decoded and put/s", rows * 1e9 / nanos, "%,.0f");
  }

  private static ConsumerRecord<byte[], byte[]> record(int row) {
    return new ConsumerRecord<>(
        "users",
        0,
        row,
        Rights.START + row,
        TimestampType.CREATE_TIME,
        0,
        Rights.VALUE_BYTES,
        null,
        Rights.value(row),
        new RecordHeaders(),
        Optional.empty());
  }

  private static SinkRecord left(long offset, long user) {
    Map<String, Object> value = new HashMap<>();
    value.put("id", offset);
    value.put("user_id", user);
    value.put("amount", 49.99);
    value.put("currency", "USD");
    value.put("merchant", "Amazon");
    return new SinkRecord(
        "orders", 0, null, null, null, value, offset, Rights.START, TimestampType.CREATE_TIME);
  }

  /**
   * Holds {@code count} lefts, releases a tenth of them key by key, and lets the windows of the
   * rest pass.
   */
  private void held(int count) {
    HeldLefts held = new HeldLefts(300_000);
    TopicPartition orders = new TopicPartition("orders", 0);
    String many = String.format(Locale.ROOT, "%,d held", count);
    long before = heap();
    long start = now();
    for (int i = 0; i < count; i++) {
      SinkRecord left = left(i, i);
      held.add(
          new HeldLeft(
              "join",
              left,
              orders,
              new RightTable.Key(i, i),
              Rights.START + i,
              Rights.START,
              HeldLeft.OVERHEAD + MemoryEstimate.of(left),
              true,
              i));
    }
    row(many + ", microseconds to hold one", (now() - start) / 1e3 / count, "%.2f");
    row(many + ", bytes each, heap", (double) (heap() - before) / count, "%,.0f");
    row(many + ", bytes each, own count", (double) held.bytes() / count, "%,.0f");
    int released = count / 10;
    start = now();
    for (int i = 0; i < released; i++) {
      held.arrived(new RightTable.Key(i, i));
      held.settle(Rights.START, Long.MAX_VALUE / 2, Rights.START, left -> true);
    }
    row(many + ", microseconds per released key", (now() - start) / 1e3 / released, "%.2f");
    start = now();
    for (int i = 0; i < released; i++) {
      held.expire(Rights.START, Rights.START, left -> {});
    }
    row(many + ", microseconds of a look at the timers", (now() - start) / 1e3 / released, "%.2f");
    start = now();
    held.expire(Rights.START + count + 300_000, Rights.START, left -> {});
    row(many + ", microseconds per timer", (now() - start) / 1e3 / (count - released), "%.2f");
    if (held.size() != 0) {
      throw new IllegalStateException("lefts remain");
    }
  }

  private void fromBroker() throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("join-bench");
    try (KafkaBroker broker = new KafkaBroker(directory)) {
      broker.start();
      try (var admin = broker.admin();
          KafkaProducer<byte[], byte[]> producer = broker.producer()) {
        admin.createTopic("users", 4);
        for (int row = 0; row < rows; row++) {
          var unused =
              producer.send(
                  new ProducerRecord<>(
                      "users", row % 4, Rights.START + row, null, Rights.value(row)));
        }
        producer.flush();
      }
      for (int round = 1; round <= 3; round++) {
        Schemas schemas = new Schemas();
        RightTable table = new RightTable(0, false, key -> {});
        KafkaSettings settings = new KafkaSettings(broker.bootstrapServers(), Map.of());
        try (KafkaClients cluster = new KafkaClients(settings, "bench")) {
          RightReader reader =
              new RightReader(
                  "bench",
                  "users",
                  cluster,
                  records(all(), schemas),
                  table,
                  schemas,
                  true,
                  new RightReader.Purge() {
                    @Override
                    public long limit() {
                      return StreamTime.NONE;
                    }

                    @Override
                    public boolean isWorthwhile(long from, long to) {
                      return false;
                    }
                  },
                  Time.SYSTEM);
          long start = System.nanoTime();
          Thread thread = new Thread(reader, "right");
          thread.start();
          while (!reader.isLoaded()) {
            reader.check();
            Thread.sleep(1);
          }
          double seconds = (System.nanoTime() - start) / 1e9;
          row("read from a broker, round " + round + ", rows/s", rows / seconds, "%,.0f");
          long nanos = ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.getId());
          row("... a second of the reading thread's processor", rows * 1e9 / nanos, "%,.0f");
          reader.close();
          thread.join();
        }
      }
    }
  }

  private static long heap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long now() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private void row(String name, double figure, String format) {
    out.printf(Locale.ROOT, "  %-52s %s%n", name, String.format(Locale.ROOT, format, figure));
  }
}
