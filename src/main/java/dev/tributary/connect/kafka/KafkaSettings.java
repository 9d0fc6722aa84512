package dev.tributary.connect.kafka;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;

/**
 * How to reach the Kafka cluster that holds the state.
 *
 * @param bootstrapServers where the cluster is
 * @param clientProperties the properties of every client of it, such as security
 */
public record KafkaSettings(String bootstrapServers, Map<String, Object> clientProperties) {

  public static final String TOPIC = "state.topic";
  public static final String BOOTSTRAP_SERVERS = "state.bootstrap.servers";
  public static final String KAFKA_PREFIX = "state.kafka.";

  /** What the worker images set: Confluent's and Debezium's. */
  private static final List<String> ENVIRONMENT =
      List.of("CONNECT_BOOTSTRAP_SERVERS", "BOOTSTRAP_SERVERS");

  /**
   * Combines a transform's own settings with what they fall back to.
   *
   * @param own the transform's {@code state.bootstrap.servers}; blank if it has none
   * @param ownClient its {@code state.kafka.*} settings without that prefix
   * @param scopeDefaults the sink's own settings, see {@code TaskScope.stateDefaults}
   * @param environment the worker's environment
   * @return empty if no bootstrap servers are named anywhere
   */
  public static Optional<KafkaSettings> find(
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
    return bootstrapServers(own, scopeDefaults, environment)
        .map(servers -> new KafkaSettings(servers, client));
  }

  /**
   * As {@link #find}.
   *
   * @throws StateUnavailableError if no bootstrap servers are named anywhere
   */
  public static KafkaSettings resolve(
      String own,
      Map<String, Object> ownClient,
      Map<String, String> scopeDefaults,
      Map<String, String> environment) {
    return find(own, ownClient, scopeDefaults, environment)
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

  /**
   * Why Kafka allows no topic of the name that a setting or, without it, a connector's name gives.
   *
   * @param set the value of {@link #TOPIC}; empty if it has none
   * @param suffix what the default appends to the connector's name
   */
  public static Optional<String> topicError(String set, String connector, String suffix) {
    String name = set.isEmpty() ? connector + suffix : set;
    try {
      Topic.validate(name);
      return Optional.empty();
    } catch (InvalidTopicException e) {
      return Optional.of(
          "Kafka allows no topic of the name '"
              + name
              + "'"
              + (set.isEmpty() ? ", which is made of the connector's name" : "")
              + ": "
              + e.getMessage()
              + ". Set "
              + TOPIC
              + " to up to 249 letters, digits, dots, underscores and hyphens of ASCII.");
    }
  }

  private static Optional<String> bootstrapServers(
      String own, Map<String, String> scopeDefaults, Map<String, String> environment) {
    return Stream.concat(
            Stream.of(own, scopeDefaults.getOrDefault(BOOTSTRAP_SERVERS, "")),
            ENVIRONMENT.stream().map(name -> environment.getOrDefault(name, "")))
        .filter(servers -> !servers.isBlank())
        .findFirst();
  }
}
