package dev.tributary.connect.join;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.join.right.FakeRightTopic;
import dev.tributary.connect.util.ManualTime;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random right topics whose values have schemas that nest and evolve, joined by random settings,
 * over restarts: every joined struct has the fields that a model of the documented rules says, of
 * those types, matched or not.
 */
class LeftJoinSchemasTest {

  private static final int RUNS = Integer.getInteger("tributary.test.join.schemas", 250);
  private static final long T = 1_700_000_000_000L;
  private static final String[] NAMES = {"a", "b", "c", "value"};

  private static final Schema ORDER =
      SchemaBuilder.struct()
          .name("order")
          .version(3)
          .doc("what was ordered")
          .parameter("origin", "shop")
          .field("user_id", Schema.STRING_SCHEMA)
          .field("note", SchemaBuilder.string().optional().defaultValue("none").build())
          .build();

  /** One run: the right topic, what was sent to it, and what is expected of a left. */
  private static final class Run {
    final Random random;
    final boolean leftJoin;
    final boolean all;
    final String prefix;
    final Map<String, String> namesByPath = new LinkedHashMap<>();
    final JsonConverter converter = new JsonConverter();
    final FakeRightTopic users = new FakeRightTopic("users", 1);
    final ManualTime clock = new ManualTime();

    /** Of right values, in the order in which they were first sent. */
    final List<Schema> known = new ArrayList<>();

    final Map<String, Schema> schemas = new HashMap<>();
    final Map<String, Object> values = new HashMap<>();
    final String[] settings;

    Run(long seed) {
      random = new Random(seed);
      leftJoin = random.nextInt(4) > 0;
      all = random.nextBoolean();
      prefix = random.nextBoolean() ? "right_" : "r";
      if (!all) {
        for (int i = 1 + random.nextInt(5); i > 0; i--) {
          StringBuilder path = new StringBuilder(name());
          while (random.nextInt(3) == 0) {
            path.append('.').append(name());
          }
          namesByPath.put(path.toString(), "f" + i);
        }
      }
      converter.configure(
          Map.of("schemas.enable", "true", "replace.null.with.default", "false"), false);
      List<String> fields = new ArrayList<>();
      namesByPath.forEach((path, name) -> fields.add(path + ":" + name));
      settings =
          new String[] {
            "join.type",
            leftJoin ? "left" : "inner",
            "right.fields",
            all ? "*" : String.join(",", fields),
            "right.prefix",
            prefix,
            "right.key",
            "key:",
            "right.value.converter",
            JsonConverter.class.getName(),
            "right.value.converter.replace.null.with.default",
            "false"
          };
    }

    String name() {
      return NAMES[random.nextInt(NAMES.length)];
    }

    Schema schema(int depth) {
      SchemaBuilder builder =
          switch (random.nextInt(depth > 2 ? 6 : 10)) {
            case 0 -> SchemaBuilder.int32();
            case 1 -> SchemaBuilder.int64();
            case 2 -> SchemaBuilder.string();
            case 3 -> SchemaBuilder.bool();
            case 4 -> Timestamp.builder();
            case 5 -> Decimal.builder(2);
            case 6 -> SchemaBuilder.array(schema(depth + 1));
            case 7 -> SchemaBuilder.map(Schema.STRING_SCHEMA, schema(depth + 1));
            default -> struct(depth);
          };
      if (builder.type() == Schema.Type.INT32 && random.nextBoolean()) {
        builder.defaultValue(7);
      }
      return random.nextBoolean() ? builder.optional().build() : builder.build();
    }

    SchemaBuilder struct(int depth) {
      SchemaBuilder builder = SchemaBuilder.struct();
      for (String name : NAMES) {
        if (random.nextInt(3) > 0) {
          builder.field(name, schema(depth + 1));
        }
      }
      return builder;
    }

