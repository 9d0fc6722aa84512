package dev.tributary.connect.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.record.OddValue;
import dev.tributary.foreign.MatrixValues;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;

/** JSON is written of every value, or refused at once. */
class OddJsonTest {

  private static void write(boolean forClickHouse, MatrixValues.Value odd) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    OddValue.meets(
        odd.name(),
        () -> {
          out.reset();
          new JsonWriter(out, forClickHouse).write(Map.of("v", odd.value()), null);
        });
    if (out.size() > 0 && out.toByteArray()[out.size() - 1] == '}') {
      OddValue.meets(
          odd.name(), () -> assertThat(new JsonReader().read(out.toByteArray())).isNotNull());
    }
  }

  @Test
  void what_is_written_is_json() {
    for (MatrixValues.Value odd : OddValue.some()) {
      if (odd.value() != null) {
        write(false, odd);
        write(true, odd);
      }
    }
  }

  @Test
  void what_clickhouse_does_not_read_has_no_form() {
    for (Object value :
        List.of(
            new BigDecimal("18446744073709551616"),
            new BigDecimal("-9223372036854775809"),
            new BigDecimal("1e309"),
            new BigDecimal("9".repeat(320) + ".5"),
            "\ud800",
            Map.of("\udc00", 1))) {
      JsonWriter writer = new JsonWriter(new ByteArrayOutputStream(), true);
      assertThat(OddValue.meets("value", () -> writer.write(List.of(value), null)))
          .isInstanceOf(DataException.class);
    }
  }
}
