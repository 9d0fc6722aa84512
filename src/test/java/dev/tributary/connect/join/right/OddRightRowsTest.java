package dev.tributary.connect.join.right;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.record.EventTime;
import dev.tributary.connect.record.FieldPath;
import dev.tributary.connect.record.OddValue;
import dev.tributary.connect.record.OnMissingTime;
import dev.tributary.foreign.MatrixValues;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.storage.Converter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A right record becomes a row that reads back, or is refused at once, whatever it holds. */
class OddRightRowsTest {

  /** Delivers one value after the other. */
  private static final class OddConverter implements Converter {
    private SchemaAndValue next = SchemaAndValue.NULL;

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {}

    @Override
    public byte[] fromConnectData(String topic, @Nullable Schema schema, @Nullable Object value) {
      throw new UnsupportedOperationException("only read");
    }

    @Override
    public SchemaAndValue toConnectData(String topic, byte @Nullable [] value) {
      return next;
    }
  }

  private final OddConverter converter = new OddConverter();
  private final Schemas schemas = new Schemas();

  private void meets(RightFields fields, MatrixValues.Value odd, boolean whole) {
    RightRecords records =
        new RightRecords(
            converter,
            converter,
            List.of(FieldPath.parse("right.key", whole ? "key:" : "id")),
            EventTime.parse("right.time", "field:v", OnMissingTime.RECORD, () -> 0),
            fields,
            schemas);
    converter.next =
        whole
            ? new SchemaAndValue(odd.schema(), odd.value())
            : new SchemaAndValue(null, java.util.Collections.unmodifiableMap(map(odd)));
    OddValue.meets(
        odd.name(),
        () -> {
          if (records.read(new ConsumerRecord<>("right", 0, 0, null, new byte[0]))) {
            byte[] row = records.row();
            if (row != null) {
              assertThat(fields.read(row, schemas).values()).isNotNull();
            }
          }
        });
  }

  private static Map<String, @Nullable Object> map(MatrixValues.Value odd) {
    return dev.tributary.connect.record.Records.map("id", 1, "v", odd.value());
  }

  @Test
  void an_odd_right_record_is_a_row_or_its_error() {
    RightFields all = RightFields.parse("right.fields", List.of("*"), "right_");
    RightFields selected = RightFields.parse("right.fields", List.of("v", "a.a:x", "value"), "");
    for (MatrixValues.Value odd : OddValue.some()) {
      meets(all, odd, false);
      meets(all, odd, true);
      meets(selected, odd, false);
      meets(selected, odd, true);
    }
  }

  @Test
  void half_a_surrogate_pair_comes_back_as_it_was() {
    RightRowEncoder encoder = new RightRowEncoder(schemas);
    for (String text : List.of("\ud800", "x\udc00y", "\udc00\ud800", "é\ud83d", "\ud83d\ude00")) {
      encoder.clear();
      encoder.put(List.of(text, "after"));

      assertThat(requireNonNull(new RightRowDecoder(schemas, encoder.toBytes()).value()))
          .isEqualTo(List.of(text, "after"));
    }
  }
}
