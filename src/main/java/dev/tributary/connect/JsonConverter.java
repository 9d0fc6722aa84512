package dev.tributary.connect;

import dev.tributary.connect.json.JsonReader;
import dev.tributary.connect.json.JsonWriter;
import dev.tributary.connect.record.UnreadableValue;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.Version;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.components.Versioned;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.storage.Converter;
import org.jspecify.annotations.Nullable;

/**
 * Plain JSON without a schema, exactly: whole numbers of any size and decimals keep all their
 * digits, where Kafka's own converter turns 18446744073709551615 into -1 and money into doubles.
 *
 * <p>A text is validated as a whole when it is read. In a task of our sink an object is decoded
 * lazily, and a value that is not JSON is reported by the sink, which knows its topic, partition
 * and offset; see {@link UnreadableValue}. Elsewhere it is an error of the conversion.
 *
 * <p>Used by the task thread only.
 */
public final class JsonConverter implements Converter, Versioned {

  private static final ConfigDef CONFIG_DEF = new ConfigDef();
  private static final String SCHEMAS_ENABLE = "schemas.enable";

  private final JsonReader reader = new JsonReader();
  private boolean isKey;

  @Override
  public String version() {
    return Version.get();
  }

  @Override
  public ConfigDef config() {
    return CONFIG_DEF;
  }

  /**
   * There is nothing to configure. {@code schemas.enable=false}, which Kafka's converter needs for
   * plain JSON, may stay.
   */
  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {
    Object schemas = configs.get(SCHEMAS_ENABLE);
    if (schemas != null && Boolean.parseBoolean(String.valueOf(schemas))) {
      throw new ConfigException(
          SCHEMAS_ENABLE,
          schemas,
          "this converter reads plain JSON; for JSON with `schema` and `payload` use"
              + " org.apache.kafka.connect.json.JsonConverter");
    }
    this.isKey = isKey;
  }

  @Override
  public SchemaAndValue toConnectData(String topic, byte @Nullable [] value) {
    if (value == null) {
      return SchemaAndValue.NULL;
    }
    try {
      boolean lazily = !isKey && TaskScope.current().isPresent();
      return new SchemaAndValue(
          null, lazily ? reader.readLazily(value) : reader.readForConnect(value));
    } catch (DataException e) {
      String reason = "the " + (isKey ? "key" : "value") + " cannot be read, " + e.getMessage();
      if (!isKey && TaskScope.current().isPresent()) {
        return new SchemaAndValue(null, new UnreadableValue(reason));
      }
      throw new DataException("Topic " + topic + ": " + reason, e);
    }
  }

  @Override
  public byte @Nullable [] fromConnectData(
      String topic, @Nullable Schema schema, @Nullable Object value) {
    if (value == null) {
      return schema == null ? null : "null".getBytes(StandardCharsets.UTF_8);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      new JsonWriter(out).write(value, schema);
    } catch (IOException e) {
      throw new DataException("Topic " + topic + ": the value cannot be written as JSON", e);
    }
    return out.toByteArray();
  }
}
