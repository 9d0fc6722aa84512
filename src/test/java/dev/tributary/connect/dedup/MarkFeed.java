package dev.tributary.connect.dedup;

import dev.tributary.connect.record.KeyHasher;
import dev.tributary.connect.record.Records;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;

/** Writes marks to a state topic, each in a record of its own as in front of a foreign sink. */
public final class MarkFeed {

  private final Producer<byte[], byte[]> producer;
  private final String stateTopic;
  private final MarkCodec codec;
  private final KeyHasher keys;
  private final MarkBlock block = new MarkBlock();
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  /**
   * @param settings of the transform, its key fields among them
   */
  public MarkFeed(
      Producer<byte[], byte[]> producer,
      String stateTopic,
      String connector,
      String alias,
      Uuid sourceTopic,
      Map<String, String> settings) {
    DeduplicateConfig config = new DeduplicateConfig(settings);
    this.producer = producer;
    this.stateTopic = stateTopic;
    this.codec = new MarkCodec(connector, alias, sourceTopic, config.definition());
    this.keys = new KeyHasher(config.keyFields());
  }

  /** Marks a record whose value is one field, as of its own time. */
  @SuppressWarnings("FutureReturnValueIgnored") // flush reports failures
  public void mark(String field, String id, int partition, long offset, long time) {
    if (!keys.hash(Records.at("any", partition, offset, time, null, Records.map(field, id)))) {
      throw new IllegalArgumentException("No key in " + field);
    }
    block.add(keys.high(), keys.low(), offset, time, true);
    byte[] value = block.take();
    producer.send(
        new ProducerRecord<>(stateTopic, partition, time, codec.key(partition, value), value),
        (metadata, e) -> {
          if (e != null) {
            failure.set(e);
          }
        });
  }

  public void flush() {
    producer.flush();
    if (failure.get() != null) {
      throw new AssertionError("A mark could not be sent", failure.get());
    }
  }
}
