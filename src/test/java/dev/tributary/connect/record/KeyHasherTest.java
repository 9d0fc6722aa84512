package dev.tributary.connect.record;

import static dev.tributary.connect.record.Records.map;
import static dev.tributary.connect.record.Records.record;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;

@SuppressWarnings("JavaUtilDate") // what Connect's logical types are
class KeyHasherTest {

  private static List<Long> hash(List<String> paths, Object value) {
    KeyHasher hasher =
        new KeyHasher(paths.stream().map(path -> FieldPath.parse("key.fields", path)).toList());
    assertThat(hasher.hash(record(null, value))).isTrue();
    return List.of(hasher.high(), hasher.low());
  }

  private static List<Long> key(Object... parts) {
    Map<String, Object> value = new LinkedHashMap<>();
    for (int i = 0; i < parts.length; i++) {
      value.put("f" + i, parts[i]);
    }
    return hash(List.copyOf(value.keySet()), value);
  }

  private static void assertAllDiffer(Object... values) {
    assertThat(Arrays.stream(values).map(KeyHasherTest::key).distinct()).hasSize(values.length);
  }

  private static void assertAllEqual(Object... values) {
    assertThat(Arrays.stream(values).map(KeyHasherTest::key).distinct()).hasSize(1);
  }

  @Test
  void values_of_different_types_differ() {
    assertAllDiffer(
        1, "1", 1.0, true, new byte[] {1}, new Date(1), List.of(1), map("1", 1), List.of());
    assertThat(key(List.of(1), 2)).isNotEqualTo(key(1, List.of(2)));
  }

  @Test
  void null_differs_from_everything_inside_a_value() {
    assertAllDiffer(
        Arrays.asList((Object) null),
        List.of(0),
        List.of(""),
        List.of(false),
        List.of(0.0),
        List.of(),
        Arrays.asList(null, null));
  }

  @Test
  void integers_are_equal_across_all_widths() {
    assertAllEqual((byte) 42, (short) 42, 42, 42L, BigInteger.valueOf(42));
    assertAllEqual((byte) -1, -1L, BigInteger.valueOf(-1));
  }

  @Test
  void large_integers_stay_exact() {
    assertAllDiffer(9007199254740992L, 9007199254740993L);
    BigInteger beyond = new BigInteger("18446744073709551615");
    assertAllDiffer(beyond, beyond.subtract(BigInteger.ONE), -1L);
    assertAllEqual(beyond, new BigInteger("18446744073709551615"));
    assertAllDiffer(Long.MAX_VALUE, BigInteger.valueOf(Long.MAX_VALUE).add(BigInteger.ONE));
  }

  @Test
  void decimals_ignore_trailing_zeros_only() {
    assertAllEqual(new BigDecimal("1.50"), new BigDecimal("1.5"), new BigDecimal("1.5000"));
    assertAllEqual(new BigDecimal("100"), new BigDecimal("1E+2"));
    assertAllEqual(new BigDecimal("0.00"), BigDecimal.ZERO);
    assertAllDiffer(new BigDecimal("1.5"), new BigDecimal("15"), new BigDecimal("0.15"));
    assertAllDiffer(
        new BigDecimal("12345678901234.567891"), new BigDecimal("12345678901234.567892"));
  }

  @Test
  void fractions_are_equal_whatever_class_a_converter_gives_them() {
    assertAllEqual(1.5f, 1.5, new BigDecimal("1.5"), new BigDecimal("1.50"));
    assertAllEqual(0.1f, 0.1, new BigDecimal("0.1"));
    assertAllEqual(1.0, 1.0f, BigDecimal.ONE, new BigDecimal("1.0"));
    assertAllEqual(Double.parseDouble("8.41e21"), new BigDecimal("8.41e21"));
    assertAllEqual(Double.MIN_VALUE, new BigDecimal("5e-324"));
    assertAllEqual(Double.MAX_VALUE, new BigDecimal("1.7976931348623157e308"));
    assertAllDiffer(0.1 + 0.2, 0.3, new BigDecimal("0.30000000000000000001"));
    assertAllEqual(Double.NaN, Float.NaN, Double.longBitsToDouble(0x7ff8000000000001L));
    assertAllEqual(0.0, -0.0, -0.0f, BigDecimal.ZERO);
    assertAllDiffer(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN);
  }

  @Test
  void bytes_are_equal_however_they_are_held() {
    ByteBuffer slice = ByteBuffer.wrap(new byte[] {9, 1, 2, 9});
    slice.position(1).limit(3);
    assertAllEqual(new byte[] {1, 2}, ByteBuffer.wrap(new byte[] {1, 2}), slice);
    assertThat(slice.position()).isEqualTo(1);
    assertAllDiffer(new byte[] {}, new byte[] {0}, new byte[] {0, 0});
  }

  @Test
  void texts_are_equal_by_characters() {
    assertAllDiffer("", "a", "ä", "€", "\uD83D\uDE00", "\uD83D", "\uDE00", "?", "a\0");
    assertAllEqual("ä€\uD83D\uDE00", new String("ä€\uD83D\uDE00".toCharArray()));
  }

