package dev.tributary.foreign;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.storage.Converter;
import org.jspecify.annotations.Nullable;

/**
 * Delivers the cases of the matrix; a record names one by its number: a struct where the value has
 * a schema, else a map, with the field {@code n} and one for the column of the type.
 */
public final class MatrixConverter implements Converter {

  /**
   * A value for a column.
   *
   * @param column the place of the type among all types
   */
  public record Case(int column, String type, MatrixValues.Value value) {}

  /** How many columns f0, f1 and so on a record has that names no case: all are null. */
  public static final int NULL_COLUMNS = 220;

  private final List<Case> cases = cases();

  /** Every type with every value, then with the values of its own. */
  public static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    List<MatrixValues.Value> values = MatrixValues.all();
    int column = 0;
    for (Map.Entry<String, List<MatrixValues.Value>> type : MatrixTypes.all().entrySet()) {
      for (MatrixValues.Value value : values) {
        cases.add(new Case(column, type.getKey(), value));
      }
      for (MatrixValues.Value value : type.getValue()) {
        cases.add(new Case(column, type.getKey(), value));
      }
      column++;
    }
    return cases;
  }

  @Override
  public void configure(Map<String, ?> configs, boolean isKey) {}

  @Override
  public SchemaAndValue toConnectData(String topic, byte @Nullable [] bytes) {
    if (bytes == null) {
      return SchemaAndValue.NULL;
    }
    int n = Integer.parseInt(new String(bytes, StandardCharsets.UTF_8));
    if (n >= cases.size()) {
      return new SchemaAndValue(null, nulls(n));
    }
    Case one = cases.get(n);
    String field = "c" + one.column();
    Schema schema = one.value().schema();
    if (schema == null) {
      Map<String, @Nullable Object> map = new HashMap<>();
      map.put("n", n);
      map.put(field, one.value().value());
      return new SchemaAndValue(null, map);
    }
    Schema record =
        SchemaBuilder.struct().field("n", Schema.INT32_SCHEMA).field(field, schema).build();
    return new SchemaAndValue(
        record, new Struct(record).put("n", n).put(field, one.value().value()));
  }

  private static Map<String, @Nullable Object> nulls(int n) {
    Map<String, @Nullable Object> map = new HashMap<>();
    map.put("n", n);
    for (int i = 0; i < NULL_COLUMNS; i++) {
      map.put("f" + i, null);
    }
    return map;
  }

  @Override
  public byte[] fromConnectData(String topic, @Nullable Schema schema, @Nullable Object value) {
    throw new UnsupportedOperationException("only read");
  }
}
