package dev.tributary.connect.sink.columns;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import org.jspecify.annotations.Nullable;

/**
 * Dates and times in text: {@code yyyy-MM-dd}, then if so a {@code T} or a space and {@code
 * HH:mm[:ss[.fraction]]}, then if so {@code Z} or, after a time, an offset with or without the name
 * of its zone; or a time of day alone. ASCII, nothing left out or over.
 *
 * <p>The result of a parse stays in the object, so that a row costs none.
 */
final class DateTimeParser {

  private static final int[] DAYS_BEFORE_MONTH = {
    0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334
  };
  private static final int[] DAYS_IN_MONTH = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

  private final @Nullable DateTimeFormatter pattern;
  private byte[] text = {};
  private byte[] ofString = new byte[64];
  private int at;
  private int end;

  /** Days since 1970-01-01. */
  long days;

  boolean hasTime;
  private boolean hasDate;
  int secondOfDay;
  int nanos;

  /** Whether the fraction has digits beyond nanoseconds that are not zero. */
  boolean beyondNanos;

  boolean hasOffset;
  int offsetSeconds;

  /** Whether a time of day alone has a minus. */
  boolean negative;

  /** For ISO-8601. */
  DateTimeParser() {
    this(null);
  }

  /**
   * @param pattern of the only form that texts have; null for ISO-8601
   */
  DateTimeParser(@Nullable DateTimeFormatter pattern) {
    this.pattern = pattern;
  }

  /** Returns whether the whole text is a date, or a date with a time. */
  boolean parse(String input) {
    if (pattern != null) {
      return byPattern(pattern, input) && hasDate;
    }
    start(input);
    return parsed();
  }

  /** The same for the bytes of a text in UTF-8. */
  boolean parse(byte[] input, int from, int to) {
    if (pattern != null) {
      return parse(new String(input, from, to - from, StandardCharsets.UTF_8));
    }
    start(input, from, to);
    return parsed();
  }

  private boolean parsed() {
    return date() && (at == end || utc() || (time() && (at == end || offset())));
  }

  /**
   * Returns whether the whole text is {@code [-]HH:mm:ss[.fraction]} with up to 999 hours, and then
   * if so {@code Z}, or an offset of zero. Without seconds the server would read it as {@code
   * mm:ss}.
   */
  boolean parseTimeOfDay(String input) {
    if (pattern != null) {
      return byPattern(pattern, input) && hasTime && !hasDate && offsetSeconds == 0;
    }
    start(input);
    negative = take('-');
    int colon = at;
    while (colon < end && text[colon] != ':') {
      colon++;
    }
    if (colon == end || colon < at + 1 || colon > at + 3 || !clock(number(colon - at), true)) {
      return false;
    }
    return at == end || (offset() && offsetSeconds == 0);
  }

  private void start(String input) {
    int length = input.length();
    if (ofString.length < length) {
      ofString = new byte[2 * length];
    }
    for (int i = 0; i < length; i++) {
      char c = input.charAt(i);
      ofString[i] = (byte) (c < 0x80 ? c : 0);
    }
    start(ofString, 0, length);
  }

  private void start(byte[] input, int from, int to) {
    text = input;
    at = from;
    end = to;
    hasTime = false;
    secondOfDay = 0;
    nanos = 0;
    beyondNanos = false;
    hasOffset = false;
    offsetSeconds = 0;
    negative = false;
  }

  private boolean byPattern(DateTimeFormatter form, String input) {
    start("");
    TemporalAccessor found;
    try {
      found = form.parse(input);
    } catch (DateTimeException e) {
      return false;
    }
    LocalDate date = found.query(TemporalQueries.localDate());
    LocalTime time = found.query(TemporalQueries.localTime());
    if (date != null && time != null && found.query(TemporalQueries.zone()) != null) {
      LocalDateTime utc = LocalDateTime.ofInstant(Instant.from(found), ZoneOffset.UTC);
      date = utc.toLocalDate();
      time = utc.toLocalTime();
      hasOffset = true;
    }
    hasDate = date != null;
    hasTime = time != null;
    days = date == null ? 0 : date.toEpochDay();
    secondOfDay = time == null ? 0 : time.toSecondOfDay();
    nanos = time == null ? 0 : time.get(ChronoField.NANO_OF_SECOND);
    return hasDate || hasTime;
  }

