package dev.tributary.stack;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
record DemoNames(String suffix) {

  private static final String TOPIC = "user_events";
  private static final String TABLE = "user_events_deduplicated";
  private static final String CONNECTOR = "dedup-demo";
  private static final String DATABASE = "tributary_demo";

  String topic() {
    return TOPIC + suffix;
  }

  String connector() {
    return CONNECTOR + suffix;
  }

  String workerGroup() {
    return "tributary" + suffix;
  }

  /** With its database. */
  String table() {
    return DATABASE + "." + TABLE + suffix;
  }

  /** The statements that make the table. */
  String ddl() {
    return read("dedup-demo.sql").replace(TABLE, TABLE + suffix);
  }

  /** The body for {@code POST /connectors}. */
  String connectorJson() {
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