  @Test
  void instants_are_equal_by_time() {
    assertAllEqual(new Date(1234), Date.from(Instant.ofEpochMilli(1234)));
    assertAllDiffer(new Date(1234), new Date(1235), 1234L);
  }

  @Test
  void parts_do_not_run_into_each_other() {
    assertThat(key("a", "bc")).isNotEqualTo(key("ab", "c"));
    assertThat(key("a", "b")).isNotEqualTo(key("b", "a"));
    assertThat(key("a")).isNotEqualTo(key("a", ""));
    assertThat(key(List.of("a", "b"))).isNotEqualTo(key("a", "b"));
    assertThat(key(List.of("a"), "b")).isNotEqualTo(key(List.of("a", "b")));
  }

  @Test
  void maps_are_equal_whatever_their_order() {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("a", 1);
    one.put("b", "x");
    Map<String, Object> other = new LinkedHashMap<>();
    other.put("b", "x");
    other.put("a", 1L);
    assertAllEqual(one, other);
    assertAllDiffer(map("a", 1, "b", 2), map("a", 2, "b", 1), map("a", 1), map("a", 1, "b", null));
    assertAllDiffer(map("a", map("b", 1)), map("a", map("c", 1)));
  }

  @Test
  void a_struct_equals_a_map_of_its_content() {
    Schema inner = SchemaBuilder.struct().field("n", Schema.INT8_SCHEMA).build();
    Schema schema =
        SchemaBuilder.struct()
            .field("id", Schema.INT32_SCHEMA)
            .field("name", SchemaBuilder.string().optional().defaultValue("x").build())
            .field("in", inner)
            .build();
    Struct struct = new Struct(schema).put("id", 7).put("in", new Struct(inner).put("n", (byte) 1));
    Map<String, ?> same = map("in", map("n", 1L), "id", 7L, "name", null);
    assertAllEqual(struct, same);
    assertThat(hash(List.of("id", "in"), struct)).isEqualTo(hash(List.of("id", "in"), same));
  }

  @Test
  void an_empty_list_of_fields_means_the_record_key() {
    KeyHasher hasher = new KeyHasher(List.of());
    assertThat(hasher.hash(record("k", null))).isTrue();
    List<Long> ofKey = List.of(hasher.high(), hasher.low());
    assertThat(ofKey).isEqualTo(key("k"));
    assertThat(hasher.hash(record(null, "v"))).isFalse();
    assertThat(hasher.absence()).isEqualTo("key field 'key:' is null");
  }

  @Test
  void a_key_with_a_missing_or_null_part_is_no_key() {
    KeyHasher hasher = new KeyHasher(List.of(FieldPath.parse("k", "a"), FieldPath.parse("k", "b")));
    assertThat(hasher.hash(record(null, map("a", 1)))).isFalse();
    assertThat(hasher.absence()).isEqualTo("key field 'b' is missing");
    assertThat(hasher.hash(record(null, map("a", null, "b", 1)))).isFalse();
    assertThat(hasher.absence()).isEqualTo("key field 'a' is null");
    assertThat(hasher.hash(record(null, null))).isFalse();
  }

  @Test
  void an_unknown_type_names_the_field() {
    KeyHasher hasher = new KeyHasher(List.of(FieldPath.parse("k", "a")));
    assertThatThrownBy(() -> hasher.hash(record(null, map("a", Thread.currentThread()))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("'a'")
        .hasMessageContaining("java.lang.Thread");
  }

  @Property
  void a_double_is_the_number_whose_text_it_was_read_from(
      @ForAll @IntRange(min = 1, max = 15) int digits,
      @ForAll long unscaled,
      @ForAll @IntRange(min = -280, max = 280) int scale) {
    BigDecimal read =
        new BigDecimal(BigInteger.valueOf(unscaled), scale).round(new MathContext(digits));
    assertAllEqual(read, Double.parseDouble(read.toString()));
    if (digits <= 6 && Math.abs(scale) < 10) {
      assertAllEqual(read, Float.parseFloat(read.toString()));
    }
  }

  @Property
  void a_double_stands_for_a_number_that_is_read_as_that_double(@ForAll double value) {
    assertThat(ExactNumbers.shortest(value).doubleValue()).isEqualTo(value + 0.0);
    float single = (float) value;
    if (Float.isFinite(single)) {
      assertThat(ExactNumbers.shortest(single).floatValue()).isEqualTo(single + 0.0f);
    }
  }

  @Property
  void long_keys_reuse_the_buffer(@ForAll List<String> parts, @ForAll String last) {
    KeyHasher hasher = new KeyHasher(List.of(FieldPath.parse("k", "a")));
    hasher.hash(record(null, map("a", parts)));
    hasher.hash(record(null, map("a", last)));
    assertThat(List.of(hasher.high(), hasher.low())).isEqualTo(key(last));
  }
}
