package dev.tributary.connect.dedup;

import dev.tributary.connect.Fixture;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.Uuid;

/** The marks of a {@link Fixture}. */
public final class OldMarks {

  private static final String PREFIX = "transforms.dedup.";

  private final MarkCodec codec;

  /**
   * @param sourceId of the source topic, where that is another one by now
   */
  public OldMarks(Fixture.Connector connector, Uuid sourceId) {
    Map<String, String> settings = new HashMap<>();
    connector
        .config()
        .forEach(
            (key, value) -> {
              if (key.startsWith(PREFIX)) {
                settings.put(key.substring(PREFIX.length()), value);
              }
            });
    codec =
        new MarkCodec(
            connector.name(), "dedup", sourceId, new DeduplicateConfig(settings).definition());
  }

  MarkCodec codec() {
    return codec;
  }

  /** The key of a record of the state topic. */
  public byte[] key(int partition, byte[] value) {
    return codec.key(partition, value);
  }
}
