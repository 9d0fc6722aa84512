package dev.tributary.bench;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * The stream of the benchmark: JSON events of about 250 bytes, each a function of its number, so
 * that repeating one needs no memory of it. Of every ten records the tenth repeats an earlier event
 * where that is asked for. Stateless.
 */
public final class BenchEvents {

  /** The columns of an event, as CREATE TABLE takes them. */
  public static final String COLUMNS =
      "event_id UUID, user_id UInt64, name String, email String, url String, agent String,"
          + " amount Float64, country LowCardinality(String), tags Array(String),"
          + " created_at DateTime64(3), active Bool";

  /**
   * What shows whether a table holds the right rows: how many, how many different events, and a sum
   * over all values. Amounts count in cents, since text may be read to a neighbouring double.
   */
  static final String CHECK =
      "count(), uniqExact(event_id), sum(cityHash64(event_id, user_id, name, email, url, agent,"
          + " toInt64(round(amount * 100)), country, tags, created_at, active))";

  /** With the column that a join fills. */
  static final RowShape SHAPE = new RowShape(COLUMNS + ", tier String", CHECK, BenchEvents::text);

  static final int PARTITIONS = 2;

  /** How many users there are, numbered from 0. */
  static final int USERS = 10_000;

  private static final int ONE_REPEATS_OF = 10;
  private static final long CENTS = 1_000_000;
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final DateTimeFormatter CREATED_AT =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(ZoneOffset.UTC);
  private static final String[] COUNTRIES = {
    "DE", "FR", "IT", "ES", "PL", "NL", "BE", "AT", "CZ", "DK"
  };
  private static final String[] TAGS = {"new", "mobile", "sale", "returning", "campaign"};
  private static final String[] NAMES = {"Ada", "Grace", "Barbara", "Edsger", "Zoë", "Jürgen"};

  private BenchEvents() {}

  /** How many different events there are among the first records of a stream. */
  static long uniques(long records, boolean repeating) {
    return repeating ? records - records / ONE_REPEATS_OF : records;
  }

  /** The number of the event that a record holds. */
  static long numberOf(long record, boolean repeating) {
    if (!repeating) {
      return record;
    }
    long before = record - record / ONE_REPEATS_OF;
    return record % ONE_REPEATS_OF == ONE_REPEATS_OF - 1
        ? new SplittableRandom(record).nextLong(before)
        : before;
  }

  static int partitionOf(long number) {
    return (int) (number % PARTITIONS);
  }

  public static byte[] json(long number) {
    return text(number).getBytes(StandardCharsets.UTF_8);
  }

  /** The id alone of an event. */
  static UUID id(long number) {
    SplittableRandom random = new SplittableRandom(number);
    random.nextInt(USERS);
    random.nextLong(CENTS);
    return new UUID(random.nextLong(), random.nextLong());
  }

  static String text(long number) {
    SplittableRandom random = new SplittableRandom(number);
    int user = random.nextInt(USERS);
    long cents = random.nextLong(CENTS);
    StringBuilder json = new StringBuilder(320);
    json.append("{\"event_id\":\"").append(new UUID(random.nextLong(), random.nextLong()));
    json.append("\",\"user_id\":").append(user);
    json.append(",\"name\":\"").append(NAMES[user % NAMES.length]).append(' ').append(user);
    json.append("\",\"email\":\"user-").append(user).append("@example.com");
    json.append("\",\"url\":\"/products/").append(random.nextInt(100_000)).append("/reviews");
    json.append("\",\"agent\":\"Mozilla/5.0 rv:").append(random.nextInt(140));
    json.append("\",\"amount\":").append(cents / 100).append('.');
    json.append(cents % 100 < 10 ? "0" : "").append(cents % 100);
    json.append(",\"country\":\"").append(COUNTRIES[random.nextInt(COUNTRIES.length)]);
    json.append("\",\"tags\":[\"").append(TAGS[random.nextInt(TAGS.length)]);
    json.append("\",\"").append(TAGS[random.nextInt(TAGS.length)]);
    json.append("\"],\"created_at\":\"").append(CREATED_AT.format(START.plusMillis(number)));
    return json.append("\",\"active\":").append(random.nextBoolean()).append('}').toString();
  }
}
