package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.connect.Fixture.Fate;
import dev.tributary.connect.Fixture.Insert;
import dev.tributary.connect.Fixture.Rows;
import dev.tributary.connect.Fixture.Source;
import dev.tributary.connect.util.Version;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.Fault;
import dev.tributary.stack.FaultProxy;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Makes the {@link Fixture fixtures} of a version: a small life of a connector, up to a kill of its
 * worker in the middle of inserts, and what is left of it.
 *
 * <p>Make those of a new version, before its code is changed, with {@code mvn verify -Dtest=none
 * -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=StateFixtures}.
 *
 * <p>The life: records and duplicates in three partitions, into two tables; a restart; the offset
 * of partition 2 set back, which starts a new epoch, and all of it done; that of partition 0 set
 * back, and inserts of the rows that are sent again lost on their way; the same for fresh rows of
 * all three, and one insert cut off in the middle; the kill; and records that nobody has seen. Then
 * the worker continues to the end, which says what everything had to come to.
 */
@ExtendWith(StackExtension.class)
class StateFixtures {

  private static final Instant START = Instant.parse("2024-03-20T10:00:00Z");
  private static final long MINUTE = 60_000;
  private static final int PARTITIONS = 3;

  @Test
  void scope_partition(Stack stack) throws Exception {
    Fixture.checkNew(Version.get(), "orders");
    try (Life life = new Life(stack, "orders", "partition", "record")) {
      life.live().write(Version.get());
    }
  }

  @Test
  void scope_topic(Stack stack) throws Exception {
    Fixture.checkNew(Version.get(), "clicks");
    try (Life life = new Life(stack, "clicks", "topic", "field:at")) {
      life.live().write(Version.get());
    }
  }

  private static final class Life implements AutoCloseable {
    private final Stack stack;
    private final String name;
    private final boolean topicScope;
    private final Remains remains;
    private final FaultProxy proxy;
    private final Pipeline pipeline;
    private final List<Source> sent = new ArrayList<>();
    private final Map<String, List<Long>> accepted = new LinkedHashMap<>();
    private final List<Insert> inserts = new ArrayList<>();
    private final Deque<Fate> fates = new ArrayDeque<>();
    private boolean seen = true;

    Life(Stack stack, String name, String scope, String time) {
      this.stack = stack;
      this.name = name;
      this.topicScope = scope.equals("topic");
      this.remains = new Remains(stack, name);
      this.proxy = FaultProxy.to(stack.clickHouse());
      proxy.onInsert(this::fault);
      this.pipeline =
          new Pipeline(stack, name, PARTITIONS, "id String, at Int64")
              .exactlyOnce()
              .deduplicating("id", "1h")
              .with("transforms.dedup.scope", scope)
              .with("transforms.dedup.time", time)
              .with("transforms", "dedup,late")
              .with("transforms.late.type", "org.apache.kafka.connect.transforms.RegexRouter")
              .with("transforms.late.regex", ".*")
              .with("transforms.late.replacement", name + "_late")
              .with("transforms.late.predicate", "late")
              .with("predicates", "late")
              .with(
                  "predicates.late.type",
                  "org.apache.kafka.connect.transforms.predicates.HasHeaderKey")
              .with("predicates.late.name", "late")
              .with("clickhouse.url", proxy.url())
              .with("clickhouse.request.timeout.ms", "600000")
              .with("batch.max.rows", "4")
              .with("insert.max.in.flight", "12");
      stack.clickHouse().sql().execute("CREATE TABLE " + name + "_late AS " + name);
    }

    Fixture live() throws Exception {
      pipeline.start();
      send(0, 0, "a b a c d b e");
      send(0, 70, "a f g h i j s");
      send(1, 0, "k l k m+ n l");
      send(2, 0, "u v! w v! x");
      pipeline.awaitDone();
      pipeline.restart().awaitRestarted();
      send(1, 20, "a p");
      send(2, 20, "k q b");
      pipeline.awaitDone();

      setBack(2, 1);
      pipeline.awaitDone();

      setBack(0, 3, Fate.UNANSWERED, Fate.LOST, Fate.ANSWERED);
      insert(1, 30, "a1 k b1 c1", Fate.LOST);
      insert(1, 35, "d1 e1 f1", Fate.ANSWERED);
      insert(1, 40, "g1+ h1+", Fate.UNANSWERED);
      insert(2, 30, "a2 b2 u c2 d2", Fate.CUT, Fate.TAKEN_FOR_KNOWN, Fate.LOST);
      insert(0, 80, "a0 b0 c0", Fate.LOST);
      insert(2, 40, "e2 f2", Fate.ANSWERED);
      insert(2, 45, "g2 e2", Fate.LOST);
      insert(1, 45, "i1", Fate.LOST);
      stack.worker().kill();
      seen = false;
      send(0, 85, "z0 a0 a");
      send(1, 50, "z1 b1");
      send(2, 50, "g2 z2");
      pipeline.flush();
      Fixture left =
          new Fixture(
              remains.connector(pipeline.config(), PARTITIONS),
              remains.stored(name + "-state"),
              remains.stored(name + "-progress"),
              List.copyOf(sent),
              rows(),
              List.copyOf(inserts));

      proxy.heal();
      stack.worker().start();
      pipeline.awaitDone();
      for (Rows end : rows()) {
        Source record = record(end.partition(), end.offset());
        assertThat(end.count()).as("rows of %s", record).isEqualTo(record.rowsAtEnd());
      }
      assertThat(rows())
          .hasSameSizeAs(sent.stream().filter(record -> record.rowsAtEnd() > 0).toList());
      return left;
    }

