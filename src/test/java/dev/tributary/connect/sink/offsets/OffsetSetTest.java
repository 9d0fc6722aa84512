package dev.tributary.connect.sink.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class OffsetSetTest {

  @Property
  void agrees_with_a_set(
      @ForAll @Size(max = 40) Set<@LongRange(max = 50) Long> one,
      @ForAll @Size(max = 40) Set<@LongRange(max = 50) Long> two)
      throws IOException {
    OffsetSet a = set(one);
    OffsetSet b = set(two);

    assertThat(elements(a)).isEqualTo(new TreeSet<>(one));
    assertThat(a.size()).isEqualTo(one.size());
    for (long offset = -1; offset <= 51; offset++) {
      assertThat(a.contains(offset)).isEqualTo(one.contains(offset));
    }
    Set<Long> both = new TreeSet<>(one);
    both.retainAll(two);
    assertThat(a.intersect(b)).isEqualTo(set(both));
    Set<Long> all = new TreeSet<>(one);
    all.addAll(two);
    assertThat(a.plus(b)).isEqualTo(set(all));
    Set<Long> rest = new TreeSet<>(one);
    rest.removeAll(two);
    assertThat(a.minus(b)).isEqualTo(set(rest));
    assertThat(copy(a)).isEqualTo(a);
  }

  @Test
  void takes_few_bytes_where_gaps_are_few() throws IOException {
    assertThat(bytes(OffsetSet.range(5_000_000_000L, 5_000_010_000L))).hasSizeLessThan(10);
  }

  private static OffsetSet set(Set<Long> offsets) {
    return OffsetSet.of(offsets.stream().mapToLong(Long::longValue).toArray());
  }

  private static Set<Long> elements(OffsetSet set) {
    Set<Long> elements = new TreeSet<>();
    set.forEach(elements::add);
    return elements;
  }

  private static OffsetSet copy(OffsetSet set) throws IOException {
    return OffsetSet.read(ByteBuffer.wrap(bytes(set)));
  }

  private static byte[] bytes(OffsetSet set) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    set.write(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }
}
