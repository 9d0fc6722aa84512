package dev.tributary.connect.json;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tributary.connect.record.ExactNumbers;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The reader against Jackson, and what it refuses beyond it. */
class JsonReaderTest {

  private static final ObjectMapper JACKSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final String[] PARTS = {
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    " ",
    "\n",
    "\t",
    "null",
    "true",
    "false",
    "0",
    "-",
    "1",
    "12",
    ".",
    "e",
    "E+",
    "5",
    "\"a\"",
    "\"b\"",
    "\"\"",
    "{}",
    "[]",
    "\"a\":1",
    "\"b\":[1,2]",
    "\\n",
    "\\u00e9",
    "\\ud83d\\ude00",
    "\\ud800",
    "é",
    "漢",
    "😀",
    "a long text without an end",
    "\u0001",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "1.10",
    "-0",
    "-0.0"
  };

  private final JsonReader reader = new JsonReader();

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What both say of a text; a refusal is null here and there. */
  private void compare(String text) {
    Object expected = null;
    boolean accepts = !text.isBlank();
    try {
      expected = accepts ? longs(JACKSON.readValue(bytes(text), Object.class)) : null;
    } catch (JsonProcessingException | NumberFormatException e) {
      accepts = false;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    if (accepts) {
      assertThat(reader.read(bytes(text))).as(text).isEqualTo(expected);
      Object connects = ExactNumbers.toConnect(expected);
      assertThat(reader.readForConnect(bytes(text))).as(text).isEqualTo(connects);
      assertThat(reader.readLazily(bytes(text))).as(text).isEqualTo(connects);
      assertThat(connects).as(text).isEqualTo(reader.readLazily(bytes(text)));
      assertThat(ExactNumbers.exact(reader.readLazily(bytes(text))))
          .as(text)
          .isIn(expected, connects);
      compareFields(reader.readLazily(bytes(text)), expected);
    } else {
      assertThatThrownBy(() -> reader.readLazily(bytes(text)))
          .as(() -> "accepted, and Jackson refuses it: " + text)
          .isInstanceOf(DataException.class);
    }
  }

  /** Jackson makes small numbers an Integer. */
  private static @Nullable Object longs(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<Object, @Nullable Object> all = new LinkedHashMap<>();
      map.forEach((name, field) -> all.put(name, longs(field)));
      return all;
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> all = new ArrayList<>();
      list.forEach(element -> all.add(longs(element)));
      return all;
    }
    return value instanceof Integer number ? (Long) number.longValue() : value;
  }

  private static void compareFields(@Nullable Object found, @Nullable Object expected) {
    if (found instanceof JsonRecord record && expected instanceof Map<?, ?> map) {
      assertThat(record.size()).isEqualTo(map.size());
      for (Object name : map.keySet()) {
        assertThat(record.containsKey(name)).isTrue();
        Object field = new JsonField((String) name).read(record, "absent");
        assertThat(field instanceof JsonSlice slice ? slice.value() : field)
            .isEqualTo(map.get(name));
        assertThat(record.exact(name)).isEqualTo(map.get(name));
        assertThat(record.get(name)).isEqualTo(ExactNumbers.toConnect(map.get(name)));
      }
      assertThat(record.exact().keySet()).isEqualTo(map.keySet());
      Object connects = requireNonNull(ExactNumbers.toConnect(map));
      assertThat(record.hashCode()).isEqualTo(connects.hashCode());
      assertThat(record.toString()).isEqualTo(connects.toString());
    }
  }

  /** Random pieces are mostly no JSON; pieces of a valid text, exchanged, often are. */
  @Test
  void accepts_and_reads_what_jackson_does() {
    Random random = new Random(42);
    String[] seeds = {
      "{\"a\":1,\"b\":\"x\",\"c\":[1,2.5,null,{\"d\":\"\\u00e9\"}],\"e\":{\"f\":true,\"g\":[]}}",
      "{ \"id\" : 18446744073709551615 , \"text\" : \"long enough for eight at a time\" }",
      "[[],[[]],{},\"\",0,-1.5e-3]"
    };
    for (String seed : seeds) {
      compare(seed);
    }
    for (int i = 0; i < 60_000; i++) {
      StringBuilder text = new StringBuilder(i % 3 == 0 ? "" : seeds[random.nextInt(seeds.length)]);
      for (int change = 0; change <= random.nextInt(3); change++) {
        int at = random.nextInt(text.length() + 1);
        int end = Math.min(text.length(), at + random.nextInt(3));
        text.replace(at, end, PARTS[random.nextInt(PARTS.length)]);
      }
      // Only whole characters: Jackson replaces half ones when it is given text.
      if (StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
        compare(text.toString());
      }
    }
  }