    /** The schema of a right value: an earlier one, mostly a struct, or a map or a plain value. */
    Schema valueSchema() {
      if (!known.isEmpty() && random.nextBoolean()) {
        return known.get(random.nextInt(known.size()));
      }
      return switch (random.nextInt(8)) {
        case 0 -> SchemaBuilder.map(Schema.STRING_SCHEMA, schema(1)).build();
        case 1 -> Schema.STRING_SCHEMA;
        default -> struct(0).build();
      };
    }

    @Nullable Object value(Schema schema) {
      if (schema.isOptional() && random.nextInt(3) == 0) {
        return null;
      }
      return switch (schema.type()) {
        case INT32 -> random.nextInt(3) == 0 && schema.defaultValue() != null ? 7 : 42;
        case INT64 ->
            Timestamp.LOGICAL_NAME.equals(schema.name()) ? new java.util.Date(5) : (Object) 43L;
        case STRING -> "text";
        case BOOLEAN -> true;
        case BYTES -> new BigDecimal("1.25");
        case ARRAY -> {
          List<@Nullable Object> list = new ArrayList<>();
          list.add(value(schema.valueSchema()));
          yield list;
        }
        case MAP -> {
          Map<String, @Nullable Object> map = new LinkedHashMap<>();
          map.put(name(), value(schema.valueSchema()));
          map.put(name(), value(schema.valueSchema()));
          yield map;
        }
        case STRUCT -> {
          Struct struct = new Struct(schema);
          schema.fields().forEach(field -> struct.put(field, value(field.schema())));
          yield struct;
        }
        default -> throw new AssertionError(schema.type());
      };
    }

    void sendRight() {
      String user = "u" + random.nextInt(3);
      Schema schema = valueSchema();
      Object value = requireNonNull(value(schema));
      if (!known.contains(schema)) {
        known.add(schema);
      }
      schemas.put(user, schema);
      values.put(user, value);
      byte[] text = converter.fromConnectData("users", schema, value);
      users.send(T, "\"" + user + "\"", new String(text, StandardCharsets.UTF_8));
    }

    void sendLeft(OpenJoin join, String user) {
      Struct order = new Struct(ORDER).put("user_id", user);
      SinkRecord joined = join.join(T + 1, ORDER, order);
      if (!schemas.containsKey(user) && !leftJoin) {
        assertThat(joined).isNull();
        return;
      }
      Struct value = (Struct) requireNonNull(joined).value();
      value.validate();
      assertThat(joined.valueSchema()).isEqualTo(value.schema());
      assertThat(value.schema()).isEqualTo(expectedSchema(user, value.schema()));
      Map<String, @Nullable Object> expected = new LinkedHashMap<>();
      expected.put("user_id", user);
      expected.put("note", null);
      expectedFields(user).forEach((name, schema) -> expected.put(name, expectedValue(user, name)));
      assertThat(plain(value)).isEqualTo(expected);
    }

    /**
     * The fields of a right map come in the order of the map, which the converter does not keep.
     */
    private Schema expectedSchema(String user, Schema actual) {
      SchemaBuilder builder =
          SchemaBuilder.struct()
              .name("order")
              .version(3)
              .doc("what was ordered")
              .parameter("origin", "shop");
      ORDER.fields().forEach(field -> builder.field(field.name(), field.schema()));
      Map<String, Schema> fields = expectedFields(user);
      List<String> names = new ArrayList<>(fields.keySet());
      Schema own = schemas.get(user);
      if (all && own != null && own.type() == Schema.Type.MAP) {
        List<String> order = actual.fields().stream().map(Field::name).toList();
        names.sort(Comparator.comparing(order::indexOf));
      }
      names.forEach(name -> builder.field(name, optional(requireNonNull(fields.get(name)))));
      return builder.build();
    }

