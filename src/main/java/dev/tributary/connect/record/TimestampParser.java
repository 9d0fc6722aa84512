package dev.tributary.connect.record;

/**
 * Reads date and time texts without garbage and without exceptions.
 *
 * <p>ISO-8601 and its SQL form: {@code yyyy-MM-dd}, then optionally {@code T} or a blank and {@code
 * HH:mm[:ss[.fraction]]}, then optionally {@code Z}, {@code ±HH}, {@code ±HHmm} or {@code ±HH:mm}.
 * Without an offset the time is UTC. Fractions below a millisecond are truncated.
 */
final class TimestampParser {

  static final long UNREADABLE = Long.MIN_VALUE;

  private static final int[] DAYS = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

  private TimestampParser() {}

  /** Milliseconds since the epoch, or {@link #UNREADABLE}. */
  static long parse(String text) {
    int end = text.length();
    if (end < 10 || text.charAt(4) != '-' || text.charAt(7) != '-') {
      return UNREADABLE;
    }
    int year = digits(text, 0, 4);
    int month = digits(text, 5, 2);
    int day = digits(text, 8, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) {
      return UNREADABLE;
    }
    long millis = epochDay(year, month, day) * 86_400_000L;
    if (end == 10) {
      return millis;
    }
    char separator = text.charAt(10);
    if (end < 16 || (separator != 'T' && separator != 't' && separator != ' ')) {
      return UNREADABLE;
    }
    int hour = digits(text, 11, 2);
    int minute = digits(text, 14, 2);
    if (hour < 0 || hour > 23 || text.charAt(13) != ':' || minute < 0 || minute > 59) {
      return UNREADABLE;
    }
    millis += hour * 3_600_000L + minute * 60_000L;
    int at = 16;
    if (at < end && text.charAt(at) == ':') {
      int second = digits(text, at + 1, 2);
      if (second < 0 || second > 59) {
        return UNREADABLE;
      }
      millis += second * 1000L;
      at += 3;
      if (at < end && (text.charAt(at) == '.' || text.charAt(at) == ',')) {
        int from = ++at;
        int scale = 100;
        while (at < end && isDigit(text.charAt(at))) {
          millis += (long) scale * (text.charAt(at) - '0');
          scale /= 10;
          at++;
        }
        if (at == from) {
          return UNREADABLE;
        }
      }
    }
    return at == end ? millis : withOffset(text, at, millis);
  }

  private static long withOffset(String text, int at, long millis) {
    char sign = text.charAt(at);
    int left = text.length() - at - 1;
    if (sign == 'Z' || sign == 'z') {
      return left == 0 ? millis : UNREADABLE;
    }
    if (sign != '+' && sign != '-') {
      return UNREADABLE;
    }
    int hours = digits(text, at + 1, 2);
    int minutes =
        switch (left) {
          case 2 -> 0;
          case 4 -> digits(text, at + 3, 2);
          case 5 -> text.charAt(at + 3) == ':' ? digits(text, at + 4, 2) : -1;
          default -> -1;
        };
    if (hours < 0 || hours > 18 || minutes < 0 || minutes > 59) {
      return UNREADABLE;
    }
    long offset = hours * 3_600_000L + minutes * 60_000L;
    return sign == '+' ? millis - offset : millis + offset;
  }

  /** The number of {@code count} digits, or -1. */
  private static int digits(String text, int at, int count) {
    if (at + count > text.length()) {
      return -1;
    }
    int value = 0;
    for (int i = at; i < at + count; i++) {
      char c = text.charAt(i);
      if (!isDigit(c)) {
        return -1;
      }
      value = 10 * value + (c - '0');
    }
    return value;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static int daysOf(int year, int month) {
    boolean leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : DAYS[month - 1];
  }

  /** Days since 1970-01-01 in the proleptic Gregorian calendar; years count from March. */
  private static long epochDay(int year, int month, int day) {
    int y = month <= 2 ? year - 1 : year;
    int era = Math.floorDiv(y, 400);
    int yearOfEra = y - era * 400;
    int dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
    return era * 146_097L + dayOfEra - 719_468;
  }
}
