package dev.tributary.connect.sink.columns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeFormatsTest {

  private static ColumnWriter column(String type, String format) {
    TimeFormats formats = TimeFormats.parse("time.formats", "other:epoch_ms\nc:" + format + ";");
    return ColumnWriter.create(
        type, ColumnOptions.of("c", ZoneId.of("Asia/Tokyo"), false, false, formats));
  }

  private static String hex(ColumnWriter column, Object value) {
    column.append(value);
    return Cells.hex(column);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Date             | dd/MM/yyyy              | 29/02/2024                   | 2024-02-29",
        "DateTime64(0)    | dd/MM/yyyy HH:mm:ss     | 29/02/2024 10:15:30          | 2024-02-29 10:15:30",
        "DateTime         | d MMM uuuu H:mm         | 5 mar 2024 7:05              | 2024-03-05 07:05:00",
        "DateTime         | yyyyMMddHHmmssXX        | 20240229101530+0200          | 2024-02-29T08:15:30Z",
        "DateTime         | yyyyMMddHHmmss VV       | 20240229101530 Europe/Paris  | 2024-02-29T09:15:30Z",
        "DateTime64(3)    | yyyy-MM-dd HH.mm.ss.SSS | 2024-02-29 10.15.30.123      | 2024-02-29 10:15:30.123",
        "Time             | hh:mm a                 | 03:30 pm                     | 15:30:00",
        "Array(Date)      | dd.MM.yyyy              | [\"29.02.2024\"]             | [\"2024-02-29\"]"
      })
  void textsHaveThePatternOfTheirColumn(String type, String pattern, String text, String usual) {
    assertThat(hex(column(type, pattern), text))
        .isEqualTo(hex(ColumnWriter.create(type, ZoneId.of("Asia/Tokyo")), usual));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2024-02-29", "30/02/2024", "31/04/2024", "29/02/2024 ", "29/13/2024"})
  void whatThePatternDoesNotFitIsRefused(String text) {
    ColumnWriter column = column("Date", "dd/MM/yyyy");
    assertThatThrownBy(() -> column.append(text)).isInstanceOf(ValueException.class);
    assertThat(column.rows()).isZero();
  }

  @Test
  void numbersHaveTheUnitOfTheirColumnUnlessTheirSchemaSaysAnother() {
    for (String type : List.of("DateTime", "DateTime64(6)", "DateTime64(0)")) {
      String expected =
          hex(ColumnWriter.create(type, ZoneId.of("Asia/Tokyo")), "2024-02-29T10:15:30Z");
      for (Map.Entry<String, Long> one :
          Map.of(
                  "epoch_s", 1_709_201_730L,
                  "epoch_ms", 1_709_201_730_000L,
                  "epoch_us", 1_709_201_730_000_000L,
                  "epoch_ns", 1_709_201_730_000_000_000L)
              .entrySet()) {
        assertThat(hex(column(type, one.getKey()), one.getValue())).isEqualTo(expected);
      }
      Schema millis = SchemaBuilder.int64().name("io.debezium.time.Timestamp").build();
      ColumnWriter column = column(type, "epoch_ns");
      column.append(1_709_201_730_000L, millis);
      assertThat(Cells.hex(column)).isEqualTo(expected);
    }
    assertThatThrownBy(() -> column("DateTime", "epoch_ms").append(1_709_201_730_001L))
        .hasMessageContaining("fraction of a second");
  }

  @ParameterizedTest
  @ValueSource(strings = {"c", "c:", ":yyyy", "c:yyyy-QQQQQQQ", "c:yyyy;c:epoch_s"})
  void mistakesAreReported(String entries) {
    assertThatThrownBy(() -> TimeFormats.check("time.formats", entries))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("time.formats");
  }
}
