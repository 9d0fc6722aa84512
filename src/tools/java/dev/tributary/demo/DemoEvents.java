package dev.tributary.demo;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * The demo's stream: events of users, some of them sent again byte for byte.
 *
 * <p>A duplicate comes whenever duplicates / uniques is below the ratio; it repeats any earlier
 * event. An event is a function of the seed and its number, so repeating one needs no memory of it,
 * and the same seed and start give the same stream.
 *
 * <p>Not thread-safe.
 */
public final class DemoEvents {

  /** One record of the stream. */
  public record Event(String id, String json, boolean isDuplicate) {}

  private static final DateTimeFormatter CREATED_AT =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);
  private static final String[] FIRST_NAMES = {
    "Ada", "Grace", "Barbara", "Edsger", "Leslie", "Donald", "Frances", "Tony", "Radia", "Ken"
  };
  private static final String[] LAST_NAMES = {
    "Lovelace", "Hopper", "Liskov", "Dijkstra", "Lamport", "Knuth", "Allen", "Hoare", "Perlman"
  };
  private static final int USERS = 10_000;
  private static final long EVENT_SPACING_MS = 1;

  private final long eventSeed;
  private final Instant start;
  private final SplittableRandom choice;
  private final long ratioNumerator;
  private final long ratioDenominator;
  private long uniques;
  private long duplicates;

  /**
   * @param duplicateRatio duplicates per unique event; counted exactly, not in floating point
   * @param start when the first event was created
   */
  public DemoEvents(long seed, BigDecimal duplicateRatio, Instant start) {
    if (duplicateRatio.signum() < 0) {
      throw new IllegalArgumentException("A ratio of duplicates below zero: " + duplicateRatio);
    }
    this.start = start;
    this.choice = new SplittableRandom(seed);
    this.eventSeed = choice.nextLong();
    BigDecimal plain = duplicateRatio.setScale(Math.max(0, duplicateRatio.scale()));
    this.ratioNumerator = plain.unscaledValue().longValueExact();
    this.ratioDenominator = BigInteger.TEN.pow(plain.scale()).longValueExact();
  }

  public Event next() {
    if (uniques > 0 && duplicateIsDue()) {
      duplicates++;
      return event(choice.nextLong(uniques), true);
    }
    return event(uniques++, false);
  }

  /** How many different events have come so far. */
  public long uniques() {
    return uniques;
  }

  /** How many repetitions have come so far. */
  public long duplicates() {
    return duplicates;
  }

  /** duplicates / uniques < ratio, in whole numbers. */
  private boolean duplicateIsDue() {
    return Math.multiplyExact(duplicates, ratioDenominator)
        < Math.multiplyExact(uniques, ratioNumerator);
  }

  private Event event(long number, boolean isDuplicate) {
    SplittableRandom random = new SplittableRandom(eventSeed ^ number);
    String id = new UUID(random.nextLong(), random.nextLong()).toString();
    int user = random.nextInt(USERS);
    String first = FIRST_NAMES[user % FIRST_NAMES.length];
    String last = LAST_NAMES[user / FIRST_NAMES.length % LAST_NAMES.length];
    String createdAt = CREATED_AT.format(start.plusMillis(number * EVENT_SPACING_MS));
    String json =
        "{\"event_id\":\""
            + id
            + "\",\"user_id\":\"user-"
            + user
            + "\",\"name\":\""
            + first
            + " "
            + last
            + "\",\"email\":\"user-"
            + user
            + "@example.com"
            + "\",\"created_at\":\""
            + createdAt
            + "\"}";
    return new Event(id, json, isDuplicate);
  }
}
