package dev.tributary.connect.sink.exactly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.exactly.PartitionProgress.Commit;
import dev.tributary.connect.sink.exactly.PartitionProgress.Restored;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.state.FencedException;
import dev.tributary.connect.state.FencedRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Exactly once in a model of everything that can go wrong: tasks that die at any step, zombies that
 * go on, requests that arrive late, answers that are lost, a server that dies between logging a
 * token and writing the rows, tables with partitions, and rows left by an earlier topic.
 */
class ExactModelTest {

  private static final TableId TABLE = new TableId("default", "t");
  private static final TopicPartition PARTITION = new TopicPartition("t", 0);

  @Property(tries = 3_000)
  void every_offset_is_in_the_table_once(@ForAll long seed) throws Exception {
    World world = new World(new Random(seed));
    world.run();
    assertThat(world.server.rows).isEqualTo(world.expected());
  }

  /** The rows and tokens of a server; rows of odd and of even offsets are in two partitions. */
  private static final class Server implements TableRows {
    final Map<Long, Integer> rows = new TreeMap<>();
    final Set<String> tokens = new HashSet<>();

    /** What is left of a request that is cut off after so many steps, 4 in all. */
    void insert(String token, OffsetSet offsets, int steps) {
      int left = steps;
      for (int part = 0; part < 2; part++) {
        if (left-- <= 0) {
          return;
        }
        boolean isNew = tokens.add(token + "/" + part);
        if (left-- <= 0) {
          return;
        }
        if (isNew) {
          int parity = part;
          offsets.forEach(
              offset -> {
                if (offset % 2 == parity) {
                  rows.merge(offset, 1, Integer::sum);
                }
              });
        }
      }
    }

    @Override
    public Map<Long, OffsetSet> counts(TableId table, TopicPartition from, OffsetSet offsets) {
      Map<Long, OffsetSet> counts = new TreeMap<>();
      rows.forEach(
          (offset, count) ->
              counts.merge((long) count, OffsetSet.of(offset).intersect(offsets), OffsetSet::plus));
      return counts;
    }

    @Override
    public long ceiling(TableId table, TopicPartition from) {
      return rows.keySet().stream().mapToLong(Long::longValue).max().orElse(-1);
    }
  }

  /** A record that whoever opened it last can write. */
  private static final class StoredRecord {
    byte @Nullable [] value;
    int owner;

    FencedRecord open() {
      int mine = ++owner;
      return new FencedRecord() {
        @Override
        public Optional<byte[]> value() {
          return Optional.ofNullable(value);
        }

        @Override
        public void write(byte[] next) throws FencedException {
          if (mine != owner) {
            throw new FencedException("fenced", null);
          }
          value = next;
        }

        @Override
        public void close() {}
      };
    }
  }

  /** An insert on its way. */
  private record Request(String token, OffsetSet offsets) {}

  private static final class World {
    private static final int RECORDS = 40;

    final Random random;
    final Server server = new Server();
    final StoredRecord record = new StoredRecord();
    final SourceId source = new SourceId("c", PARTITION, Uuid.randomUuid());
    final Set<Long> dropped = new HashSet<>();
    final Map<Long, Integer> left = new TreeMap<>();
    final List<Request> late = new ArrayList<>();
    final List<Task> zombies = new ArrayList<>();
    @Nullable Commit commit;
    long nanos;

    World(Random random) {
      this.random = random;
      for (long offset = 0; offset < RECORDS; offset++) {
        if (random.nextInt(5) == 0) {
          dropped.add(offset); // a duplicate, say
        }
      }
      if (random.nextInt(3) == 0) {
        // The table has rows of another topic of the same name.
        for (long offset = 0; offset < random.nextInt(RECORDS); offset++) {
          if (random.nextBoolean()) {
            left.put(offset, 1 + random.nextInt(2));
          }
        }
        server.rows.putAll(left);
      }
    }

    Map<Long, Integer> expected() {
      Map<Long, Integer> expected = new TreeMap<>(left);
      for (long offset = 0; offset < RECORDS; offset++) {
        if (!dropped.contains(offset)) {
          expected.merge(offset, 1, Integer::sum);
        }
      }
      return expected;
    }

