package dev.tributary.connect.sink.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.table.TableId;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ProgressRecordTest {

  private static final TableId TABLE = new TableId("default", "t");

  @Property(tries = 100)
  void a_record_of_progress_comes_back_as_it_was(@ForAll long seed) {
    Random random = new Random(seed);
    long[] offsets = random.longs(20, 0, 100).toArray();
    Intent intent =
        new Intent(
            random.nextInt(100),
            1 + random.nextInt(3),
            TABLE,
            OffsetSet.of(offsets),
            new TreeMap<>(Map.of(2L, OffsetSet.of(Arrays.copyOf(offsets, 5)))),
            random.nextBoolean()
                ? Optional.empty()
                : Optional.of(new TokenAge(random.nextInt(), Map.of(TABLE, random.nextLong()))));
    ProgressRecord progress =
        new ProgressRecord(
            7,
            random.nextLong(),
            9,
            random.nextInt(1000),
            OffsetSet.of(1, 5),
            Map.of(TABLE, 99L),
            List.of(intent));
    assertThat(ProgressRecord.decode(progress.encode())).isEqualTo(progress);
  }
}
