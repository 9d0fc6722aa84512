package dev.tributary.demo;

import java.math.BigDecimal;

/**
 * What {@code ./tributary demo} is asked for.
 *
 * @param events records to send, duplicates among them
 * @param rate records a second; 0 as fast as they go
 * @param duplicates duplicates per unique event
 * @param keep leave the servers up when done
 * @param seed of the generator
 */
public record DemoOptions(long events, int rate, BigDecimal duplicates, boolean keep, long seed) {

  public DemoOptions {
    if (events < 1) {
      throw new IllegalArgumentException("--events must be at least 1, not " + events);
    }
    if (rate < 0) {
      throw new IllegalArgumentException("--rate must be 0 (unthrottled) or more, not " + rate);
    }
    if (duplicates.signum() < 0 || duplicates.compareTo(BigDecimal.ONE) > 0) {
      throw new IllegalArgumentException("--duplicates must be from 0 to 1, not " + duplicates);
    }
    if (duplicates.scale() > 6) {
      throw new IllegalArgumentException(
          "--duplicates takes up to 6 decimal places, not " + duplicates);
    }
  }
}