    void run() throws Exception {
      Task task = new Task(this);
      for (int step = 0; step < 250; step++) {
        int what = random.nextInt(20);
        if (what == 0) {
          zombies.add(task);
          task = new Task(this);
        } else if (what == 1 && !zombies.isEmpty()) {
          zombies.get(random.nextInt(zombies.size())).step(true);
        } else if (what == 2 && !late.isEmpty()) {
          Request request = late.remove(random.nextInt(late.size()));
          server.insert(request.token, request.offsets, random.nextInt(5));
        } else {
          nanos += random.nextInt(3) == 0 ? PartitionProgress.CONFIRM_NS : 0;
          task.step(true);
        }
        if (task.isLost()) {
          task = new Task(this);
        }
      }
      task = new Task(this);
      for (int step = 0; step < 2_000 && !task.isDone(); step++) {
        task.step(false);
      }
      assertThat(task.isDone()).isTrue();
      for (Request request : late) {
        server.insert(request.token, request.offsets, 4);
      }
    }
  }

  /** A batch from when it is closed until its rows are known to be there. */
  private static final class Batch {
    OffsetSet offsets;
    @Nullable Intent intent;
    boolean uncertain;

    Batch(OffsetSet offsets, @Nullable Intent intent) {
      this.offsets = offsets;
      this.intent = intent;
      this.uncertain = intent != null;
    }
  }

  /** What a task does, one step at a time. */
  private static final class Task {
    final World world;
    final PartitionProgress progress;
    final PartitionLedger ledger;
    final List<Batch> closed = new ArrayList<>();
    final Map<Long, List<Long>> collected = new HashMap<>();
    final List<Long> open = new ArrayList<>();
    final TreeSet<Long> held = new TreeSet<>();
    long position;
    boolean metadataCommitted;
    boolean lost;

    Task(World world) throws Exception {
      this.world = world;
      position = world.commit == null ? 0 : world.commit.offset();
      progress =
          PartitionProgress.takeOver(
              world.source,
              world.record.open(),
              Optional.ofNullable(world.commit),
              world.server,
              Runnable::run,
              () -> world.nanos,
              world.random.nextLong());
      Restored restored = progress.restored();
      ledger = new PartitionLedger(position, restored);
      metadataCommitted = !restored.newEpoch();
    }

    boolean isLost() {
      return lost;
    }

    boolean isDone() {
      return position == World.RECORDS
          && closed.isEmpty()
          && open.isEmpty()
          && held.isEmpty()
          && !ledger.awaitsRecords();
    }

    void step(boolean faults) throws ClickHouseException {
      if (lost) {
        return;
      }
      try {
        Random random = world.random;
        int what = random.nextInt(10);
        if (!metadataCommitted || what == 0) {
          commit();
        } else if (what < 4 && position < World.RECORDS) {
          deliver();
        } else if ((what == 4 || position == World.RECORDS) && !held.isEmpty()) {
          release();
        } else if (what == 5 && position > 0 && faults && random.nextInt(5) == 0) {
          position -= random.nextInt((int) position); // the framework steps back
        } else if ((what == 6 || position == World.RECORDS) && !open.isEmpty()) {
          closed.add(new Batch(take(open), null));
        } else if (!closed.isEmpty()) {
          send(closed.get(random.nextInt(closed.size())), faults);
        } else if (position == World.RECORDS) {
          ledger.passed(position);
        }
        complete();
      } catch (FencedException e) {
        lost = true;
      }
    }

    private void commit() {
      boolean isOwner = world.zombies.stream().noneMatch(zombie -> zombie == this);
      if (isOwner) {
        long oldest = position;
        oldest = pending().isEmpty() ? oldest : Math.min(oldest, pending().first());
        oldest = held.isEmpty() ? oldest : Math.min(oldest, held.first());
        world.commit = new Commit(oldest, progress.metadata());
        metadataCommitted = true;
      }
    }