    private Map<String, Schema> expectedFields(String user) {
      Map<String, Schema> fields = new LinkedHashMap<>();
      Schema own = schemas.get(user);
      if (!all) {
        namesByPath.forEach(
            (path, name) -> {
              Schema found = own == null ? null : at(path, own);
              for (int i = known.size() - 1; i >= 0 && found == null; i--) {
                found = at(path, known.get(i));
              }
              if (found != null) {
                fields.put(name, found);
              }
            });
        return fields;
      }
      Schema schema = own != null || known.isEmpty() ? own : known.get(known.size() - 1);
      if (schema != null && schema.type() == Schema.Type.STRUCT) {
        schema.fields().forEach(field -> fields.put(prefix + field.name(), field.schema()));
      } else if (schema != null && schema.type() == Schema.Type.STRING) {
        fields.put(prefix + "value", schema);
      } else if (own != null) {
        ((Map<?, ?>) requireNonNull(values.get(user)))
            .keySet()
            .forEach(key -> fields.put(prefix + key, own.valueSchema()));
      }
      return fields;
    }

    private String pathOf(String name) {
      return namesByPath.entrySet().stream()
          .filter(entry -> entry.getValue().equals(name))
          .findFirst()
          .orElseThrow()
          .getKey();
    }

    private static @Nullable Schema at(String path, Schema from) {
      if (from.type() == Schema.Type.STRING) {
        return path.equals("value") ? from : null;
      }
      Schema schema = from;
      for (String name : path.split("\\.", -1)) {
        if (schema.type() == Schema.Type.MAP) {
          schema = schema.valueSchema();
        } else if (schema.type() == Schema.Type.STRUCT && schema.field(name) != null) {
          schema = schema.field(name).schema();
        } else {
          return null;
        }
      }
      return schema;
    }

    private @Nullable Object expectedValue(String user, String name) {
      Object value = values.get(user);
      if (value == null) {
        return null;
      }
      String path = all ? name.substring(prefix.length()) : pathOf(name);
      if (value instanceof String) {
        return path.equals("value") ? value : null;
      }
      Object found = plain(value);
      for (String part : path.split("\\.", -1)) {
        found = found instanceof Map<?, ?> map ? map.get(part) : null;
      }
      return found;
    }
  }

  private static Schema optional(Schema schema) {
    SchemaBuilder builder =
        switch (schema.type()) {
          case STRUCT -> SchemaBuilder.struct();
          case ARRAY -> SchemaBuilder.array(schema.valueSchema());
          case MAP -> SchemaBuilder.map(schema.keySchema(), schema.valueSchema());
          default -> SchemaBuilder.type(schema.type());
        };
    builder.optional().name(schema.name()).version(schema.version());
    if (schema.parameters() != null) {
      builder.parameters(schema.parameters());
    }
    if (schema.type() == Schema.Type.STRUCT) {
      schema.fields().forEach(field -> builder.field(field.name(), field.schema()));
    }
    return builder.build();
  }

  /** Structs as maps, at any depth, with null where they are null. */
  private static @Nullable Object plain(@Nullable Object value) {
    if (value instanceof Struct struct) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      for (Field field : struct.schema().fields()) {
        map.put(field.name(), plain(struct.getWithoutDefault(field.name())));
      }
      return map;
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, @Nullable Object> plain = new LinkedHashMap<>();
      map.forEach((key, one) -> plain.put(key, plain(one)));
      return plain;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> plain = new ArrayList<>();
      list.forEach(one -> plain.add(plain(one)));
      return plain;
    }
    return value;
  }

  @Test
  void joined_structs_have_the_fields_and_types_that_are_known_and_no_others() {
    for (int seed = 0; seed < RUNS; seed++) {
      Run run = new Run(seed);
      OpenJoin join = new OpenJoin(run.users, run.clock, run.settings);
      try {
        for (int step = 0; step < 12; step++) {
          switch (run.random.nextInt(6)) {
            case 0, 1 -> run.sendRight();
            case 2 -> {
              join.close();
              join = new OpenJoin(run.users, run.clock, run.settings);
            }
            case 3 -> run.sendLeft(join, "nobody");
            default -> run.sendLeft(join, "u" + run.random.nextInt(3));
          }
        }
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(
            "seed " + seed + ": " + String.join(" ", run.settings) + ": " + e, e);
      } finally {
        join.close();
      }
    }
  }
}
