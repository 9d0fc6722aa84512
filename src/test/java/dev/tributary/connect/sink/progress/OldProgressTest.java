package dev.tributary.connect.sink.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.Fixture;
import dev.tributary.connect.Fixture.Fate;
import dev.tributary.connect.Fixture.Insert;
import dev.tributary.connect.Fixture.Source;
import dev.tributary.connect.sink.exactly.DeliveryLedger;
import dev.tributary.connect.sink.exactly.DeliveryLedger.Admission;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.ProgressWriter.Commit;
import dev.tributary.connect.sink.table.TableId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Claims partitions of an earlier version, with open inserts whose outcome is unknown; see {@link
 * Fixture}.
 */
class OldProgressTest {

  private static final long OWNER = 0x1122334455667788L;

  /** What the tables held when the worker was killed. */
  private record OldRows(Fixture left) implements InsertedOffsets {

    @Override
    public void fence(String token) {}

    @Override
    public Optional<TokenAge> tokenAge(TableId table) {
      return Optional.empty();
    }

    @Override
    public Map<Long, OffsetSet> counts(TableId table, TopicPartition partition, OffsetSet offsets) {
      Map<Long, OffsetSet> counts = new TreeMap<>();
      of(table, partition)
          .forEach(
              (offset, count) -> {
                if (offsets.contains(offset)) {
                  counts.merge(count, OffsetSet.of(offset), OffsetSet::plus);
                }
              });
      return counts;
    }

    @Override
    public long ceiling(TableId table, TopicPartition partition) {
      return of(table, partition).keySet().stream().mapToLong(Long::longValue).max().orElse(-1);
    }

    Map<Long, Long> of(TableId table, TopicPartition partition) {
      Map<Long, Long> rows = new TreeMap<>();
      left.rows().stream()
          .filter(one -> one.table().equals(table.name()))
          .filter(one -> one.partition() == partition.partition())
          .forEach(one -> rows.put(one.offset(), one.count()));
      return rows;
    }
  }

  /** The record of a partition as it was left, and then as it is written. */
  private static final class OldRecord implements FencedRecord {
    byte[] value;

    OldRecord(byte[] value) {
      this.value = value;
    }

    @Override
    public Optional<byte[]> value() {
      return Optional.of(value);
    }

    @Override
    public void write(byte[] next) {
      value = next;
    }

    @Override
    public void close() {}
  }

  /** A partition that this version has claimed. */
  private static final class Taken {
    final SourceId source;
    final byte[] old;
    final OldRecord record;
    final ProgressWriter progress;
    final RestoredProgress restored;

    Taken(Fixture left, int partition, long offset, String metadata) throws Exception {
      source = source(left, partition);
      old = left.lastProgress(hex(source.key())).orElseThrow().valueBytes();
      record = new OldRecord(old);
      progress =
          ProgressWriter.claim(
              source,
              record,
              Optional.of(new Commit(offset, metadata)),
              new OldRows(left),
              Runnable::run,
              () -> 0,
              OWNER);
      restored = progress.restored(0);
    }

    static Taken of(Fixture left, int partition) throws Exception {
      Fixture.Commit commit = left.connector().committed(partition);
      return new Taken(left, partition, commit.offset(), commit.metadata());
    }

    /** In the words of the golden texts below. */
    String describe() {
      ProgressRecord found = ProgressRecord.decode(old);
      StringBuilder description = new StringBuilder();
      description.append("%s %s%n".formatted(source.partition(), progress.metadata()));
      description.append(
          "done below %d but for %s, next insert %d%n"
              .formatted(
                  restored.doneOffsets().doneBelow(),
                  runs(restored.doneOffsets().except()),
                  found.nextNumber()));
      found
          .ceilings()
          .forEach(
              (table, last) -> description.append("%s had rows up to %d%n".formatted(table, last)));
      restored
          .intents()
          .forEach(
              (intent, there) ->
                  description.append(
                      "insert %d.%d into %s of %s, earlier %s, there %s,%n  token %s%n"
                          .formatted(
                              intent.number(),
                              intent.attempt(),
                              intent.table().name(),
                              runs(intent.offsets()),
                              intent.earlier().entrySet().stream()
                                  .map(one -> one.getKey() + " of " + runs(one.getValue()))
                                  .toList(),
                              runs(there),
                              progress.token(intent))));
      return description.toString();
    }
  }

