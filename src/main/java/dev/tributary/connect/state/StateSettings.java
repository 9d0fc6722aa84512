package dev.tributary.connect.state;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How to reach the Kafka cluster that holds the state.
 *
 * @param bootstrapServers where the cluster is
 * @param clientProperties what every client of it is given: security and the like
 */
public record StateSettings(String bootstrapServers, Map<String, Object> clientProperties) {

  public static final String TOPIC = "state.topic";
  public static final String BOOTSTRAP_SERVERS = "state.bootstrap.servers";
  public static final String KAFKA_PREFIX = "state.kafka.";

  /** What the worker images set: Confluent's and Debezium's. */
  private static final List<String> ENVIRONMENT =
      List.of("CONNECT_BOOTSTRAP_SERVERS", "BOOTSTRAP_SERVERS");

  /**
   * Brings together a transform's own settings and what they fall back to.
   *
   * @param own the transform's {@code state.bootstrap.servers}; blank if it has none
   * @param ownClient its {@code state.kafka.*} settings without that prefix
   * @param scopeDefaults the sink's own settings, see {@link TaskScope#stateDefaults}
   * @param environment the worker's environment
   * @throws StateUnavailableError if no bootstrap servers are named anywhere
   */
  public static StateSettings resolve(
      String own,
      Map<String, Object> ownClient,
      Map<String, String> scopeDefaults,
      Map<String, String> environment) {
    Map<String, Object> client = new HashMap<>();
    scopeDefaults.forEach(
        (key, value) -> {
          if (key.startsWith(KAFKA_PREFIX)) {
            client.put(key.substring(KAFKA_PREFIX.length()), value);
          }
        });
    client.putAll(ownClient);
    return new StateSettings(bootstrapServers(own, scopeDefaults, environment), client);
  }

  private static String bootstrapServers(
      String own, Map<String, String> scopeDefaults, Map<String, String> environment) {
    if (!own.isBlank()) {
      return own;
    }
    String ofSink = scopeDefaults.getOrDefault(BOOTSTRAP_SERVERS, "");
    if (!ofSink.isBlank()) {
      return ofSink;
    }
    return ENVIRONMENT.stream()
        .map(name -> environment.getOrDefault(name, ""))
        .filter(value -> !value.isBlank())
        .findFirst()
        .orElseThrow(
            () ->
                new StateUnavailableError(
                    "The Kafka cluster of the state is not known. Set '"
                        + BOOTSTRAP_SERVERS
                        + "' in the transform or in the sink, or "
                        + String.join(" or ", ENVIRONMENT)
                        + " in the worker's environment, to the bootstrap servers of the cluster"
                        + " that the connector reads from, such as kafka-1:9092,kafka-2:9092."));
  }
}
