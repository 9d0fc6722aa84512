package dev.tributary.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.stack.StackException;
import dev.tributary.stack.StackFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the demo creates. On servers of its own the names are those of the files in {@code
 * connectors/}; on the user's servers each run gets names that nothing else has.
 *
 * @param suffix appended to the names in the files; empty for none
 */
public record DemoNames(String suffix) {

  private static final String TOPIC = "user_events";
  private static final String TABLE = "user_events_deduplicated";
  private static final String CONNECTOR = "dedup-demo";
  private static final String DATABASE = "tributary_demo";

  public String topic() {
    return TOPIC + suffix;
  }

  public String connector() {
    return CONNECTOR + suffix;
  }

  public String workerGroup() {
    return "tributary" + suffix;
  }

  /** With its database. */
  public String table() {
    return DATABASE + "." + TABLE + suffix;
  }

  /** The statements that make the table. */
  public String ddl() {
    return read("dedup-demo.sql").replace(TABLE, TABLE + suffix);
  }

  /** The body for {@code POST /connectors}. */
  public String connectorJson() {
    String file = read("dedup-demo.json");
    if (suffix.isEmpty()) {
      return file;
    }
    try {
      ObjectNode body = (ObjectNode) new ObjectMapper().readTree(file);
      body.put("name", connector());
      ObjectNode config = (ObjectNode) body.path("config");
      config.put("topics", topic());
      config.put("topic.to.table", topic() + ":" + TABLE + suffix);
      return body.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(String file) {
    Path path = StackFiles.baseDirectory().resolve("connectors").resolve(file);
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new StackException("Cannot read " + path, e);
    }
  }
}
