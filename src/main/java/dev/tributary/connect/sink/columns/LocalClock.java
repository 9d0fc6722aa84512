package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.ValueKinds;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;

/**
 * Turns what a clock in a zone shows into the point in time.
 *
 * <p>When clocks are set back, an hour is shown twice: the first one counts, as everywhere in
 * java.time. When they are set forward, an hour is never shown: such a time is refused, because
 * every reading of it would be a guess. Neighbouring rows mostly lie between the same two changes,
 * so that stretch is remembered.
 */
final class LocalClock {

  private final ZoneRules rules;

  /** Local times in [from, to) have the offset. */
  private long from = 1;

  private long to;
  private int offset;

  LocalClock(ZoneId zone) {
    this.rules = zone.getRules();
    if (rules.isFixedOffset()) {
      offset = rules.getOffset(Instant.EPOCH).getTotalSeconds();
      from = Long.MIN_VALUE;
      to = Long.MAX_VALUE;
    }
  }

  /**
   * Returns the epoch second at which the zone's clocks show this time.
   *
   * @throws ValueException when they never do
   */
  long epochSecond(long localSecond, Object value, String type) {
    if (localSecond < from || localSecond >= to) {
      find(localSecond, value, type);
    }
    return localSecond - offset;
  }

  private void find(long localSecond, Object value, String type) {
    LocalDateTime local = LocalDateTime.ofEpochSecond(localSecond, 0, ZoneOffset.UTC);
    ZoneOffsetTransition change = rules.getTransition(local);
    if (change != null && change.isGap()) {
      throw new ValueException(
          ValueKinds.of(value)
              + " is a time that the clocks of the zone skipped; give it with an offset for "
              + type);
    }
    ZoneOffset found = rules.getOffset(local);
    offset = found.getTotalSeconds();
    Instant instant = local.toInstant(found);
    ZoneOffsetTransition before = rules.previousTransition(instant.plusSeconds(1));
    ZoneOffsetTransition after = rules.nextTransition(instant);
    // The later of a repeated hour's two readings belongs to neither stretch.
    from =
        before == null
            ? Long.MIN_VALUE
            : before.toEpochSecond()
                + Math.max(
                    before.getOffsetBefore().getTotalSeconds(),
                    before.getOffsetAfter().getTotalSeconds());
    to =
        after == null
            ? Long.MAX_VALUE
            : after.toEpochSecond() + after.getOffsetBefore().getTotalSeconds();
  }
}
