package dev.tributary.stack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Connect's REST API. Requests that the worker refuses because its group is rebalancing are
 * repeated. Thread-safe.
 */
public final class ConnectRest {

  /** A connector or task that has failed, with the trace that Connect reports. */
  public record Failure(String who, String trace) {}

  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(90);
  private static final Duration RETRY_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration RETRY_INTERVAL = Duration.ofMillis(200);

  private final String url;

  ConnectRest(String url) {
    this.url = url;
  }

  /** Registers a connector from a body as {@code POST /connectors} takes it. */
  public void createConnector(String body) {
    request("POST", "/connectors", body);
  }

  public void createConnector(String name, Map<String, String> config) {
    ObjectNode body = JSON.createObjectNode().put("name", name);
    body.set("config", JSON.valueToTree(config));
    createConnector(body.toString());
  }

  /** Creates the connector, or gives it a new configuration. */
  public void putConfig(String name, Map<String, String> config) {
    request("PUT", "/connectors/" + name + "/config", write(config));
  }

  public void deleteConnector(String name) {
    request("DELETE", "/connectors/" + name, "");
  }

  public List<String> connectors() {
    List<String> names = new ArrayList<>();
    request("GET", "/connectors", "").forEach(name -> names.add(name.asText()));
    return names;
  }

  /** The classes of the plugins that the worker has found, of all kinds. */
  public List<String> plugins() {
    List<String> classes = new ArrayList<>();
    request("GET", "/connector-plugins?connectorsOnly=false", "")
        .forEach(plugin -> classes.add(plugin.path("class").asText()));
    return classes;
  }

  /** The classes of the sink connectors that the worker has found. */
  public List<String> sinks() {
    List<String> classes = new ArrayList<>();
    for (JsonNode plugin : request("GET", "/connector-plugins", "")) {
      if (plugin.path("type").asText().equals("sink")) {
        classes.add(plugin.path("class").asText());
      }
    }
    return classes;
  }

  /** The errors of a configuration, by key; keys without errors are absent. */
  public Map<String, List<String>> validate(String connectorClass, Map<String, String> config) {
    Map<String, String> complete = new LinkedHashMap<>(config);
    complete.putIfAbsent("connector.class", connectorClass);
    complete.putIfAbsent("name", "validated");
    JsonNode answer =
        request(
            "PUT", "/connector-plugins/" + connectorClass + "/config/validate", write(complete));
    Map<String, List<String>> errors = new LinkedHashMap<>();
    for (JsonNode key : answer.path("configs")) {
      for (JsonNode error : key.path("value").path("errors")) {
        errors
            .computeIfAbsent(key.path("value").path("name").asText(), name -> new ArrayList<>())
            .add(error.asText());
      }
    }
    return errors;
  }

  /** The status as Connect reports it: {@code connector.state}, {@code tasks[].state}, traces. */
  public JsonNode status(String name) {
    return request("GET", "/connectors/" + name + "/status", "");
  }

  /** The connector and those of its tasks that are FAILED. */
  public List<Failure> failures(String name) {
    JsonNode status = status(name);
    List<Failure> failures = new ArrayList<>();
    JsonNode connector = status.path("connector");
    if (isIn(connector, "FAILED")) {
      failures.add(new Failure("connector " + name, connector.path("trace").asText()));
    }
    for (JsonNode task : status.path("tasks")) {
      if (isIn(task, "FAILED")) {
        String who = "task " + name + "-" + task.path("id").asText();
        failures.add(new Failure(who, task.path("trace").asText()));
      }
    }
    return failures;
  }

  /** Returns when the connector and all its tasks, at least one, are RUNNING; throws on FAILED. */
  public void awaitRunning(String name, Duration timeout) {
    boolean running =
        Poll.until(
            timeout,
            RETRY_INTERVAL,
            () -> {
              if (!exists(name)) {
                return false;
              }
              List<Failure> failures = failures(name);
              if (!failures.isEmpty()) {
                Failure first = failures.get(0);
                throw new StackException(first.who() + " failed: " + first.trace());
              }
              return isAll(status(name), "RUNNING");
            });
    if (!running) {
      throw new StackException(name + " is not running: " + (exists(name) ? status(name) : "gone"));
    }
  }

