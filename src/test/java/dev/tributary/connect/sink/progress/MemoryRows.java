package dev.tributary.connect.sink.progress;

import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.table.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The rows of one partition in one table, in memory. */
public final class MemoryRows implements InsertedOffsets {

  /** How many rows each offset has. */
  public final Map<Long, Integer> rows = new TreeMap<>();

  /** Set: nothing can be asked. */
  public @Nullable ClickHouseException failure;

  /** Runs before each question. */
  public Runnable beforeAnswer = () -> {};

  /** Set: materialized views read the table. */
  public Optional<TokenAge> age = Optional.empty();

  /** The tokens that were fenced. */
  public final List<String> fenced = new ArrayList<>();

  /** Runs when an insert of a previous owner is fenced. */
  public Runnable onFence = () -> {};

  /** How often it was asked for rows. */
  public int countsAsked;

  /** How often it was asked for the greatest offset. */
  public int ceilingsAsked;

  public void insert(long... offsets) {
    for (long offset : offsets) {
      rows.merge(offset, 1, Integer::sum);
    }
  }

  /** From now on the table cannot be asked. */
  public void fail(FailureKind kind) {
    failure = new ClickHouseException(kind, 0, "the table does not answer", null);
  }

  private void ask() throws ClickHouseException {
    beforeAnswer.run();
    ClickHouseException thrown = failure;
    if (thrown != null) {
      throw thrown;
    }
  }

  @Override
  public Map<Long, OffsetSet> counts(TableId table, TopicPartition partition, OffsetSet offsets)
      throws ClickHouseException {
    countsAsked++;
    ask();
    Map<Long, OffsetSet> counts = new TreeMap<>();
    rows.forEach(
        (offset, count) ->
            counts.merge((long) count, OffsetSet.of(offset).intersect(offsets), OffsetSet::plus));
    counts.values().removeIf(OffsetSet::isEmpty);
    return counts;
  }

  @Override
  public long ceiling(TableId table, TopicPartition partition) throws ClickHouseException {
    ceilingsAsked++;
    ask();
    return rows.keySet().stream().mapToLong(Long::longValue).max().orElse(-1);
  }

  @Override
  public void fence(String token) throws ClickHouseException {
    ask();
    fenced.add(token);
    onFence.run();
  }

  @Override
  public Optional<TokenAge> tokenAge(TableId table) throws ClickHouseException {
    return age;
  }
}
