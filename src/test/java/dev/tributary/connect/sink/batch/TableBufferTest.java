package dev.tributary.connect.sink.batch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.row.Mappings;
import dev.tributary.connect.sink.row.UnfitValueException;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Map;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class TableBufferTest {

  private static Table table(Column... columns) {
    return new Table(new TableId("db", "t"), Arrays.asList(columns), ZoneOffset.UTC);
  }

  private static SinkRecord record(Map<String, ?> value) {
    return new SinkRecord("topic", 0, null, null, null, value, 1);
  }

  /** Its writers are those of the table as it was: values would go into other columns. */
  @Test
  void batch_that_a_bad_row_left_empty_is_not_filled_after_the_table_has_changed() {
    Column small = new Column("small", "UInt8", false);
    Column text = new Column("text", "String", false);
    TableBuffer batches = new TableBuffer(table(small, text), Mappings.byName(), true);
    assertThatThrownBy(() -> batches.append(record(Map.of("small", 300)), 1))
        .isInstanceOf(UnfitValueException.class);

    Table now = table(text, small);
    batches.refresh(now);
    Batch batch = requireNonNull(batches.append(record(Map.of("small", 1, "text", "a")), 1));

    assertThat(batch.table()).isEqualTo(now);
    assertThat(batch.columnNames()).containsExactly("`text`", "`small`");
  }

  @Test
  void field_without_a_column_is_new_once() {
    TableBuffer batches =
        new TableBuffer(table(new Column("id", "Int64", false)), Mappings.byName(), true);
    SinkRecord record = record(Map.of("id", 1, "more", 2));

    assertThat(batches.append(record, 1)).isNull();
    assertThat(batches.newFields()).containsExactly("more");
    batches.rememberNewFields();
    assertThat(batches.append(record, 1)).isNotNull();
  }
}
