package dev.tributary.stack;

import java.time.Duration;

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
   * Answers in the server's place, which does not see the insert.
   *
   * @param code of ClickHouse; 0 for an answer that is not ClickHouse's
   */
  record Answer(int status, int code, String text) implements Fault {}

  /** The same answer, given before the body is read, and then a reset. */
  record AnswerEarly(int status, int code, String text) implements Fault {}

  /** An error as ClickHouse reports it. */
  static Fault error(int code, String name) {
    return new Answer(500, code, "Code: " + code + ". DB::Exception: made up. (" + name + ")");
  }
}
