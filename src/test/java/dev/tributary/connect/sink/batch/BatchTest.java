package dev.tributary.connect.sink.batch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.offsets.OffsetRuns;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.row.Mappings;
import dev.tributary.connect.sink.row.Row;
import dev.tributary.connect.sink.row.RowExtractor;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class BatchTest {

  private static final Table TABLE =
      new Table(
          new TableId("db", "t"),
          List.of(
              new Column("id", "UInt8", false),
              new Column("text", "String", true),
              new Column("maybe", "Nullable(String)", true),
              new Column("small", "Int8", false)),
          ZoneOffset.UTC);

  private final RowExtractor reader = new RowExtractor(TABLE, Mappings.byName(), new HashSet<>());
  private final Batch batch = new Batch(TABLE);

  private static SinkRecord record(long offset, Map<String, ?> value) {
    return new SinkRecord("topic", 3, null, null, null, value, offset);
  }

  private Row row(Map<String, ?> value) {
    Row row = new Row(TABLE.columns().size());
    reader.read(record(1, value), row);
    return row;
  }

  private void append(Batch target, long offset, Map<String, ?> value) {
    target.append(record(offset, value), row(value), 1_000);
  }

  private static byte[] written(Batch batch) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      batch.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  @Test
  void row_that_fails_in_a_late_column_leaves_nothing() {
    Batch untouched = new Batch(TABLE);
    append(untouched, 1, Map.of("id", 1, "small", 1));
    append(untouched, 3, Map.of("id", 3, "small", 3));

    append(batch, 1, Map.of("id", 1, "small", 1));
    assertThatThrownBy(() -> append(batch, 2, Map.of("id", 2, "small", 1000)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("column `small` Int8 of db.t");
    append(batch, 3, Map.of("id", 3, "small", 3));

    assertThat(batch.rows()).isEqualTo(2);
    assertThat(written(batch)).isEqualTo(written(untouched));
  }

  @Test
  void column_begun_by_a_row_that_fails_is_left_out_again() {
    append(batch, 1, Map.of("id", 1, "small", 1));

    assertThatThrownBy(() -> append(batch, 2, Map.of("id", 2, "text", "crossing", "small", 1000)))
        .isInstanceOf(DataException.class);

    assertThat(batch.columnNames()).containsExactly("`id`", "`small`");
    assertThat(new String(written(batch), StandardCharsets.ISO_8859_1)).doesNotContain("crossing");
  }

  @Test
  void first_row_that_fails_leaves_an_empty_batch() {
    Batch untouched = new Batch(TABLE);
    append(untouched, 2, Map.of("id", 2));

    assertThatThrownBy(() -> append(batch, 1, Map.of("id", 1, "small", 1000)))
        .isInstanceOf(DataException.class);
    assertThat(batch.rows()).isZero();
    assertThat(batch.offsets()).isEmpty();
    append(batch, 2, Map.of("id", 2));

    assertThat(written(batch)).isEqualTo(written(untouched));
  }

  @Test
  void column_that_no_row_has_is_left_out() {
    append(batch, 1, Map.of("id", 1));

    assertThat(batch.columnNames()).containsExactly("`id`");
  }

  @Test
  void nullable_column_with_a_default_is_in_all_rows_of_a_batch_or_in_none() {
    append(batch, 1, Map.of("id", 1));

    assertThat(batch.sharesPresence(row(Map.of("id", 2)))).isTrue();
    assertThat(batch.sharesPresence(row(Map.of("id", 2, "text", "t")))).isTrue();
    assertThat(batch.sharesPresence(row(Map.of("id", 2, "maybe", "m")))).isFalse();
    batch.clear();
    assertThat(batch.sharesPresence(row(Map.of("id", 2, "maybe", "m")))).isTrue();
  }

  @Test
  void offsets_span_also_what_is_delivered_again_from_further_back() {
    append(batch, 100, Map.of("id", 1));
    append(batch, 101, Map.of("id", 1));
    append(batch, 50, Map.of("id", 1));

    OffsetRuns offsets = requireNonNull(batch.offsets().get(new TopicPartition("topic", 3)));
    assertThat(offsets.first()).isEqualTo(50);
    assertThat(offsets.last()).isEqualTo(101);
    assertThat(offsets.toSet()).isEqualTo(OffsetSet.of(50, 100, 101));
  }

  @Test
  void cleared_batch_writes_what_a_new_one_writes() {
    append(batch, 1, Map.of("id", 1, "text", "long enough", "maybe", "m", "small", 1));
    batch.clear();
    Batch fresh = new Batch(TABLE);
    append(batch, 2, Map.of("id", 2, "text", "t"));
    append(fresh, 2, Map.of("id", 2, "text", "t"));

    assertThat(written(batch)).isEqualTo(written(fresh));
    assertThat(batch.toString()).isEqualTo("1 rows for db.t from topic-3@2..2");
  }

  @Test
  void row_of_nothing_but_defaults_still_is_a_row() {
    RowExtractor lenient =
        new RowExtractor(TABLE, Mappings.withNullAsDefault(Mappings.byName()), new HashSet<>());
    Map<String, Object> value = new HashMap<>();
    value.put("id", null);
    Row row = new Row(TABLE.columns().size());
    lenient.read(record(1, value), row);

    batch.append(record(1, value), row, 1_000);

    assertThat(batch.rows()).isEqualTo(1);
    assertThat(batch.columnNames()).hasSize(1);
  }
}
