package dev.tributary.connect.sink.batch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.record.OddValue;
import dev.tributary.connect.record.Records;
import dev.tributary.connect.sink.row.ColumnInference;
import dev.tributary.connect.sink.row.Mappings;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.NewColumn;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.foreign.MatrixTypes;
import dev.tributary.foreign.MatrixValues;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** No record makes the sink throw anything but that record's error, or changes its neighbours. */
class OddRecordsTest {

  private static final List<String> TYPES = List.copyOf(MatrixTypes.all().keySet());

  /** A column of every type, and one whose rows must all have a value or none. */
  private static final Table TABLE = new Table(new TableId("db", "t"), columns(), ZoneOffset.UTC);

  private static List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    columns.add(new Column("id", "Int64", false));
    for (int i = 0; i < TYPES.size(); i++) {
      columns.add(new Column("c" + i, TYPES.get(i), i % 2 == 1));
    }
    columns.add(new Column("after", "Nullable(String)", false));
    return columns;
  }

  private static TableBuffer buffer() {
    return new TableBuffer(TABLE, Mappings.byName(), true);
  }

  private static SinkRecord record(long id, int column, MatrixValues.Value odd) {
    Map<String, @Nullable Object> value = new LinkedHashMap<>();
    value.put("after", "x");
    value.put("c" + column, odd.value());
    value.put("id", id);
    Schema schema = odd.schema();
    if (schema == null) {
      return new SinkRecord("t", 0, null, null, null, value, id);
    }
    Schema of =
        SchemaBuilder.struct()
            .field("after", Schema.STRING_SCHEMA)
            .field("c" + column, schema)
            .field("id", Schema.INT64_SCHEMA)
            .build();
    Struct struct = new Struct(of);
    value.forEach(struct::put);
    return new SinkRecord("t", 0, null, null, of, struct, id);
  }

  private static void append(TableBuffer buffer, SinkRecord record) {
    if (buffer.append(record, 0) == null) {
      buffer.rememberNewFields();
      requireNonNull(buffer.append(record, 0));
    }
  }

  private static List<String> written(TableBuffer buffer) throws IOException {
    List<String> blocks = new ArrayList<>();
    for (Batch batch : buffer.take(any -> true)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      batch.writeTo(out);
      blocks.add(HexFormat.of().formatHex(out.toByteArray()));
    }
    return blocks;
  }

  @Test
  void a_batch_is_the_same_as_without_the_odd_records_that_it_refused() throws IOException {
    List<MatrixValues.Value> values = OddValue.some();
    int refused = 0;
    for (int from = 0; from < values.size(); from += 40) {
      TableBuffer buffer = buffer();
      TableBuffer spared = buffer();
      for (int v = from; v < Math.min(from + 40, values.size()); v++) {
        SinkRecord record = record(v, (v * 7 + from) % TYPES.size(), values.get(v));
        try {
          append(buffer, record);
        } catch (DataException e) {
          refused++;
          continue;
        } catch (RuntimeException | StackOverflowError e) {
          throw new AssertionError(values.get(v).name(), e);
        }
        append(spared, record);
      }
      assertThat(written(buffer)).isEqualTo(written(spared));
    }
    assertThat(refused).isBetween(values.size() / 4, values.size());
  }

  @Test
  void an_odd_value_is_a_record_or_its_error() {
    TableBuffer buffer = buffer();
    List<MatrixValues.Value> values = OddValue.some();
    for (MatrixValues.Value odd : values) {
      OddValue.meets(
          odd.name(),
          () -> append(buffer, new SinkRecord("t", 0, null, null, odd.schema(), odd.value(), 0)));
    }
  }

  @Test
  void a_column_that_a_refused_record_is_the_first_to_fill_is_left_out() throws IOException {
    Table table =
        new Table(
            new TableId("db", "t"),
            List.of(
                new Column("id", "Int64", false),
                new Column("note", "String", true),
                new Column("small", "Int8", false)),
            ZoneOffset.UTC);
    TableBuffer buffer = new TableBuffer(table, Mappings.byName(), true);
    TableBuffer spared = new TableBuffer(table, Mappings.byName(), true);
    SinkRecord good = Records.record(null, Map.of("id", 1));
    append(buffer, good);
    append(spared, good);

    assertThat(
            OddValue.meets(
                "300",
                () ->
                    append(
                        buffer, Records.record(null, Map.of("id", 2, "note", "x", "small", 300)))))
        .isInstanceOf(DataException.class);
    assertThat(written(buffer)).isEqualTo(written(spared));
  }

  /** ClickHouse creates a column of 300 arrays and never reads one again. */
  @Test
  void an_inferred_column_is_never_nested_deep() {
    for (MatrixValues.Value odd : OddValue.some()) {
      OddValue.meets(
          odd.name(),
          () -> {
            List<NewColumn> columns =
                ColumnInference.of(List.of(record(1, 0, odd)), Mappings.byName(), name -> false);
            for (NewColumn column : columns) {
              assertThat(column.type().split("Array\\(|Map\\(", -1)).hasSizeLessThanOrEqualTo(17);
            }
          });
    }
  }
}
