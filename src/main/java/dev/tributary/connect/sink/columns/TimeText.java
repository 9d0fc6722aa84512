package dev.tributary.connect.sink.columns;

/**
 * Dates and times in text: {@code yyyy-MM-dd}, then if so a {@code T} or a space and {@code
 * HH:mm[:ss[.fraction]]}, then if so {@code Z} or, behind a time, an offset with or without the
 * name of its zone; or a time of day alone. ASCII, nothing left out or over.
 *
 * <p>The result of a parse stays in the object, so that a row costs none.
 */
final class TimeText {

  private static final int[] DAYS_BEFORE_MONTH = {
    0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334
  };
  private static final int[] DAYS_IN_MONTH = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

  private String text = "";
  private int at;

  /** Days since 1970-01-01. */
  long days;

  boolean hasTime;
  int secondOfDay;
  int nanos;

  /** Whether the fraction has digits beyond nanoseconds that are not zero. */
  boolean beyondNanos;

  boolean hasOffset;
  int offsetSeconds;

  /** Whether a time of day alone has a minus. */
  boolean negative;

  /** Returns whether the whole text is a date, or a date with a time. */
  boolean parse(String input) {
    start(input);
    return date()
        && (at == text.length() || utc() || (time() && (at == text.length() || offset())));
  }

  /**
   * Returns whether the whole text is {@code [-]HH:mm[:ss[.fraction]]} with up to 999 hours, and
   * then if so {@code Z}, or an offset of zero.
   */
  boolean parseTimeOfDay(String input) {
    start(input);
    negative = take('-');
    int colon = text.indexOf(':', at);
    if (colon < at + 1 || colon > at + 3 || !clock(number(colon - at))) {
      return false;
    }
    return at == text.length() || (offset() && offsetSeconds == 0);
  }

  private void start(String input) {
    text = input;
    at = 0;
    hasTime = false;
    secondOfDay = 0;
    nanos = 0;
    beyondNanos = false;
    hasOffset = false;
    offsetSeconds = 0;
    negative = false;
  }

  /** A date in UTC, as Debezium's IsoDate has it. */
  private boolean utc() {
    if (at == text.length() - 1 && take('Z')) {
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
    return hour <= 23 && clock(hour);
  }

  /** What follows the hour. */
  private boolean clock(int hour) {
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
    }
    hasTime = true;
    secondOfDay = hour * 3600 + minute * 60 + second;
    return true;
  }

  private boolean fraction() {
    int start = at;
    int unit = 100_000_000;
    while (at < text.length() && isDigit(text.charAt(at))) {
      int digit = text.charAt(at++) - '0';
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
    if (at < text.length() && text.charAt(at) != '[') {
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
      return at == text.length();
    }
    int start = at;
    while (at < text.length() && isZone(text.charAt(at))) {
      at++;
    }
    return at > start && take(']') && at == text.length();
  }

  private static boolean isZone(char c) {
    return (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || isDigit(c)
        || "/_+-:".indexOf(c) >= 0;
  }

  /** Exactly so many digits, or -1. */
  private int number(int digits) {
    if (at + digits > text.length()) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < digits; i++) {
      char c = text.charAt(at++);
      if (!isDigit(c)) {
        return -1;
      }
      value = value * 10 + c - '0';
    }
    return value;
  }

  private boolean take(char c) {
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
