package dev.tributary.connect.sink.progress;

import dev.tributary.connect.kafka.StateUnavailableError;
import java.util.Optional;

/**
 * A durable record that one owner at a time can write: whoever opens it last. Opening it shuts all
 * earlier owners out before it reads, so what it reads cannot change any more but by its own hand.
 *
 * <p>Every method blocks. Confined to one thread at a time.
 */
public interface FencedRecord extends AutoCloseable {

  /** What was last written, by this owner or by one before; empty if nothing was. */
  Optional<byte[]> value();

  /**
   * Replaces the record; durable when this returns. That it returns also proves that nobody has
   * taken over before the call.
   *
   * @throws FencedException when somebody else has opened the record meanwhile
   * @throws StateUnavailableError when Kafka does not take it in two minutes
   */
  void write(byte[] value) throws FencedException;

  @Override
  void close();
}
