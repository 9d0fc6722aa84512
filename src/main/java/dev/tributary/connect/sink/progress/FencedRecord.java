package dev.tributary.connect.sink.progress;

import dev.tributary.connect.kafka.StateUnavailableError;
import java.util.Optional;

/**
 * A durable record that one owner at a time can write: the last one to open it. Opening fences all
 * previous owners before it reads, so from then on only this owner can change the value.
 *
 * <p>Confined to one thread at a time, except {@link #close}.
 */
public interface FencedRecord extends AutoCloseable {

  /** The value last written by this owner or a previous one; empty if nothing was written. */
  Optional<byte[]> value();

  /**
   * Replaces the value; it is durable when this returns. A return also proves that no other owner
   * had opened the record before the call. Blocks.
   *
   * @throws FencedException when another owner has opened the record meanwhile
   * @throws StateUnavailableError when Kafka does not acknowledge the write within two minutes
   */
  void write(byte[] value) throws FencedException;

  /**
   * Closes the record, without waiting for anything. From any thread: a write in flight fails and
   * is not retried.
   */
  @Override
  void close();
}