    /**
     * Sends records, a minute apart.
     *
     * @param words their ids: with a plus for the second table, with an exclamation mark for an
     *     event time three hours ahead
     */
    private void send(int partition, int minute, String words) {
      int at = minute;
      for (String word : words.split(" ", -1)) {
        String id = word.replaceAll("[+!]", "");
        long timestamp = START.toEpochMilli() + at++ * MINUTE;
        long eventTime = timestamp + (word.endsWith("!") ? 180 * MINUTE : 0);
        boolean passes = accepts(partition, id, topicScope ? eventTime : timestamp);
        Source record =
            new Source(
                partition,
                sent.stream().filter(one -> one.partition() == partition).count(),
                timestamp,
                id,
                eventTime,
                word.endsWith("+"),
                seen,
                passes,
                passes ? 1 : 0);
        sent.add(record);
        pipeline.send(
            partition,
            Instant.ofEpochMilli(timestamp),
            null,
            record.json(),
            record.late() ? Map.of("late", "yes") : Map.of());
      }
    }

    /** No record here is late, nor out of order with those of its key. */
    private boolean accepts(int partition, String id, long time) {
      List<Long> marks =
          accepted.computeIfAbsent(
              topicScope ? id : partition + "/" + id, key -> new ArrayList<>());
      if (marks.stream().anyMatch(mark -> Math.abs(time - mark) < 60 * MINUTE)) {
        return false;
      }
      marks.add(time);
      return true;
    }

    /** Sends the records of one batch, and returns when that has gone out. */
    private void insert(int partition, int minute, String words, Fate... fate) {
      awaitInserts(() -> send(partition, minute, words), fate);
    }

    /**
     * Sets the offset of a partition as a user would, so that the rows from there on are inserted
     * again.
     */
    private void setBack(int partition, long offset, Fate... fate) {
      awaitInserts(
          () ->
              pipeline.whileStopped(
                  () -> stack.worker().rest().alterOffset(name, name, partition, offset)),
          fate);
      sent.replaceAll(
          one ->
              one.partition() == partition && one.offset() >= offset && one.accepted()
                  ? new Source(
                      one.partition(),
                      one.offset(),
                      one.timestamp(),
                      one.id(),
                      one.at(),
                      one.late(),
                      one.seen(),
                      true,
                      one.rowsAtEnd() + 1)
                  : one);
    }

    private void awaitInserts(Runnable cause, Fate... fate) {
      int expected;
      synchronized (inserts) {
        fates.addAll(List.of(fate));
        expected = inserts.size() + fate.length;
      }
      cause.run();
      pipeline.flush();
      await()
          .atMost(Duration.ofMinutes(1))
          .until(
              () -> {
                synchronized (inserts) {
                  return inserts.size() >= expected;
                }
              });
      await().atMost(Duration.ofMinutes(1)).until(() -> proxy.applied().size() >= written());
    }

    private long written() {
      synchronized (inserts) {
        return inserts.stream()
            .filter(one -> one.fate() == Fate.ANSWERED || one.fate() == Fate.UNANSWERED)
            .count();
      }
    }

    private Optional<Fault> fault(FaultProxy.Insert insert) {
      Fate fate;
      synchronized (inserts) {
        fate = fates.isEmpty() ? Fate.ANSWERED : fates.remove();
        inserts.add(new Insert(insert.table(), insert.token(), fate));
      }
      return switch (fate) {
        case ANSWERED -> Optional.empty();
        case UNANSWERED -> Optional.of(new Fault.Dribble());
        case LOST -> Optional.of(new Fault.Hang());
        case TAKEN_FOR_KNOWN -> Optional.of(new Fault.Answer(200, 0, ""));
        case CUT -> {
          writeHalf();
          yield Optional.of(new Fault.ResetRequest());
        }
      };
    }

    /** As a server does that is killed between the parts of an insert. */
    private void writeHalf() {
      List<Source> last =
          sent.stream()
              .filter(one -> one.partition() == sent.get(sent.size() - 1).partition())
              .filter(one -> one.accepted())
              .toList();
      last.subList(last.size() - 4, last.size() - 2)
          .forEach(
              one ->
                  stack
                      .clickHouse()
                      .sql()
                      .execute(
                          "INSERT INTO %s VALUES ('%s', %d, '%s', %d, %d)"
                              .formatted(
                                  name, one.id(), one.at(), name, one.partition(), one.offset())));
    }

    private List<Rows> rows() {
      return remains.rows(List.of(name, name + "_late"));
    }

    private Source record(int partition, long offset) {
      return sent.stream()
          .filter(one -> one.partition() == partition && one.offset() == offset)
          .findFirst()
          .orElseThrow();
    }

    @Override
    public void close() {
      if (!stack.worker().isRunning()) {
        stack.worker().start();
      }
      pipeline.close();
      proxy.close();
      stack.clickHouse().sql().execute("DROP TABLE " + name + "_late");
    }
  }
}
