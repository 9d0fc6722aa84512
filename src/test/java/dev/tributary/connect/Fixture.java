package dev.tributary.connect;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * What a version of Tributary had left in Kafka and in ClickHouse when its worker was killed under
 * a connector with Deduplicate and {@code delivery=exactly_once}, made by a generator of {@code
 * src/it}.
 *
 * <p>The files are below {@code src/test/resources/dev/tributary/connect/fixtures}, by version and
 * connector. They are never made again with later code: they are what that code has to start on.
 *
 * @param state the records of Deduplicate's state topic
 * @param progress the records of the progress topic, all that were written
 * @param source the records of the source topic
 * @param rows what the tables held
 * @param inserts all inserts that the connector had sent until then
 */
public record Fixture(
    Connector connector,
    List<Stored> state,
    List<Stored> progress,
    List<Source> source,
    List<Rows> rows,
    List<Insert> inserts) {

  /**
   * The connector, its settings without those of the server, and what its group had committed.
   *
   * @param topicId of the source topic, which is part of what identifies state
   */
  public record Connector(
      String name,
      String group,
      String topic,
      String topicId,
      int partitions,
      Map<String, String> config,
      List<Commit> committed) {

    public Uuid sourceId() {
      return Uuid.fromString(topicId);
    }

    public TopicPartition source(int partition) {
      return new TopicPartition(topic, partition);
    }

    /** Of a partition that has one. */
    public Commit committed(int partition) {
      return committed.stream().filter(one -> one.partition == partition).findFirst().orElseThrow();
    }
  }

  /** An offset that the group had committed, with its metadata. */
  public record Commit(int partition, long offset, String metadata) {}

  /** A record of a topic of ours; bytes are in hex. */
  public record Stored(
      int partition,
      long offset,
      long timestamp,
      String key,
      String value,
      Map<String, String> headers) {

    public byte[] keyBytes() {
      return HexFormat.of().parseHex(key);
    }

    public byte[] valueBytes() {
      return HexFormat.of().parseHex(value);
    }
  }

  /**
   * A record of the source topic.
   *
   * @param late whether it has the header that sends it to the second table
   * @param seen whether it was there before the worker was killed
   * @param accepted whether it is no duplicate
   * @param rowsAtEnd how many rows it had when the code of that version had continued from here to
   *     the end: one, or two where a user had set the offset back
   */
  public record Source(
      int partition,
      long offset,
      long timestamp,
      String id,
      long at,
      boolean late,
      boolean seen,
      boolean accepted,
      int rowsAtEnd) {

    String json() {
      return "{\"id\":\"%s\",\"at\":%d}".formatted(id, at);
    }
  }

  /** How many rows of a source record a table had. */
  public record Rows(String table, int partition, long offset, long count) {}

  /** An insert as it went over the wire. */
  public record Insert(String table, String token, Fate fate) {}

  /** What became of an insert. */
  public enum Fate {
    /** Its rows were written, and the sink knows. */
    ANSWERED,
    /** Its rows were written, and no answer came. */
    UNANSWERED,
    /** It never arrived, and no answer came. */
    LOST,
    /** Its first two rows were written, and no answer came. */
    CUT,
    /** The server took it for one that it had, and wrote no row. */
    TAKEN_FOR_KNOWN
  }

  private static final Path DIRECTORY =
      Path.of("src", "test", "resources", "dev", "tributary", "connect", "fixtures");

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Reads what a version has left under a connector of this name. */
  public static Fixture of(String version, String connector) {
    Path directory = DIRECTORY.resolve(version).resolve(connector);
    try {
      return new Fixture(
          JSON.readValue(Files.readString(directory.resolve("connector.json")), Connector.class),
          read(directory, "state", Stored.class),
          read(directory, "progress", Stored.class),
          read(directory, "source", Source.class),
          read(directory, "rows", Rows.class),
          read(directory, "inserts", Insert.class));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static <T> List<T> read(Path directory, String what, Class<T> type) throws IOException {
    List<T> all = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve(what + ".jsonl"))) {
      all.add(JSON.readValue(line, type));
    }
    return all;
  }

  /** Throws where that version has left something already, which is not to be touched. */
  static void checkNew(String version, String connector) {
    Path directory = DIRECTORY.resolve(version).resolve(connector);
    if (Files.exists(directory)) {
      throw new IllegalStateException(
          directory + " is what version " + version + " has left; fixtures are made once");
    }
  }

  void write(String version) {
    Path directory = DIRECTORY.resolve(version).resolve(connector.name);
    try {
      Files.createDirectories(directory);
      Files.writeString(
          directory.resolve("connector.json"),
          JSON.writerWithDefaultPrettyPrinter().writeValueAsString(connector) + "\n");
      write(directory, "state", state);
      write(directory, "progress", progress);
      write(directory, "source", source);
      write(directory, "rows", rows);
      write(directory, "inserts", inserts);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path directory, String what, List<?> all) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (Object one : all) {
      lines.append(JSON.writeValueAsString(one)).append('\n');
    }
    Files.writeString(directory.resolve(what + ".jsonl"), lines);
  }

  /** The source records of a partition, in order. */
  public List<Source> source(int partition) {
    return source.stream().filter(one -> one.partition == partition).toList();
  }

  /** The last value under a key of the progress topic. */
  public Optional<Stored> lastProgress(String keyInHex) {
    return progress.stream()
        .filter(one -> one.key.equals(keyInHex))
        .reduce((earlier, later) -> later);
  }
}
