package dev.tributary.connect.sink.clickhouse;

import java.util.Map;

/**
 * The parameters of a named session of ClickHouse's HTTP interface, by which an insert is fenced.
 *
 * <p>An insert with {@code session_check} runs only while its session exists, and the server locks
 * the session from before it reads the request's body until it has answered. So once the session
 * has been closed, no request that names it can store a row, however late it arrives.
 */
final class HttpSession {

  /** The session does not exist: it was closed, has timed out, or the server was restarted. */
  static final int NOT_FOUND = 372;

  /** A request in the session is still running, or its body has not arrived completely. */
  static final int LOCKED = 373;

  /**
   * How long an unused session lives: longer than an insert takes to follow the request for it, and
   * shorter than a table takes to forget a token.
   */
  private static final String TIMEOUT_S = "10";

  private HttpSession() {}

  /** Creates the session if it does not exist. */
  static Map<String, String> create(String session) {
    return Map.of("session_id", session, "session_timeout", TIMEOUT_S);
  }

  /** Uses the session, which must exist. */
  static Map<String, String> use(String session) {
    return Map.of("session_id", session, "session_check", "1");
  }

  /** Uses the session, which must exist, and closes it after the answer. */
  static Map<String, String> useAndClose(String session) {
    return Map.of("session_id", session, "session_check", "1", "close_session", "1");
  }
}