    private OffsetSet pending() {
      List<Long> all = new ArrayList<>(open);
      collected.values().forEach(all::addAll);
      OffsetSet pending = OffsetSet.of(all.stream().mapToLong(Long::longValue).toArray());
      for (Batch batch : closed) {
        pending = pending.plus(batch.offsets);
      }
      return pending;
    }

    private void deliver() {
      long offset = position++;
      if (world.dropped.contains(offset)) {
        return;
      }
      boolean isHeld = world.random.nextInt(8) == 0;
      if (isHeld || held.contains(offset)) {
        ledger.held(offset); // by a join that waits for its right side
        held.add(offset);
        return;
      }
      admit(offset);
    }

    private void release() {
      long offset = Objects.requireNonNull(held.pollFirst());
      ledger.released(offset);
      admit(offset);
    }

    private void admit(long offset) {
      switch (ledger.admit(offset)) {
        case TAKE -> open.add(offset);
        case DROP -> {}
        case COLLECT ->
            collected
                .computeIfAbsent(
                    ledger.intentOf(offset).orElseThrow().number(), key -> new ArrayList<>())
                .add(offset);
      }
    }

    private void complete() {
      for (Intent intent : ledger.takeComplete()) {
        List<Long> offsets = collected.remove(intent.number());
        if (offsets == null) {
          ledger.over(intent);
        } else {
          closed.add(new Batch(take(offsets), intent));
        }
      }
    }

    private static OffsetSet take(List<Long> offsets) {
      OffsetSet set = OffsetSet.of(offsets.stream().mapToLong(Long::longValue).toArray());
      offsets.clear();
      return set;
    }

    private void send(Batch batch, boolean faults) throws ClickHouseException, FencedException {
      Intent intent = batch.intent;
      if (intent == null) {
        announce(batch, Optional.empty());
        return;
      }
      if (batch.uncertain && batch.offsets.minus(progress.present(intent)).isEmpty()) {
        settle(batch);
        return;
      }
      progress.confirm();
      Request request = new Request(progress.token(intent), batch.offsets);
      int fate = faults ? world.random.nextInt(4) : 3;
      if (fate == 0) {
        world.late.add(request);
        batch.uncertain = true;
        return;
      }
      int steps = fate == 1 ? world.random.nextInt(5) : 4;
      world.server.insert(request.token, request.offsets, steps);
      if (fate < 3) {
        batch.uncertain = true; // no answer
        return;
      }
      if (batch.uncertain) {
        OffsetSet missing = batch.offsets.minus(progress.present(intent));
        if (!missing.isEmpty()) {
          ledger.done(batch.offsets.minus(missing));
          batch.offsets = missing;
          announce(batch, Optional.of(intent));
          return;
        }
      }
      settle(batch);
    }

    private void announce(Batch batch, Optional<Intent> replaced) throws FencedException {
      ledger.heldFrom(held.isEmpty() ? Long.MAX_VALUE : held.first());
      OffsetSet pending = pending().intersect(OffsetSet.range(0, ledger.doneBelow()));
      progress.moveTo(ledger.horizon(pending), ledger.takeOver());
      try {
        batch.intent = progress.intend(TABLE, List.of(batch.offsets), replaced).join().get(0);
        batch.uncertain = false;
      } catch (CompletionException e) {
        if (PartitionProgress.reason(e) instanceof FencedException fenced) {
          throw fenced;
        }
        throw e;
      }
    }

    private void settle(Batch batch) {
      closed.remove(batch);
      ledger.done(batch.offsets);
      ledger.over(Objects.requireNonNull(batch.intent));
    }
  }

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
            new TreeMap<>(Map.of(2L, OffsetSet.of(Arrays.copyOf(offsets, 5)))));
    Progress progress =
        new Progress(
            7,
            random.nextLong(),
            9,
            random.nextInt(1000),
            OffsetSet.of(1, 5),
            Map.of(TABLE, 99L),
            List.of(intent));
    assertThat(Progress.decode(progress.encode())).isEqualTo(progress);
  }
}
