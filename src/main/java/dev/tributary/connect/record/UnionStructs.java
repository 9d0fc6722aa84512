package dev.tributary.connect.record;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * Structs that stand for one value of another kind: Debezium's VariableScaleDecimal, and the unions
 * of Avro, Protobuf (oneof) and JSON Schema as Confluent's converters deliver them, a struct with
 * one field per branch, only one set.
 */
public final class UnionStructs {

  private static final String VARIABLE_DECIMAL = "io.debezium.data.VariableScaleDecimal";
  private static final String AVRO_UNION = "io.confluent.connect.avro.Union";
  private static final String PROTOBUF_UNION = "io.confluent.connect.protobuf.Union";
  private static final String JSON_UNION = "io.confluent.connect.json.OneOf";

  /**
   * The parameter that marks a union whatever its name, for converters that are configured to set
   * it.
   */
  private static final String UNION_PARAMETER = "org.apache.kafka.connect.data.Union";

  private UnionStructs() {}

  public static boolean is(Schema schema) {
    String name = schema.name();
    return (name != null && (name.equals(VARIABLE_DECIMAL) || isUnion(name)))
        || (schema.parameters() != null && schema.parameters().containsKey(UNION_PARAMETER));
  }

  private static boolean isUnion(String name) {
    return name.equals(AVRO_UNION) || name.startsWith(PROTOBUF_UNION) || name.equals(JSON_UNION);
  }

  /**
   * The value that a struct stands for; null for a union with no branch set.
   *
   * @throws DataException when more than one field of a union is set, or a decimal lacks its parts
   */
  public static @Nullable Object value(Struct struct) {
    if (VARIABLE_DECIMAL.equals(struct.schema().name())) {
      return decimal(struct);
    }
    Field set = set(struct);
    return set == null ? null : struct.getWithoutDefault(set.name());
  }

  /** The schema of {@link #value}; null for a decimal, which needs none. */
  public static @Nullable Schema schemaOfValue(Struct struct) {
    if (VARIABLE_DECIMAL.equals(struct.schema().name())) {
      return null;
    }
    Field set = set(struct);
    return set == null ? null : set.schema();
  }

  private static @Nullable Field set(Struct union) {
    Field set = null;
    for (Field field : union.schema().fields()) {
      if (union.getWithoutDefault(field.name()) != null) {
        if (set != null) {
          throw new DataException("a union with more than one branch set");
        }
        set = field;
      }
    }
    return set;
  }

  private static BigDecimal decimal(Struct struct) {
    Object scale =
        struct.schema().field("scale") == null ? null : struct.getWithoutDefault("scale");
    Object unscaled =
        struct.schema().field("value") == null ? null : struct.getWithoutDefault("value");
    if (!(scale instanceof Integer places)
        || unscaled == null
        || !BytesValues.is(unscaled)
        || BytesValues.length(unscaled) == 0) {
      throw new DataException("a VariableScaleDecimal without its scale and value");
    }
    byte[] bytes = new byte[BytesValues.length(unscaled)];
    BytesValues.copy(unscaled, bytes, 0);
    return new BigDecimal(new BigInteger(bytes), places);
  }
}