  /** Restarts the connector and all its tasks. */
  public void restart(String name) {
    request("POST", "/connectors/" + name + "/restart?includeTasks=true", "");
  }

  /** Restarts the connector and those of its tasks that are FAILED, and leaves the others alone. */
  public void restartFailed(String name) {
    request("POST", "/connectors/" + name + "/restart?includeTasks=true&onlyFailed=true", "");
  }

  public void pause(String name) {
    request("PUT", "/connectors/" + name + "/pause", "");
  }

  /** Returns when the connector and all its tasks are PAUSED. */
  public void awaitPaused(String name, Duration timeout) {
    if (!Poll.until(timeout, RETRY_INTERVAL, () -> isAll(status(name), "PAUSED"))) {
      throw new StackException(name + " does not pause: " + status(name));
    }
  }

  public void resume(String name) {
    request("PUT", "/connectors/" + name + "/resume", "");
  }

  /** Stops the connector and returns when it is STOPPED and has no tasks. */
  public void stop(String name) {
    request("PUT", "/connectors/" + name + "/stop", "");
    boolean stopped =
        Poll.until(
            RETRY_TIMEOUT,
            RETRY_INTERVAL,
            () -> {
              JsonNode status = status(name);
              return isIn(status.path("connector"), "STOPPED") && status.path("tasks").isEmpty();
            });
    if (!stopped) {
      throw new StackException(name + " does not stop: " + status(name));
    }
  }

  public JsonNode offsets(String name) {
    return request("GET", "/connectors/" + name + "/offsets", "");
  }

  /** Moves a stopped sink connector to an offset of one partition. */
  public JsonNode alterOffset(String name, String topic, int partition, long offset) {
    ObjectNode body = JSON.createObjectNode();
    ObjectNode entry = body.putArray("offsets").addObject();
    entry.putObject("partition").put("kafka_topic", topic).put("kafka_partition", partition);
    entry.putObject("offset").put("kafka_offset", offset);
    return request("PATCH", "/connectors/" + name + "/offsets", body.toString());
  }

  /** Forgets all offsets of a stopped connector. */
  public JsonNode resetOffsets(String name) {
    return request("DELETE", "/connectors/" + name + "/offsets", "");
  }

  /** Whether the worker has joined its group and serves requests. */
  public boolean isHealthy() {
    try {
      return send("GET", "/health", "").statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** Any request; throws with Connect's message when it is refused. */
  public JsonNode request(String method, String path, String body) {
    long deadline = System.nanoTime() + RETRY_TIMEOUT.toNanos();
    try {
      HttpResponse<String> response = send(method, path, body);
      while (isRebalancing(response) && System.nanoTime() < deadline) {
        Poll.pause(RETRY_INTERVAL);
        response = send(method, path, body);
      }
      if (response.statusCode() >= 300) {
        throw new StackException(
            method + " " + path + " answers " + response.statusCode() + ": " + response.body());
      }
      return response.body().isEmpty() ? JSON.missingNode() : JSON.readTree(response.body());
    } catch (IOException e) {
      throw new StackException("Connect at " + url + " does not answer " + path, e);
    }
  }

  private boolean exists(String name) {
    try {
      return send("GET", "/connectors/" + name + "/status", "").statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  private HttpResponse<String> send(String method, String path, String body) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(REQUEST_TIMEOUT)
            .header("Content-Type", "application/json")
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException("Interrupted while asking Connect", e);
    }
  }

  /** A conflict that passes, as opposed to a name that is taken. */
  private static boolean isRebalancing(HttpResponse<String> response) {
    return response.statusCode() == 409 && !response.body().contains("already exists");
  }

  private static boolean isAll(JsonNode status, String state) {
    if (!isIn(status.path("connector"), state) || status.path("tasks").isEmpty()) {
      return false;
    }
    for (JsonNode task : status.path("tasks")) {
      if (!isIn(task, state)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isIn(JsonNode connectorOrTask, String state) {
    return connectorOrTask.path("state").asText().equals(state);
  }

  private static String write(Map<String, String> config) {
    try {
      return JSON.writeValueAsString(config);
    } catch (JsonProcessingException e) {
      throw new StackException("Not a configuration: " + config.keySet(), e);
    }
  }
}
