package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.FencedException;
import dev.tributary.connect.sink.progress.FencedRecord;
import dev.tributary.connect.sink.progress.InsertedOffsets;
import dev.tributary.connect.sink.progress.KafkaFencedRecord;
import dev.tributary.connect.sink.progress.TokenAge;
import dev.tributary.connect.sink.table.TableId;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * What a claim may do to the outside for its partition, until it is ended: fence previous owners
 * and write through the fenced record, and query tables. After {@link #end} every call fails
 * without a request.
 *
 * <p>One thread at a time uses the record; {@link #end} and the queries are thread-safe.
 */
final class PartitionLease implements FencedRecord, InsertedOffsets {

  private static final String ENDED = "the partition was released";

  private final KafkaFencedRecord record;
  private final InsertedOffsets tables;

  /** Whether the record is open and nothing is known or possible to be wrong with it. */
  private boolean reusable;

  private volatile boolean ended;

  /**
   * @param open whether the record is open, since an earlier lease has kept it
   */
  PartitionLease(KafkaFencedRecord record, boolean open, InsertedOffsets tables) {
    this.record = record;
    this.reusable = open;
    this.tables = tables;
  }

  /** Opens the record, which fences its previous owners. Blocks. */
  void open() throws FencedException {
    use(record::open);
  }

  @Override
  public Optional<byte[]> value() {
    return record.value();
  }

  @Override
  public void write(byte[] next) throws FencedException {
    use(() -> record.write(next));
  }

  /** A request to Kafka that has failed, or was not answered, when it throws. */
  @FunctionalInterface
  private interface Use {
    void run() throws FencedException;
  }

  private void use(Use use) throws FencedException {
    synchronized (this) {
      checkHeld();
      reusable = false;
    }
    try {
      use.run();
    } catch (RuntimeException | Error e) {
      if (ended) {
        throw new FencedException(ENDED, e);
      }
      throw e;
    }
    synchronized (this) {
      checkHeld();
      reusable = true;
    }
  }

  private void checkHeld() throws FencedException {
    if (ended) {
      throw new FencedException(ENDED, null);
    }
  }

  @Override
  public Map<Long, OffsetSet> counts(TableId table, TopicPartition partition, OffsetSet offsets)
      throws ClickHouseException {
    checkTables();
    return tables.counts(table, partition, offsets);
  }

  @Override
  public long ceiling(TableId table, TopicPartition partition) throws ClickHouseException {
    checkTables();
    return tables.ceiling(table, partition);
  }

  @Override
  public void fence(String token) throws ClickHouseException {
    checkTables();
    tables.fence(token);
  }

  @Override
  public Optional<TokenAge> tokenAge(TableId table) throws ClickHouseException {
    checkTables();
    return tables.tokenAge(table);
  }

  private void checkTables() throws ClickHouseException {
    if (ended) {
      throw new ClickHouseException(FailureKind.PERMANENT, 0, ENDED, null);
    }
  }

  /**
   * Ends the lease without waiting. A request to Kafka in flight fails, and the record is closed.
   *
   * @return the record, if it can serve another lease
   */
  Optional<KafkaFencedRecord> end() {
    synchronized (this) {
      if (ended) {
        return Optional.empty();
      }
      ended = true;
      if (reusable) {
        return Optional.of(record);
      }
    }
    record.close();
    return Optional.empty();
  }

  /** Ends the lease and closes its record, unless the lease has ended. */
  @Override
  public void close() {
    end().ifPresent(KafkaFencedRecord::close);
  }
}
