package dev.tributary.connect.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.foreign.MatrixValues;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

/** Whatever a record holds: its key, its time and its size are found or refused at once. */
class OddKeysTest {

  private static SinkRecord record(MatrixValues.Value odd, boolean whole) {
    return whole
        ? new SinkRecord("t", 0, odd.schema(), odd.value(), odd.schema(), odd.value(), 0, 5L, null)
        : Records.record(null, Records.map("a", odd.value()));
  }

  private static FieldPath path(String path) {
    return FieldPath.parse("key.fields", path);
  }

  @Test
  void a_key_is_hashed_or_refused() {
    List<KeyHasher> hashers =
        List.of(
            new KeyHasher(List.of()),
            new KeyHasher(List.of(path("a"))),
            new KeyHasher(List.of(path("a.a.a"), path("key:x.y"), path("header:a"))));
    for (MatrixValues.Value odd : OddValue.some()) {
      for (KeyHasher hasher : hashers) {
        OddValue.meets(odd.name(), () -> hasher.hash(record(odd, true)));
        OddValue.meets(odd.name(), () -> hasher.hash(record(odd, false)));
      }
    }
  }

  @Test
  void an_event_time_is_found_or_missing() {
    EventTime time = EventTime.parse("time", "field:a", OnMissingTime.RECORD, () -> 0);
    for (MatrixValues.Value odd : OddValue.some()) {
      Throwable thrown =
          OddValue.meets(
              odd.name(),
              () -> time.movesStreamTime(time.of(record(odd, false)), record(odd, true)));
      assertThat(thrown).as(odd.name()).isNull();
    }
  }

  @Test
  void the_memory_of_a_record_is_always_estimated() {
    for (MatrixValues.Value odd : OddValue.some()) {
      Throwable thrown =
          OddValue.meets(
              odd.name(), () -> assertThat(MemoryEstimate.of(record(odd, true))).isGreaterThan(0));
      assertThat(thrown).as(odd.name()).isNull();
    }
  }

  @Test
  void a_key_may_be_as_deep_as_json_and_no_deeper() {
    KeyHasher hasher = new KeyHasher(List.of(path("a")));
    Object list = 1;
    for (int i = 0; i < 1_000; i++) {
      list = List.of(list);
    }
    Object deepest = list;

    assertThat(hasher.hash(Records.record(null, Map.of("a", deepest)))).isTrue();
    assertThat(
            OddValue.meets(
                "a level more",
                () -> hasher.hash(Records.record(null, Map.of("a", List.of(deepest))))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("nested more than 1000 levels deep");
  }

  @Test
  void decimals_are_stripped_of_zeros_up_to_the_last_scale_there_is() {
    for (int scale : new int[] {0, 5, -5, Integer.MAX_VALUE, Integer.MIN_VALUE + 3}) {
      BigDecimal number = new BigDecimal(BigInteger.valueOf(-1_200), scale);
      assertThat(ValueLimits.withoutTrailingZeros(number)).isEqualTo(number.stripTrailingZeros());
    }
    BigDecimal last = new BigDecimal(BigInteger.valueOf(1_200), Integer.MIN_VALUE + 1);
    assertThat(ValueLimits.withoutTrailingZeros(last))
        .isEqualTo(new BigDecimal(BigInteger.valueOf(120), Integer.MIN_VALUE));
    assertThat(ValueLimits.withoutTrailingZeros(new BigDecimal(BigInteger.ZERO, 7)))
        .isEqualTo(BigDecimal.ZERO);
  }
}
