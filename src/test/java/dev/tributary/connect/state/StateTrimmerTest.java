package dev.tributary.connect.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.state.StateTrimmer.Content;
import dev.tributary.connect.state.StateTrimmer.Cut;
import dev.tributary.connect.util.ManualTime;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;

/** Keys say what becomes of a record: d1 is dead, n2 needed, f3 somebody else's, u4 no state. */
class StateTrimmerTest {

  private static final String TOPIC = "orders-state";

  private final FakeCluster cluster = new FakeCluster().withTopic(TOPIC, 1, Map.of());
  private final StateTrimmer trimmer = new StateTrimmer(cluster, TOPIC);

  private void records(String... keys) {
    for (String key : keys) {
      cluster.append(TOPIC, 0, bytes(key), bytes("value of " + key));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(ByteBuffer buffer) {
    return StandardCharsets.UTF_8.decode(buffer.duplicate()).toString();
  }

  private static Content judge(ByteBuffer key, ByteBuffer value) {
    assertThat(text(value)).isEqualTo("value of " + text(key));
    return switch (text(key).charAt(0)) {
      case 'd' -> new Content(1, 0);
      case 'u' -> Content.UNKNOWN;
      default -> new Content(0, 1);
    };
  }

  private Cut trim(long worthwhile, long expected) {
    return trimmer.trim(0, worthwhile, expected, StateTrimmerTest::judge, () -> false);
  }

  /** What the partition holds, in its order. */
  private List<String> left() {
    List<byte[][]> log = cluster.log(TOPIC, 0);
    return log.subList((int) cluster.beginning(TOPIC, 0), log.size()).stream()
        .map(record -> new String(record[0], StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void cuts_what_is_dead_off_the_front_and_nothing_after_it() {
    records("d0", "d1", "d2", "n3", "n4", "n5");
    assertThat(trim(1, 10)).isEqualTo(new Cut(3, 3, 0));
    assertThat(left()).containsExactly("n3", "n4", "n5");
  }

  @Test
  void what_is_needed_in_between_is_appended_again_before_the_cut() {
    records("n0", "d1", "d2", "f3", "d4", "d5", "n6", "n7", "n8");
    List<String> beforeDelete = new ArrayList<>();
    cluster.beforeDelete = () -> beforeDelete.addAll(left());
    assertThat(trim(1, 10)).isEqualTo(new Cut(6, 4, 2));
    assertThat(beforeDelete).endsWith("n8", "n0", "f3");
    assertThat(left()).containsExactly("n6", "n7", "n8", "n0", "f3");
  }

  @Test
  void what_is_no_state_is_never_touched() {
    records("d0", "d1", "u2", "d3", "d4");
    assertThat(trim(1, 10)).isEqualTo(new Cut(2, 2, 0));
    assertThat(left()).containsExactly("u2", "d3", "d4");
    assertThat(trim(1, 10)).isEqualTo(Cut.NONE);
  }

  @Test
  void only_the_live_rest_of_a_partly_dead_record_is_appended_again() {
    records("n0", "m1", "m2", "d3");
    StateTrimmer.Judge judge =
        new StateTrimmer.Judge() {
          @Override
          public Content judge(ByteBuffer key, ByteBuffer value) {
            return text(key).startsWith("m")
                ? new Content(99, 1)
                : StateTrimmerTest.judge(key, value);
          }

          @Override
          public void keep(ByteBuffer key, ByteBuffer value, StateTrimmer.Appending appending) {
            appending.append(bytes("rest of " + text(key)), bytes(text(value)));
          }
        };
    assertThat(trimmer.trim(0, 150, 150, judge, () -> false)).isEqualTo(new Cut(4, 199, 3));
    assertThat(left()).containsExactly("n0", "rest of m1", "rest of m2");
  }

  @Test
  void few_dead_records_are_left_alone() {
    records("d0", "d1", "n2");
    assertThat(trim(3, 10)).isEqualTo(Cut.NONE);
    assertThat(left()).hasSize(3);
  }

  @Test
  void copies_at_most_two_for_one_that_goes() {
    records("n0", "n1", "n2", "d3", "n4");
    assertThat(trim(1, 10)).isEqualTo(Cut.NONE);
    records("d5");
    assertThat(trim(1, 10)).isEqualTo(Cut.NONE);
    records("d6");
    assertThat(trim(1, 10)).isEqualTo(new Cut(7, 3, 4));
    assertThat(left()).containsExactly("n0", "n1", "n2", "n4");
  }

  /** Marks that no longer have an owner, such as those made with other key fields. */
  @Test
  void a_long_front_without_an_owner_does_not_block_trimming_permanently() {
    for (int i = 0; i < 100; i++) {
      records("f" + i);
    }
    for (int i = 0; i < 60; i++) {
      records("d" + i);
    }
    assertThat(trim(1, 40)).isEqualTo(Cut.NONE);
    assertThat(trim(1, 60)).isEqualTo(new Cut(160, 60, 100));
    assertThat(left()).hasSize(100).startsWith("f0").endsWith("f99");
  }

  @Test
  void a_record_that_never_expires_does_not_stop_the_cuts() {
    records("n-year-2099");
    for (int round = 0; round < 5; round++) {
      records("d0", "d1", "d2");
      assertThat(trim(1, 10).dead()).isEqualTo(3);
      assertThat(left()).containsExactly("n-year-2099");
    }
  }

  @Test
  void a_crash_between_appending_and_cutting_harms_nobody() {
    records("n0", "d1", "d2", "n3");
    cluster.deleteFailure = new TopicAuthorizationException("may not delete");
    assertThatThrownBy(() -> trim(1, 10)).hasMessageContaining("may not delete");
    assertThat(left()).containsExactly("n0", "d1", "d2", "n3", "n0");
    cluster.deleteFailure = null;
    trim(1, 10);
    assertThat(left()).containsExactly("n3", "n0", "n0");
  }

  @Test
  void nothing_is_cut_when_what_is_needed_cannot_be_appended() {
    records("n0", "d1", "d2");
    cluster.sendFailure = new TimeoutException("Expiring 1 record(s)");
    assertThatThrownBy(() -> trim(1, 10)).isInstanceOf(StateUnavailableError.class);
    assertThat(left()).containsExactly("n0", "d1", "d2");
  }

  @Test
  void nothing_is_cut_once_it_is_cancelled() {
    records("n0", "d1", "d2");
    Cut cut =
        trimmer.trim(0, 1, 10, StateTrimmerTest::judge, () -> cluster.log(TOPIC, 0).size() > 3);
    assertThat(cut).isEqualTo(Cut.NONE);
    assertThat(left()).containsExactly("n0", "d1", "d2", "n0");
  }

  @Test
  void whatever_the_order_only_dead_records_go() {
    Random random = new Random(17);
    for (int round = 0; round < 300; round++) {
      FakeCluster one = new FakeCluster().withTopic(TOPIC, 1, Map.of());
      one.maxPollRecords = 1 + random.nextInt(20);
      List<String> kept = new ArrayList<>();
      int dead = random.nextInt(101);
      for (int i = 0; i < 100; i++) {
        String key = (random.nextInt(100) < dead ? "d" : random.nextInt(50) == 0 ? "u" : "n") + i;
        one.append(TOPIC, 0, bytes(key), bytes("value of " + key));
        if (key.charAt(0) != 'd') {
          kept.add(key);
        }
      }
      Cut cut =
          new StateTrimmer(one, TOPIC)
              .trim(0, 5, random.nextInt(50), StateTrimmerTest::judge, () -> false);
      assertThat(cut.copied()).isLessThanOrEqualTo(StateTrimmer.COPIES * cut.dead());
      List<byte[][]> log = one.log(TOPIC, 0);
      List<String> left =
          log.subList((int) one.beginning(TOPIC, 0), log.size()).stream()
              .map(record -> new String(record[0], StandardCharsets.UTF_8))
              .toList();
      assertThat(left).containsAll(kept);
      assertThat(left).hasSize(100 - (int) cut.dead());
    }
  }

  @Test
  void a_reading_under_way_misses_nothing_of_what_moves() {
    records("d0", "n1", "d2", "d3", "n4", "n5");
    cluster.maxPollRecords = 1;
    List<String> seen = new ArrayList<>();
    try (StateReader reader =
        new StateReader(cluster.consumer(), TOPIC, new ManualTime(), "test", left -> {})) {
      reader.read(
          List.of(
              new StateReader.Reading() {
                @Override
                public int partition() {
                  return 0;
                }

                @Override
                public long from() {
                  return 0;
                }

                @Override
                public void visit(ByteBuffer key, ByteBuffer value) {
                  if (seen.isEmpty()) {
                    assertThat(trim(1, 10)).isEqualTo(new Cut(4, 3, 1));
                  }
                  seen.add(text(key));
                }

                @Override
                public void ended(long end) {
                  assertThat(end).isEqualTo(7);
                }
              }));
    }
    assertThat(seen).containsExactly("d0", "n4", "n5", "n1");
  }
}
