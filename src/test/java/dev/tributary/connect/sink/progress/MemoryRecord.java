package dev.tributary.connect.sink.progress;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A fenced record in memory: whoever has opened it last can write it. */
public final class MemoryRecord {

  public byte @Nullable [] value;

  /** How often it was written. */
  public int writes;

  /** Set: every write fails with it. */
  public @Nullable RuntimeException failure;

  /** Runs before each write. */
  public Runnable beforeWrite = () -> {};

  private int owner;

  public FencedRecord open() {
    int mine = ++owner;
    return new FencedRecord() {
      @Override
      public Optional<byte[]> value() {
        return Optional.ofNullable(value);
      }

      @Override
      public void write(byte[] next) throws FencedException {
        beforeWrite.run();
        if (mine != owner) {
          throw new FencedException("another task has claimed it", null);
        }
        RuntimeException thrown = failure;
        if (thrown != null) {
          throw thrown;
        }
        writes++;
        value = next;
      }

      @Override
      public void close() {}
    };
  }
}
