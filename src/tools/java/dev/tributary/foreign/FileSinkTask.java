package dev.tributary.foreign;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.jspecify.annotations.Nullable;

/**
 * Collects lines {@code <clock in milliseconds> TAB <value>} in memory and writes them to a file of
 * its own when Connect wants to commit, as a sink does that batches.
 */
public final class FileSinkTask extends SinkTask {

  private final StringBuilder lines = new StringBuilder();
  private @Nullable FileChannel file;

  @Override
  public String version() {
    return "1";
  }

  @Override
  public void start(Map<String, String> properties) {
    try {
      Path directory = Path.of(properties.getOrDefault(FileSinkConnector.DIRECTORY, ""));
      Path created = Files.createTempFile(directory, "task-", ".tsv");
      file = FileChannel.open(created, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new ConnectException(e);
    }
  }

  @Override
  public void put(Collection<SinkRecord> records) {
    for (SinkRecord sinkRecord : records) {
      lines.append(System.currentTimeMillis()).append('\t');
      lines.append(sinkRecord.value()).append('\n');
    }
  }

  @Override
  public void flush(Map<TopicPartition, OffsetAndMetadata> offsets) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel().write(bytes);
      }
      lines.setLength(0);
    } catch (IOException e) {
      throw new ConnectException(e);
    }
  }

  @Override
  public void stop() {
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        throw new ConnectException(e);
      }
    }
  }

  /** All whole lines that tasks have written to a directory. */
  public static Stream<String> lines(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(FileSinkTask::text)
          .flatMap(text -> text.substring(0, text.lastIndexOf('\n') + 1).lines())
          .toList()
          .stream();
    }
  }

  private static String text(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private FileChannel channel() {
    if (file == null) {
      throw new IllegalStateException("the task has not been started");
    }
    return file;
  }
}
