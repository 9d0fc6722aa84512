package dev.tributary.foreign;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.storage.Converter;
import org.jspecify.annotations.Nullable;

/**
 * Delivers {@link OddValues}; a record names one by its number: a map with the field {@code id} of
 * that number, and the fields {@code v0}, {@code v1} and so on, each with the value.
 */
public final class OddConverter implements Converter {

  /** How many fields have the value. */
  public static final int FIELDS = 5;

  private final List<MatrixValues.Value> values = OddValues.all();

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {}

  @Override
  public SchemaAndValue toConnectData(String topic, byte @Nullable [] bytes) {
    if (bytes == null) {
      return SchemaAndValue.NULL;
    }
    int n = Integer.parseInt(new String(bytes, StandardCharsets.UTF_8));
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("id", n);
    for (int i = 0; i < FIELDS; i++) {
      // A negative number is a record that every table takes.
      map.put("v" + i, n < 0 ? null : values.get(n).value());
    }
    return new SchemaAndValue(null, map);
  }

  @Override
  public byte[] fromConnectData(String topic, @Nullable Schema schema, @Nullable Object value) {
    throw new UnsupportedOperationException("only read");
  }
}