  @Test
  void strings_of_every_length_and_character_are_read() {
    for (int length = 0; length < 40; length++) {
      for (String special :
          List.of("", "\\\"", "\\\\", "ß", "€", "😀", "\\ud83d\\ude00", "\u007f")) {
        compare(
            "{\"" + "n".repeat(length) + special + "\":\"" + "x".repeat(length) + special + "y\"}");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "[{\"a\":1,\"b\":2,\"a\":1}]",
        "{\"x\":{\"a\":1,\"\\u0061\":2}}"
      })
  void name_that_stands_twice_is_an_error(String text) {
    // Also when these names have been seen before.
    for (int time = 0; time < 2; time++) {
      assertThatThrownBy(() -> reader.readLazily(bytes(text)))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("a name twice");
    }
  }

  @Test
  void name_that_stands_twice_among_many_is_an_error() {
    StringBuilder many = new StringBuilder("\"n0\":0");
    for (int i = 1; i < 2_000; i++) {
      many.append(",\"n").append(i).append("\":").append(i);
    }
    assertThat((Map<?, ?>) reader.readLazily(bytes("{" + many + "}"))).hasSize(2_000);
    for (String text : List.of("{" + many + ",\"n7\":1}", "[{" + many + ",\"n7\":1}]")) {
      assertThatThrownBy(() -> reader.readLazily(bytes(text)))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("a name twice");
    }
  }

  @Test
  void bytes_that_no_utf8_has_are_an_error_everywhere() {
    int[][] wrong = {
      {0x80},
      {0xC0, 0x80},
      {0xC1, 0xBF},
      {0xC3},
      {0xC3, 0x28},
      {0xE0, 0x80, 0x80},
      {0xE2, 0x82},
      {0xED, 0xA0, 0x80},
      {0xF0, 0x80, 0x80, 0x80},
      {0xF4, 0x90, 0x80, 0x80},
      {0xF5, 0x80, 0x80, 0x80},
      {0xFE},
      {0xFF}
    };
    for (int[] sequence : wrong) {
      for (String frame :
          List.of("{\"a\":\"?\"}", "{\"?\":1}", "[\"1234567?\"]", "\"?123456789\"")) {
        byte[] text = frame.getBytes(StandardCharsets.ISO_8859_1);
        int at = frame.indexOf('?');
        byte[] broken = new byte[text.length - 1 + sequence.length];
        System.arraycopy(text, 0, broken, 0, at);
        for (int i = 0; i < sequence.length; i++) {
          broken[at + i] = (byte) sequence[i];
        }
        System.arraycopy(text, at + 1, broken, at + sequence.length, text.length - at - 1);
        assertThatThrownBy(() -> reader.readLazily(broken)).isInstanceOf(DataException.class);
      }
    }
  }

  @Test
  void name_with_a_quote_is_not_taken_for_the_text_after_another() {
    for (int time = 0; time < 2; time++) {
      compare("{\"a\\\":1,\":2}");
      compare("{\"a\":1,\"b\":2}");
    }
  }

  @Test
  void byte_order_mark_is_passed() {
    assertThat(reader.read(bytes("\uFEFF{\"a\":1}"))).isEqualTo(Map.of("a", 1L));
  }

  @Test
  void depth_and_length_have_bounds() {
    assertThat(reader.read(bytes("[".repeat(1000) + "]".repeat(1000)))).isInstanceOf(List.class);
    assertThat(reader.read(bytes("9".repeat(1000)))).isInstanceOf(BigInteger.class);
    assertThatThrownBy(() -> reader.read(bytes("[".repeat(1001) + "]".repeat(1001))))
        .hasMessageContaining("nested deeper than 1000");
    assertThatThrownBy(() -> reader.read(bytes("{\"a\":" + "9".repeat(1001) + "}")))
        .hasMessageContaining("at byte 5 has more than 1000");
    assertThatThrownBy(() -> reader.read(bytes("1e1234567890"))).hasMessageContaining("range");
    assertThat(reader.read(bytes("1e0000000000001"))).hasToString("1E+1");
  }

  @Test
  void record_is_a_map_that_can_be_changed() {
    Object read = reader.readLazily(bytes("{\"a\":1,\"b\":[1],\"c\":null}"));
    assertThat(read).isInstanceOf(JsonRecord.class);
    @SuppressWarnings("unchecked")
    Map<String, @Nullable Object> record = (Map<String, @Nullable Object>) read;
    JsonField list = new JsonField("b");
    @SuppressWarnings("unchecked")
    List<Object> handedOut = requireNonNull((List<Object>) record.get("b"));
    handedOut.add(2L);

    assertThat(list.read((JsonRecord) record, "absent")).isEqualTo(List.of(1L, 2L));
    assertThat(record.put("a", 5L)).isEqualTo(1L);
    assertThat(record.put("d", "new")).isNull();
    assertThat(record.remove("c")).isNull();
    assertThat(record).isEqualTo(Map.of("a", 5L, "b", List.of(1L, 2L), "d", "new"));
    assertThat(new JsonField("a").read((JsonRecord) record, "absent")).isEqualTo(5L);
    assertThat(new JsonField("d").read((JsonRecord) record, "absent")).isEqualTo("new");
    assertThat(new JsonField("c").read((JsonRecord) record, "absent")).isEqualTo("absent");
    assertThat(new ArrayList<>(record.keySet())).containsExactly("a", "b", "d");
    record.clear();
    assertThat(record).isEmpty();
  }

  @Test
  void field_is_found_in_records_of_changing_shape() {
    JsonField field = new JsonField("b");
    Map<String, @Nullable Object> expected = new LinkedHashMap<>();
    expected.put("{\"a\":1,\"b\":2}", 2L);
    expected.put("{\"b\":3,\"a\":1}", 3L);
    expected.put("{\"a\":1,\"\\u0062\":4}", 4L);
    expected.put("{\"a\":1,\"b\":null}", null);
    expected.put("{\"a\":1}", "absent");
    expected.put("{\"a\":{\"b\":1}}", "absent");
    expected.put("{}", "absent");
    for (int time = 0; time < 3; time++) {
      expected.forEach(
          (text, value) -> {
            JsonRecord record = (JsonRecord) requireNonNull(reader.readLazily(bytes(text)));
            Object found = field.read(record, "absent");
            assertThat(found instanceof JsonSlice slice ? slice.value() : found)
                .as(text)
                .isEqualTo(value);
          });
    }
  }

  @Test
  void names_that_vary_from_record_to_record_fill_no_heap() {
    byte[] text = bytes("{\"a\":1}");
    Set<FieldNames> trees = new HashSet<>();
    int records = 3 * FieldNames.MOST_NAMES;
    for (int i = 0; i < records; i++) {
      JsonRecord record = (JsonRecord) requireNonNull(reader.readLazily(text));
      JsonRecord more = record.plus(new String[] {"n" + i}, new @Nullable Object[] {i});
      assertThat(more.get("n" + i)).isEqualTo(i);
      trees.add(record.names());
    }
    // A tree that is full is left to the garbage collector, with all its names.
    assertThat(trees).hasSize(4);
    JsonRecord old = (JsonRecord) requireNonNull(reader.readLazily(text));
    for (int i = 0; i < FieldNames.MOST_NAMES; i++) {
      assertThat(old.plus(new String[] {"x" + i}, new @Nullable Object[] {i}).size()).isEqualTo(2);
    }
    JsonRecord late = old.plus(new String[] {"x", "y"}, new @Nullable Object[] {1, null});
    assertThat(old.names().known("x")).isNull();
    assertThat(late).isEqualTo(new LinkedHashMap<>(late)).containsEntry("x", 1).hasSize(3);
  }

  @Test
  void a_name_that_would_be_there_twice_is_refused() {
    JsonRecord record = (JsonRecord) requireNonNull(reader.readLazily(bytes("{\"a\":1}")));
    for (String[] added : new String[][] {{"a"}, {"b", "b"}, {"b", "c", "a"}}) {
      assertThatThrownBy(() -> record.plus(added, new @Nullable Object[added.length]))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("two fields");
    }
    assertThat(record).hasSize(1);
  }

  @Test
  void record_with_more_fields_is_the_map_with_more_entries() {
    byte[] text = bytes("{\"a\":1,\"b\":[1],\"c\":null}");
    String[] names = {"d", "e"};
    for (boolean lookedAt : List.of(false, true)) {
      JsonRecord record = (JsonRecord) requireNonNull(reader.readLazily(text));
      Map<String, @Nullable Object> expected = new LinkedHashMap<>(record.exact());
      expected.put("d", "new");
      expected.put("e", null);
      record = (JsonRecord) requireNonNull(reader.readLazily(text));
      if (lookedAt) {
        assertThat(record.get("b")).isEqualTo(List.of(1L));
      }
      JsonRecord more = record.plus(names, new @Nullable Object[] {"new", null});
      Object shape = more.shape();

      assertThat(shape).isSameAs(record.plus(names, new @Nullable Object[] {1, 2}).shape());
      assertThat(new JsonField("a").read(more, "absent")).isInstanceOf(JsonSlice.class);
      assertThat(new JsonField("d").read(more, "absent")).isEqualTo("new");
      assertThat(new JsonField("e").read(more, "absent")).isNull();
      assertThat(more.shape()).isSameAs(shape);
      assertThat(more).isEqualTo(expected).hasToString(expected.toString());
      assertThat(record).hasSize(3);
      assertThat(reader.readLazily(text)).isEqualTo(record);
    }
  }

  @Test
  void names_can_be_gone_through_and_removed() {
    JsonRecord record = (JsonRecord) requireNonNull(reader.readLazily(bytes("{\"a\":1,\"b\":2}")));
    Iterator<String> names = record.keySet().iterator();

    assertThat(names.next()).isEqualTo("a");
    names.remove();
    assertThat(names.next()).isEqualTo("b");
    assertThat(names.hasNext()).isFalse();
    assertThat(record).isEqualTo(Map.of("b", 2L));
    assertThat(record.keySet()).containsExactly("b");
  }
}
