package dev.tributary.connect.sink.clickhouse;

import java.util.Optional;

/** What becomes of an attempt to insert, as a test decides. */
public sealed interface Fate {

  /** How far the server comes with it. */
  Reach reach();

  /** What the sink hears; empty for the server's own answer. */
  Optional<InsertException> failure();

  /**
   * The server does what it can, and answers.
   *
   * @param doubled whether something on the way sends the request twice; the copy arrives when the
   *     test says so
   */
  record Pass(boolean doubled) implements Fate {
    @Override
    public Reach reach() {
      return Reach.ALL;
    }

    @Override
    public Optional<InsertException> failure() {
      return Optional.empty();
    }
  }

  /** The server answers with an error. */
  record Answered(int code, String text, Reach reach) implements Fate {
    @Override
    public Optional<InsertException> failure() {
      return Optional.of(InsertException.of(FakeClickHouse.error(code, text), true));
    }
  }

  /** The connection breaks after the first bytes. */
  record NoAnswer(Reach reach) implements Fate {
    @Override
    public Optional<InsertException> failure() {
      return Optional.of(InsertException.of(unreachable("Connection reset"), true));
    }
  }

  /** The time for a request is up; the clock is the test's to move. */
  record Timeout(long ms, Reach reach) implements Fate {
    @Override
    public Optional<InsertException> failure() {
      return Optional.of(InsertException.of(unreachable("no answer within " + ms + " ms"), true));
    }
  }

  /** The connection breaks, and the request arrives when the test says so. */
  record Late() implements Fate {
    @Override
    public Reach reach() {
      return Reach.NOTHING;
    }

    @Override
    public Optional<InsertException> failure() {
      return lostRequest().failure();
    }
  }

  /** There is no connection, so that nothing is sent. */
  record Refused() implements Fate {
    @Override
    public Reach reach() {
      return Reach.NOTHING;
    }

    @Override
    public Optional<InsertException> failure() {
      return Optional.of(InsertException.of(unreachable("Connection refused"), false));
    }
  }

  /** The server dies, and does not answer until it is started. */
  record Killed(Reach reach) implements Fate {
    @Override
    public Optional<InsertException> failure() {
      return lostRequest().failure();
    }
  }

  static Fate pass() {
    return new Pass(false);
  }

  /** An error before anything is written. */
  static Fate error(int code, String text) {
    return new Answered(code, text, Reach.NOTHING);
  }

  static Fate errorAfter(Reach reach, int code, String text) {
    return new Answered(code, text, reach);
  }

  static Fate lostAnswer() {
    return new NoAnswer(Reach.ALL);
  }

  static Fate lostRequest() {
    return new NoAnswer(Reach.NOTHING);
  }

  static Fate noAnswer(Reach reach) {
    return new NoAnswer(reach);
  }

  /** The server gives up after the given number of partitions of the table. */
  static Fate split(int partitions) {
    return new NoAnswer(Reach.partitions(partitions));
  }

  static Fate timeout(long ms, Reach reach) {
    return new Timeout(ms, reach);
  }

  static Fate late() {
    return new Late();
  }

  static Fate doubled() {
    return new Pass(true);
  }

  static Fate refused() {
    return new Refused();
  }

  static Fate killed(Reach reach) {
    return new Killed(reach);
  }

  static ClickHouseException unreachable(String message) {
    return new ClickHouseException(FailureKind.UNREACHABLE, 0, message, null);
  }
}
