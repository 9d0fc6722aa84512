package dev.tributary.foreign;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** Appends the values of records to files; stands for every sink that is not Tributary's. */
public final class FileSinkConnector extends SinkConnector {

  /** The directory of the files, which exists. */
  public static final String DIRECTORY = "directory";

  private Map<String, String> properties = Map.of();

  @Override
  public String version() {
    return "1";
  }

  @Override
  public ConfigDef config() {
    return new ConfigDef()
        .define(DIRECTORY, ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "Where the files are");
  }

  @Override
  public Class<? extends Task> taskClass() {
    return FileSinkTask.class;
  }

  @Override
  public void start(Map<String, String> settings) {
    properties = Map.copyOf(settings);
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return Collections.nCopies(maxTasks, properties);
  }

  @Override
  public void stop() {}
}