  /** A date in UTC, as Debezium's IsoDate has it. */
  private boolean utc() {
    if (at == end - 1 && take('Z')) {
      hasOffset = true;
      return true;
    }
    return false;
  }

  /** Seconds since 1970-01-01 00:00:00 on the clock that the text was read from. */
  long localSeconds() {
    return days * 86_400 + secondOfDay;
  }

  private boolean date() {
    int year = number(4);
    if (year < 0 || !take('-')) {
      return false;
    }
    int month = number(2);
    if (month < 1 || month > 12 || !take('-')) {
      return false;
    }
    int day = number(2);
    boolean leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day < 1 || day > DAYS_IN_MONTH[month - 1] + (month == 2 && leap ? 1 : 0)) {
      return false;
    }
    int before = year - 1;
    long daysBeforeYear =
        before * 365L
            + Math.floorDiv(before, 4)
            - Math.floorDiv(before, 100)
            + Math.floorDiv(before, 400);
    days =
        daysBeforeYear
            - 719_162
            + DAYS_BEFORE_MONTH[month - 1]
            + (month > 2 && leap ? 1 : 0)
            + day
            - 1;
    return true;
  }

  private boolean time() {
    if (!take(' ') && !take('T')) {
      return false;
    }
    int hour = number(2);
    return hour <= 23 && clock(hour, false);
  }

  /** What follows the hour. */
  private boolean clock(int hour, boolean needsSeconds) {
    if (hour < 0 || !take(':')) {
      return false;
    }
    int minute = number(2);
    if (minute < 0 || minute > 59) {
      return false;
    }
    int second = 0;
    if (take(':')) {
      second = number(2);
      if (second < 0 || second > 59 || (take('.') && !fraction())) {
        return false;
      }
    } else if (needsSeconds) {
      return false;
    }
    hasTime = true;
    secondOfDay = hour * 3600 + minute * 60 + second;
    return true;
  }

  private boolean fraction() {
    int start = at;
    int unit = 100_000_000;
    while (at < end && isDigit((char) text[at])) {
      int digit = (char) text[at++] - '0';
      nanos += digit * unit;
      beyondNanos |= unit == 0 && digit != 0;
      unit /= 10;
    }
    return at > start;
  }

  private boolean offset() {
    hasOffset = true;
    if (take('Z') || take('z')) {
      return zone();
    }
    boolean west = take('-');
    if (!west && !take('+')) {
      return false;
    }
    int hours = number(2);
    int minutes = 0;
    if (at < end && text[at] != '[') {
      take(':');
      minutes = number(2);
    }
    if (hours < 0 || hours > 18 || minutes < 0 || minutes > 59) {
      return false;
    }
    offsetSeconds = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return zone();
  }

  /** The end, or the name of a zone in brackets, which an offset has already made plain. */
  private boolean zone() {
    if (!take('[')) {
      return at == end;
    }
    int start = at;
    while (at < end && isZone((char) text[at])) {
      at++;
    }
    return at > start && take(']') && at == end;
  }

  private static boolean isZone(char c) {
    return (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || isDigit(c)
        || "/_+-:".indexOf(c) >= 0;
  }

  /** Parses exactly this many digits; -1 if there are others. */
  private int number(int digits) {
    if (at + digits > end) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < digits; i++) {
      char c = (char) text[at++];
      if (!isDigit(c)) {
        return -1;
      }
      value = value * 10 + c - '0';
    }
    return value;
  }

  private boolean take(char c) {
    if (at < end && text[at] == c) {
      at++;
      return true;
    }
    return false;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
