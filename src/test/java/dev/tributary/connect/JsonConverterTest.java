package dev.tributary.connect;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.json.JsonRecord;
import dev.tributary.connect.record.ExactNumbers;
import dev.tributary.connect.record.UnreadableValue;
import dev.tributary.connect.state.TaskScope;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonConverterTest {

  private final JsonConverter converter = new JsonConverter();

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private @Nullable Object read(String json) {
    SchemaAndValue read = converter.toConnectData("topic", bytes(json));
    assertThat(read.schema()).isNull();
    return read.value();
  }

  @Test
  void numbers_have_classes_of_connect_that_lose_nothing() {
    assertThat(read("9223372036854775807")).isEqualTo(Long.MAX_VALUE);
    assertThat(read("-0")).isEqualTo(0L);
    assertThat(read("1.10")).isEqualTo(1.1);
    assertThat(read("1e3")).isEqualTo(1000.0);
    assertThat(read("18446744073709551615")).isEqualTo("18446744073709551615");
    assertThat(read("12345678901234.567891")).isEqualTo("12345678901234.567891");
    assertThat(read("1e400")).isEqualTo("1E+400");
    assertThat(read("1e-400")).isEqualTo("1E-400");
  }

  @Test
  void our_own_readers_see_all_digits() {
    for (String number :
        List.of("18446744073709551615", "12345678901234.567891", "1e400", "1e-999999999")) {
      assertThat(ExactNumbers.exact(read(number))).isEqualTo(exact(number));
      Map<?, ?> copy = new HashMap<>((Map<?, ?>) requireNonNull(read("{\"n\":" + number + "}")));
      assertThat(ExactNumbers.get(copy, "n")).isEqualTo(exact(number));
    }
    assertThat(ExactNumbers.exact("18446744073709551615")).isInstanceOf(String.class);
    assertThat(ExactNumbers.exact(read("\"18446744073709551615\""))).isInstanceOf(String.class);
  }

  private static Number exact(String number) {
    return number.matches("\\d+") ? new BigInteger(number) : new BigDecimal(number);
  }

  @Test
  void values_become_what_connect_calls_schemaless() {
    Object value = read("{\"b\":true,\"a\":[1,\"x\",null,{\"ü\":\"\\u00e9\"}]}");

    assertThat(value)
        .isEqualTo(Map.of("b", true, "a", Arrays.asList(1L, "x", null, Map.of("ü", "é"))));
    assertThat(((Map<?, ?>) requireNonNull(value)).keySet().iterator().next()).isEqualTo("b");
    assertThat(read("null")).isNull();
    assertThat(converter.toConnectData("topic", null)).isEqualTo(SchemaAndValue.NULL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"secret", "", "{\"secret\":", "[1,]", "{} secret", "'secret'", "NaN", "01"})
  void text_that_is_not_json_is_an_error_that_quotes_nothing(String text) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Topic topic: the value cannot be read, it is not JSON")
        .hasMessageNotContaining("secret")
        .satisfies(e -> assertThat(String.valueOf(e.getCause())).doesNotContain("secret"));
  }

  @Test
  void text_that_is_not_utf8_is_an_error() {
    byte[] latin1 = "\"é\"".getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> converter.toConnectData("topic", latin1))
        .isInstanceOf(DataException.class);
  }

  @Test
  void nesting_without_end_is_an_error_and_not_an_overflow() {
    assertThatThrownBy(() -> read("[".repeat(100_000))).isInstanceOf(DataException.class);
  }

  @Test
  void in_a_task_of_our_sink_the_sink_tells_what_cannot_be_read() {
    JsonConverter key = new JsonConverter();
    key.configure(Map.of(), true);
    try (TaskScope scope = TaskScope.enter("connector", "0", Map.of())) {
      assertThat(TaskScope.current()).contains(scope);
      assertThat(read("not json")).isInstanceOf(UnreadableValue.class);
      assertThat(read("{\"a\":1,\"a\":2}")).isInstanceOf(UnreadableValue.class);
      assertThat(read("{\"a\":[01]}")).isInstanceOf(UnreadableValue.class);
      assertThat(read("{\"a\":1}")).isInstanceOf(JsonRecord.class).isEqualTo(Map.of("a", 1L));
      assertThatThrownBy(() -> key.toConnectData("topic", bytes("not json")))
          .isInstanceOf(DataException.class);
    }
    assertThatThrownBy(() -> read("not json")).isInstanceOf(DataException.class);
  }

  @Test
  void another_connector_gets_an_ordinary_map() {
    assertThat(read("{\"a\":1}")).isExactlyInstanceOf(LinkedHashMap.class);
  }

  @Test
  void what_is_read_is_written_the_same() {
    String json = "{\"a\":[1,\"x\",null,true,18446744073709551615,1.10],\"b\":{}}";

    try (TaskScope scope = TaskScope.enter("connector", "0", Map.of())) {
      assertThat(TaskScope.current()).contains(scope);
      assertThat(converter.fromConnectData("topic", null, read(json))).isEqualTo(bytes(json));
    }
    // A copy has no zeros behind a fraction.
    assertThat(converter.fromConnectData("topic", null, read(json)))
        .isEqualTo(bytes(json.replace("1.10", "1.1")));
    assertThat(converter.fromConnectData("topic", null, null)).isNull();
  }

  @Test
  void envelope_of_kafkas_converter_is_refused_when_asked_for() {
    converter.configure(Map.of("schemas.enable", "false"), false);
    assertThatThrownBy(() -> converter.configure(Map.of("schemas.enable", "true"), false))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("org.apache.kafka.connect.json.JsonConverter");
    assertThat(List.of(converter.version())).doesNotContain("unknown");
  }
}
