package dev.tributary.stack;

import java.time.Duration;
import java.util.Map;

/** What a {@link FaultProxy} does to an insert. */
public sealed interface Fault {

  /** Takes the whole insert and never answers; the server does not see it. */
  record Hang() implements Fault {}

  /** Takes the head of the insert and reads no further, so that the client's writes block. */
  record HangInBody() implements Fault {}

  /** Passes the insert on after a while. */
  record Slow(Duration delay) implements Fault {}

  /**
   * Passes half of the insert on, then resets the client's connection and ends the server's. A
   * reset there too can abort the embedded engine: seen with 26.7, SIGABRT after "Socket is not
   * connected".
   */
  record ResetRequest() implements Fault {}

  /** Passes the insert on and resets the client's connection in place of the server's answer. */
  record ResetAnswer() implements Fault {}

  /** Passes the insert on and gives the answer a byte at a time, so slowly that it never ends. */
  record Dribble() implements Fault {}

  /**
   * Takes the insert, resets the client's connection, and sends the insert to the server later, on
   * a connection of its own.
   *
   * @param whole false: only the first half is sent, and the connection ends there
   */
  record Hold(Duration delay, boolean whole) implements Fault {}

  /** Passes the insert on, and sends it to the server once more later. */
  record Repeat(Duration delay) implements Fault {}

  /**
   * Answers in the server's place, which does not see the insert.
   *
   * @param headers besides that for the length of the text
   */
  record Answer(int status, Map<String, String> headers, String text) implements Fault {

    private static final String PLAIN = "text/plain; charset=UTF-8";

    /**
     * @param code of ClickHouse; 0 for an answer that is not ClickHouse's
     */
    public Answer(int status, int code, String text) {
      this(
          status,
          code == 0
              ? Map.of("Content-Type", PLAIN)
              : Map.of("Content-Type", PLAIN, "X-ClickHouse-Exception-Code", "" + code),
          text);
    }
  }

  /** The same answer, given before the body is read, and then a reset. */
  record AnswerEarly(int status, int code, String text) implements Fault {}

  /** An error as ClickHouse reports it. */
  static Fault error(int code, String name) {
    return new Answer(500, code, errorText(code, name));
  }

  /** What a front answers by itself that takes every request and keeps it. */
  static Fault emptyAnswer() {
    return new Answer(200, Map.of(), "");
  }

  /** What a front answers while the servers behind it are serviced. */
  static Fault maintenancePage() {
    return new Answer(
        200,
        Map.of("Content-Type", "text/html; charset=UTF-8"),
        "<html><body><h1>We will be back soon</h1></body></html>\n");
  }

  /** Sends the client to a path at which ClickHouse answers 200 to everyone. */
  static Fault redirect() {
    return new Answer(302, Map.of("Location", "/ping"), "");
  }

  /** An error without the status and the header by which ClickHouse reports it. */
  static Fault hiddenError(int code, String name) {
    return new Answer(200, 0, errorText(code, name));
  }

  private static String errorText(int code, String name) {
    return "Code: " + code + ". DB::Exception: made up. (" + name + ")";
  }
}
