package dev.tributary.connect.sink.row;

import dev.tributary.connect.sink.table.InferredType;
import dev.tributary.connect.sink.table.MetadataColumns.Source;
import dev.tributary.connect.sink.table.NewColumn;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Infers the columns that a table needs for some records: one for each top-level field, for each
 * nested field in {@code field.to.column}, and for each metadata column.
 *
 * <p>A field with a schema has the type of its schema. A field without one has the type that holds
 * all its values in these records, and no column if no value has a type. Used once.
 */
public final class ColumnInference {

  private final RowMapping mapping;
  private final RecordValue recordValue = new RecordValue();
  private final Map<String, NewColumn> columns = new LinkedHashMap<>();
  private final Set<Schema> done = Collections.newSetFromMap(new IdentityHashMap<>());

  private ColumnInference(RowMapping mapping) {
    this.mapping = mapping;
  }

  /**
   * The columns, in the order of the fields.
   *
   * @param exists whether a column exists already
   */
  public static List<NewColumn> of(
      Collection<SinkRecord> records, RowMapping mapping, Predicate<String> exists) {
    ColumnInference inference = new ColumnInference(mapping);
    for (SinkRecord record : records) {
      inference.addFields(record);
    }
    if (!inference.columns.isEmpty()) {
      records.forEach(inference::addMetadata);
    }
    return inference.columns.values().stream()
        .filter(column -> !exists.test(column.name()))
        .toList();
  }

  private void addFields(SinkRecord record) {
    if (record.value() == null) {
      return;
    }
    Object value;
    try {
      value =
          mapping.raw()
              ? RecordValue.readable(record.value())
              : recordValue.withFields(record.value());
    } catch (DataException e) {
      return; // reported when it is appended as a row
    }
    if (mapping.raw()) {
      add(mapping.rawColumn(), value, record.valueSchema(), false);
    } else if (value instanceof Struct struct) {
      if (done.add(struct.schema())) {
        addStruct(struct.schema());
      }
    } else {
      addMap((Map<?, ?>) value);
    }
  }

  private void addStruct(Schema schema) {
    for (Field field : schema.fields()) {
      if (takesField(field.name())) {
        add(field.name(), null, field.schema(), field.schema().isOptional());
      }
    }
    mapping.fields().paths().forEach((column, path) -> addPath(column, path, schema));
  }

  private void addPath(String column, List<String> path, Schema schema) {
    Schema current = schema;
    boolean optional = false;
    for (String name : path) {
      Field field = current.type() == Schema.Type.STRUCT ? current.field(name) : null;
      if (field == null) {
        return;
      }
      current = field.schema();
      optional |= current.isOptional();
    }
    add(column, null, current, optional);
  }

  private void addMap(Map<?, ?> map) {
    for (Map.Entry<?, ?> field : map.entrySet()) {
      if (field.getKey() instanceof String name && takesField(name)) {
        add(name, field.getValue(), null, true);
      }
    }
    mapping.fields().paths().forEach((column, path) -> add(column, valueAt(path, map), null, true));
  }

  private static @Nullable Object valueAt(List<String> path, Map<?, ?> map) {
    Object value = map;
    for (String name : path) {
      value = value instanceof Map<?, ?> inner ? inner.get(name) : null;
    }
    return value;
  }

  private boolean takesField(String name) {
    return !name.isEmpty()
        && !mapping.fields().isMapped(name)
        && mapping.metadata().sourceOf(name).isEmpty();
  }

  private void addMetadata(SinkRecord record) {
    for (String column : mapping.metadata().columns()) {
      Source source = mapping.metadata().sourceOf(column).orElseThrow();
      switch (source.kind()) {
        case TOPIC -> columns.put(column, new NewColumn(column, "LowCardinality(String)", false));
        case PARTITION -> columns.put(column, new NewColumn(column, "Int32", false));
        case OFFSET -> columns.put(column, new NewColumn(column, "Int64", false));
        case TIMESTAMP -> columns.put(column, new NewColumn(column, "DateTime64(3, 'UTC')", false));
        case KEY -> addOrText(column, record.key(), record.keySchema());
        case HEADER -> {
          Header header = record.headers().lastWithName(source.header());
          addOrText(
              column,
              header == null ? null : header.value(),
              header == null ? null : header.schema());
        }
      }
    }
  }

  /** Nothing adds a metadata column later, so one without a value becomes a String. */
  private void addOrText(String column, @Nullable Object value, @Nullable Schema schema) {
    columns.putIfAbsent(
        column,
        new NewColumn(
            column,
            schema == null ? InferredType.of(value).orElse("String") : InferredType.of(schema),
            true));
  }

  private void add(
      String column, @Nullable Object value, @Nullable Schema schema, boolean nullable) {
    Optional<String> type =
        schema == null ? InferredType.of(value) : Optional.of(InferredType.of(schema));
    type.map(one -> new NewColumn(column, one, nullable))
        .ifPresent(found -> columns.merge(column, found, NewColumn::with));
  }
}
