package dev.tributary.stack.child;

import java.nio.file.Files;
import java.nio.file.Path;
import kafka.Kafka;
import kafka.tools.StorageTool;

/**
 * A Kafka broker that is also its own controller. Arguments: the properties file, the data
 * directory, and the cluster id with which an empty data directory is formatted.
 */
public final class BrokerMain {

  private BrokerMain() {}

  public static void main(String[] args) {
    ParentWatch.start();
    String properties = args[0];
    Path data = Path.of(args[1]);
    if (!Files.exists(data.resolve("meta.properties"))) {
      String[] format = {"format", "--cluster-id", args[2], "--config", properties};
      int status = StorageTool.execute(format, System.out);
      if (status != 0) {
        System.err.println("Formatting " + data + " ended with status " + status);
        Runtime.getRuntime().halt(status);
      }
    }
    Kafka.main(new String[] {properties});
  }
}
