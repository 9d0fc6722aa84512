package dev.tributary.connect.join.right;

import dev.tributary.connect.record.EventTime;
import dev.tributary.connect.record.FieldPath;
import dev.tributary.connect.record.KeyHasher;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.storage.Converter;
import org.jspecify.annotations.Nullable;

/**
 * Turns records of the right topic into rows of the right table. The last row read is held in this
 * object. Not thread-safe.
 *
 * <p>A tombstone has nothing but its record key, so that is taken for the right key, or searched
 * for it when it has fields; its time is its Kafka timestamp.
 */
public final class RightRecords {

  private final Converter keyConverter;
  private final Converter valueConverter;
  private final List<FieldPath> keyPaths;
  private final boolean keyIsRead;
  private final KeyHasher keys;
  private final KeyHasher tombstoneKeys = new KeyHasher(List.of(FieldPath.RECORD_KEY));
  private final EventTime time;
  private final RightFields fields;
  private final Schemas schemas;
  private final RightRowEncoder writer;

  private RightTable.Key key = new RightTable.Key(0, 0);
  private long timestamp;
  private boolean movesStreamTime;
  private byte @Nullable [] row;

  public RightRecords(
      Converter keyConverter,
      Converter valueConverter,
      List<FieldPath> keyPaths,
      EventTime time,
      RightFields fields,
      Schemas schemas) {
    this.keyConverter = keyConverter;
    this.valueConverter = valueConverter;
    this.keyPaths = keyPaths;
    this.keyIsRead = keyPaths.stream().anyMatch(path -> path.toString().startsWith("key:"));
    this.keys = new KeyHasher(keyPaths);
    this.time = time;
    this.fields = fields;
    this.schemas = schemas;
    this.writer = new RightRowEncoder(schemas);
  }

  /**
   * Reads a record.
   *
   * @return false if it has no event time and such records are dropped
   * @throws DataException if it is not a right row: undecodable, without a key, without a time
   */
  public boolean read(ConsumerRecord<byte[], byte[]> record) {
    try {
      return readRow(record);
    } catch (DataException e) {
      throw e;
    } catch (RuntimeException | StackOverflowError e) { // of a class that no converter should make
      throw new DataException("its value cannot be read: " + e.getClass().getName());
    }
  }

  private boolean readRow(ConsumerRecord<byte[], byte[]> record) {
    SchemaAndValue value = converted(valueConverter, "value", record, record.value());
    boolean tombstone = value.value() == null;
    SchemaAndValue recordKey =
        tombstone || keyIsRead
            ? converted(keyConverter, "key", record, record.key())
            : SchemaAndValue.NULL;
    SinkRecord right = sinkRecord(record, recordKey, value);
    if (tombstone) {
      readTombstone(record, right);
      return true;
    }
    hash(keys, right);
    long found = time.of(right);
    if (found == EventTime.MISSING) {
      return false;
    }
    timestamp = found;
    movesStreamTime = time.movesStreamTime(found, right);
    row = fields.write(right, writer, schemas);
    return true;
  }

  private void readTombstone(ConsumerRecord<byte[], byte[]> record, SinkRecord right) {
    Object recordKey = right.key();
    boolean hasFields = recordKey instanceof Struct || recordKey instanceof Map<?, ?>;
    if (keyIsRead) {
      hash(keys, right);
    } else if (hasFields) {
      // The same paths, looked for in the key.
      SchemaAndValue asValue = new SchemaAndValue(right.keySchema(), recordKey);
      hash(keys, sinkRecord(record, SchemaAndValue.NULL, asValue));
    } else if (keyPaths.size() == 1) {
      hash(tombstoneKeys, right);
    } else {
      throw new DataException(
          "a record without a value deletes a row, but its record key does not have the fields of"
              + " 'right.key'");
    }
    timestamp = EventTime.bounded(record.timestamp());
    movesStreamTime = time.isPlausible(timestamp, right);
    row = null;
  }

  private void hash(KeyHasher hasher, SinkRecord right) {
    if (!hasher.hash(right)) {
      throw new DataException("it has no key: " + hasher.absence());
    }
    key = new RightTable.Key(hasher.high(), hasher.low());
  }

  private static SchemaAndValue converted(
      Converter converter,
      String what,
      ConsumerRecord<byte[], byte[]> record,
      byte @Nullable [] bytes) {
    try {
      return converter.toConnectData(record.topic(), record.headers(), bytes);
    } catch (RuntimeException e) { // converters throw anything, and may quote the value
      throw new DataException(
          "its "
              + what
              + " cannot be read with 'right."
              + what
              + ".converter' = "
              + converter.getClass().getName()
              + " ("
              + e.getClass().getSimpleName()
              + ")");
    }
  }

  private static SinkRecord sinkRecord(
      ConsumerRecord<byte[], byte[]> record, SchemaAndValue key, SchemaAndValue value) {
    boolean timed = record.timestampType() != TimestampType.NO_TIMESTAMP_TYPE;
    return new SinkRecord(
        record.topic(),
        record.partition(),
        key.schema(),
        key.value(),
        value.schema(),
        value.value(),
        record.offset(),
        timed ? record.timestamp() : null,
        record.timestampType());
  }

  public RightTable.Key key() {
    return key;
  }

  /** The event time. */
  public long time() {
    return timestamp;
  }

  boolean movesStreamTime() {
    return movesStreamTime;
  }

  /** The row's bytes; null for a tombstone. */
  public byte @Nullable [] row() {
    return row;
  }
}
