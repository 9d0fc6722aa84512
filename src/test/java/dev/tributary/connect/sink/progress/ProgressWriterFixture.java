package dev.tributary.connect.sink.progress;

import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.ProgressWriter.Commit;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.util.ManualTime;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** The record of a partition and the rows of its tables, in memory, with their writers. */
abstract class ProgressWriterFixture {

  static final TableId TABLE = new TableId("default", "t");
  static final TableId OTHER = new TableId("default", "other");

  final SourceId source = new SourceId("shop", new TopicPartition("t", 0), Uuid.randomUuid());
  final ManualTime time = new ManualTime();
  final MemoryRecord record = new MemoryRecord();
  final MemoryRows rows = new MemoryRows();

  /** What is to run off the task thread. */
  final Queue<Runnable> work = new ArrayDeque<>();

  ProgressWriter claim(Optional<Commit> commit, long owner)
      throws FencedException, ClickHouseException {
    return claim(record.open(), commit, owner);
  }

  ProgressWriter claim(FencedRecord opened, Optional<Commit> commit, long owner)
      throws FencedException, ClickHouseException {
    return ProgressWriter.claim(source, opened, commit, rows, work::add, time::nanoseconds, owner);
  }

  ProgressWriter first() throws FencedException, ClickHouseException {
    return claim(Optional.empty(), 1);
  }

  /** Takes over from an owner whose metadata was committed. */
  ProgressWriter next(ProgressWriter before) throws FencedException, ClickHouseException {
    return claim(Optional.of(new Commit(0, before.metadata())), 2);
  }

  void runWork() {
    while (!work.isEmpty()) {
      work.remove().run();
    }
  }

  static CompletableFuture<List<Intent>> wish(
      ProgressWriter progress, TableId table, long... offsets) {
    return progress.intend(table, List.of(OffsetSet.of(offsets)), Optional.empty());
  }

  Intent intend(ProgressWriter progress, TableId table, long... offsets) {
    CompletableFuture<List<Intent>> intents = wish(progress, table, offsets);
    runWork();
    return intents.join().get(0);
  }

  List<Intent> replace(ProgressWriter progress, Intent replaced, OffsetSet... pieces) {
    CompletableFuture<List<Intent>> intents =
        progress.intend(replaced.table(), List.of(pieces), Optional.of(replaced));
    runWork();
    return intents.join();
  }

  ProgressRecord written() {
    byte[] value = record.value;
    if (value == null) {
      throw new AssertionError("nothing was written");
    }
    return ProgressRecord.decode(value);
  }
}