  private static SourceId source(Fixture left, int partition) {
    return new SourceId(
        left.connector().name(), left.connector().source(partition), left.connector().sourceId());
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String runs(OffsetSet offsets) {
    List<String> runs = new ArrayList<>();
    for (int run = 0; run < offsets.runs(); run++) {
      runs.add(offsets.from(run) + "-" + (offsets.end(run) - 1));
    }
    return runs.toString();
  }

  @Test
  void progress_written_by_0_1_0_is_taken_over_as_it_was_left_scope_partition() throws Exception {
    Fixture left = Fixture.of("0.1.0", "orders");
    assertThat(Taken.of(left, 0).describe())
        .isEqualTo(
            """
            orders-0 tributary:1:0ejoludSR8aBIAteRKgYMQ:136671322604215
            done below 14 but for [3-4, 6-11], next insert 5
            default.orders had rows up to 13
            insert 1.1 into orders of [3-4, 6-7], earlier [1 of [3-4, 6-7]], there [3-4, 6-7],
              token 3e128700-b45c-3dbf-84e6-731a92dd9383
            insert 2.1 into orders of [8-11], earlier [1 of [8-11]], there [],
              token 01f83279-0f61-37c6-9e3d-57f7981c65e0
            insert 4.1 into orders of [14-16], earlier [], there [],
              token c0f4ab65-cb56-3c9a-b4e8-08f5487b1603
            """);
    assertThat(Taken.of(left, 1).describe())
        .isEqualTo(
            """
            orders-1 tributary:1:0ejoludSR8aBIAteRKgYMQ:187365795258026
            done below 15 but for [8-8, 10-11], next insert 8
            default.orders had rows up to -1
            default.orders_late had rows up to -1
            insert 4.1 into orders of [8-8, 10-11], earlier [], there [],
              token 54b7c2e8-a9e0-3424-a0b1-e5a465145474
            insert 6.1 into orders_late of [15-16], earlier [], there [15-16],
              token 8e062e91-f584-367b-9721-3f102ae08c18
            insert 7.1 into orders of [17-17], earlier [], there [],
              token 2bce41c7-60e7-3fd0-b84b-416c289aa359
            """);
    assertThat(Taken.of(left, 2).describe())
        .isEqualTo(
            """
            orders-2 tributary:1:0ejoludSR8aBIAteRKgYMQ:198757001017228
            done below 15 but for [11-12], next insert 6
            default.orders had rows up to 7
            insert 3.2 into orders of [11-12], earlier [], there [],
              token 034fb41b-a789-3f5f-91cb-ee55ab79f000
            insert 5.1 into orders of [15-15], earlier [], there [],
              token c396ec56-fe17-3dfd-9622-2432958ddf0a
            """);
  }

  @Test
  void progress_written_by_0_1_0_is_taken_over_as_it_was_left_scope_topic() throws Exception {
    Fixture left = Fixture.of("0.1.0", "clicks");
    assertThat(Taken.of(left, 0).describe())
        .isEqualTo(
            """
            clicks-0 tributary:1:ZABWEDJcQHiWCFi3bF2RNA:264186357113174
            done below 14 but for [3-4, 6-11], next insert 5
            default.clicks had rows up to 13
            insert 1.1 into clicks of [3-4, 6-7], earlier [1 of [3-4, 6-7]], there [3-4, 6-7],
              token 3d88d376-2912-33d5-9dea-b7083c0f1648
            insert 2.1 into clicks of [8-11], earlier [1 of [8-11]], there [],
              token 76073f69-c255-385c-9336-bdccd2cbaaa2
            insert 4.1 into clicks of [14-16], earlier [], there [],
              token d2e89a83-3123-3fcd-8de8-572fe20b9826
            """);
    assertThat(Taken.of(left, 1).describe())
        .isEqualTo(
            """
            clicks-1 tributary:1:ZABWEDJcQHiWCFi3bF2RNA:140194340727604
            done below 15 but for [8-8, 10-11], next insert 8
            default.clicks had rows up to -1
            default.clicks_late had rows up to -1
            insert 4.1 into clicks of [8-8, 10-11], earlier [], there [],
              token e8f08c25-11bd-3239-85e9-fec5defb4a07
            insert 6.1 into clicks_late of [15-16], earlier [], there [15-16],
              token 85d980a4-a2d2-3d92-8075-7e161fc34555
            insert 7.1 into clicks of [17-17], earlier [], there [],
              token 4711c5a7-bf01-3c92-9489-18062c1d093c
            """);
    assertThat(Taken.of(left, 2).describe())
        .isEqualTo(
            """
            clicks-2 tributary:1:ZABWEDJcQHiWCFi3bF2RNA:34982449897150
            done below 15 but for [11-12], next insert 5
            default.clicks had rows up to 6
            insert 2.2 into clicks of [11-12], earlier [], there [],
              token eba4cab6-89e1-3fa6-a877-c91345f2cd60
            insert 4.1 into clicks of [15-15], earlier [], there [],
              token 8393b98a-a80f-3113-b198-34bf8dbf2437
            """);
  }

  /** The tokens and their fates are those that were seen on the wire. */
  @ParameterizedTest
  @ValueSource(strings = {"orders", "clicks"})
  void inserts_sent_by_0_1_0_keep_their_tokens_and_what_became_of_them(String connector)
      throws Exception {
    Fixture left = Fixture.of("0.1.0", connector);
    Map<String, Fate> sent = new LinkedHashMap<>();
    left.inserts().forEach(insert -> sent.put(insert.token(), insert.fate()));
    Map<String, Fate> open = new TreeMap<>();
    for (int partition = 0; partition < left.connector().partitions(); partition++) {
      Taken taken = Taken.of(left, partition);
      for (Map.Entry<Intent, OffsetSet> intent : taken.restored.intents().entrySet()) {
        String token = taken.progress.token(intent.getKey());
        Fate fate = sent.getOrDefault(token, Fate.ANSWERED);
        open.put(token, fate);
        assertThat(intent.getValue())
            .isEqualTo(fate == Fate.UNANSWERED ? intent.getKey().offsets() : OffsetSet.EMPTY);
      }
    }
    assertThat(open.keySet())
        .containsExactlyInAnyOrderElementsOf(
            left.inserts().stream()
                .filter(one -> one.fate() == Fate.LOST || one.fate() == Fate.UNANSWERED)
                .map(Insert::token)
                .toList());
  }

  /** A row is missing exactly where the record is taken, or waits for its old insert. */
  @ParameterizedTest
  @ValueSource(strings = {"orders", "clicks"})
  void progress_written_by_0_1_0_leads_to_the_rows_that_it_led_to(String connector)
      throws Exception {
    Fixture left = Fixture.of("0.1.0", connector);
    for (int partition = 0; partition < left.connector().partitions(); partition++) {
      Taken taken = Taken.of(left, partition);
      long position = left.connector().committed(partition).offset();
      DeliveryLedger ledger = new DeliveryLedger(position, taken.restored);
      List<Source> all = left.source(partition);
      for (Source record : all) {
        TableId table = new TableId("default", connector + (record.late() ? "_late" : ""));
        long rows =
            new OldRows(left).of(table, taken.source.partition()).getOrDefault(record.offset(), 0L);
        boolean isDelivered = record.offset() >= position && record.accepted();
        Admission admission = isDelivered ? ledger.admit(record.offset()) : Admission.DROP;
        assertThat(rows + (admission == Admission.DROP ? 0 : 1))
            .as("rows of %s, %s", record, admission)
            .isEqualTo(record.rowsAtEnd());
        assertThat(ledger.intentOf(record.offset()).isPresent())
            .as("%s waits for its old insert", record)
            .isEqualTo(admission == Admission.COLLECT);
      }
      ledger.passed(all.size());
      ledger.takeComplete().forEach(ledger::finish);
      assertThat(ledger.awaitsRecords()).isFalse();
      assertThat(ledger.takeFinished())
          .containsExactlyInAnyOrderElementsOf(taken.restored.intents().keySet());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders", "clicks"})
  void progress_written_by_0_1_0_changes_its_owner_only(String connector) throws Exception {
    Fixture left = Fixture.of("0.1.0", connector);
    for (int partition = 0; partition < left.connector().partitions(); partition++) {
      Taken taken = Taken.of(left, partition);
      assertThat(taken.restored.newEpoch()).isFalse();
      assertThat(taken.progress.metadata())
          .isEqualTo(left.connector().committed(partition).metadata());
      assertThat(taken.record.value)
          .isEqualTo(ProgressRecord.decode(taken.old).ownedBy(OWNER).encode())
          .isNotEqualTo(taken.old)
          .hasSameSizeAs(taken.old);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders", "clicks"})
  void an_offset_that_a_user_sets_starts_the_epoch_after_that_of_0_1_0(String connector)
      throws Exception {
    Fixture left = Fixture.of("0.1.0", connector);
    Taken taken = new Taken(left, 0, 5, "");
    long before = ProgressRecord.decode(taken.old).epoch();
    assertThat(taken.restored).isEqualTo(new RestoredProgress(true, DoneOffsets.NONE, Map.of()));
    assertThat(taken.progress.metadata())
        .isEqualTo("tributary:1:" + left.connector().topicId() + ":" + (before + 1));
  }
}
