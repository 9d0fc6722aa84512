package dev.tributary.connect.dedup;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class MarkCodecTest {

  private static final Uuid TOPIC = new Uuid(1, 2);

  private final MarkCodec codec = new MarkCodec("shop", "dedup", TOPIC, List.of("id"));

  private record Mark(long high, long low, long offset, long time, boolean moves) {}

  private static byte[] encode(List<Mark> marks) {
    MarkBlock block = new MarkBlock();
    for (Mark mark : marks) {
      block.add(mark.high, mark.low, mark.offset, mark.time, mark.moves);
    }
    assertThat(block.marks()).isEqualTo(marks.size());
    return block.take();
  }

  private static List<Mark> decode(ByteBuffer value) {
    List<Mark> marks = new ArrayList<>();
    MarkCodec.read(
        value,
        (high, low, offset, time, moves) -> marks.add(new Mark(high, low, offset, time, moves)));
    return marks;
  }

  @Test
  void marks_come_back_as_they_were() {
    Random random = new Random(7);
    for (int round = 0; round < 2_000; round++) {
      MarkBlock block = new MarkBlock();
      List<Mark> marks = new ArrayList<>();
      int offsetBits = 1 + random.nextInt(61);
      int timeBits = 1 + random.nextInt(52);
      while (!block.isFull() && random.nextInt(200) > 0) {
        Mark mark =
            new Mark(
                random.nextLong(),
                random.nextLong(),
                random.nextLong() >>> (Long.SIZE - offsetBits),
                random.nextLong() >> (Long.SIZE - timeBits),
                random.nextInt(10) > 0);
        marks.add(mark);
        block.add(mark.high, mark.low, mark.offset, mark.time, mark.moves);
      }
      ByteBuffer somewhere = ByteBuffer.allocate(3 + MarkBlock.CAPACITY).position(3);
      byte[] value = block.take();
      assertThat(value.length).isLessThanOrEqualTo(MarkBlock.CAPACITY);
      somewhere.put(value).flip().position(3);
      assertThat(decode(somewhere)).isEqualTo(marks);
      assertThat(somewhere.position()).isEqualTo(3);
      assertThat(MarkCodec.marksAtMost(somewhere)).isGreaterThanOrEqualTo(marks.size());
      assertThat(block.marks()).isZero();
    }
  }

  @Test
  void a_block_that_was_cleared_starts_over() {
    MarkBlock block = new MarkBlock();
    block.add(1, 2, 3, 4, false);
    block.clear();
    Mark mark = new Mark(5, 6, 7, 8, true);
    block.add(5, 6, 7, 8, true);
    assertThat(decode(ByteBuffer.wrap(block.take()))).containsExactly(mark);
  }

  /** Else compaction would remove marks that are needed. */
  @Test
  void two_records_have_one_key_only_if_they_hold_the_same() {
    byte[] value = encode(List.of(new Mark(1, 2, 10, 100, true), new Mark(3, 4, 11, 100, true)));
    assertThat(codec.key(0, value)).isEqualTo(codec.key(0, value.clone()));
    assertThat(codec.key(1, value)).isNotEqualTo(codec.key(0, value));
    for (byte[] other :
        List.of(
            encode(List.of(new Mark(1, 2, 10, 100, true))),
            encode(List.of(new Mark(1, 2, 10, 100, true), new Mark(3, 5, 11, 100, true))),
            encode(List.of(new Mark(1, 2, 10, 100, true), new Mark(3, 4, 12, 100, true))),
            encode(List.of(new Mark(1, 2, 10, 100, true), new Mark(3, 4, 11, 101, true))),
            encode(List.of(new Mark(1, 2, 10, 100, true), new Mark(3, 4, 11, 100, false))))) {
      assertThat(codec.key(0, other)).isNotEqualTo(codec.key(0, value));
    }
  }

  @Test
  void only_marks_of_the_same_identity_and_partition_are_ones_own() {
    byte[] value = encode(List.of(new Mark(1, 2, 3, 4, true)));
    ByteBuffer key = ByteBuffer.wrap(codec.key(5, value));
    assertThat(codec.isOwn(key, 5)).isTrue();
    assertThat(codec.isOwn(key, 6)).isFalse();
    assertThat(codec.isOwn(ByteBuffer.allocate(44), 5)).isFalse();
    for (MarkCodec other :
        List.of(
            new MarkCodec("shop2", "dedup", TOPIC, List.of("id")),
            new MarkCodec("shop", "dedup2", TOPIC, List.of("id")),
            new MarkCodec("shop", "dedup", new Uuid(1, 3), List.of("id")),
            new MarkCodec("shop", "dedup", TOPIC, List.of("id", "x")))) {
      assertThat(other.isOwn(key, 5)).isFalse();
    }
  }
}
