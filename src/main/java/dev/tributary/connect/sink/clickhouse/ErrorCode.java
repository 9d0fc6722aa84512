package dev.tributary.connect.sink.clickhouse;

import static dev.tributary.connect.sink.clickhouse.FailureKind.DATA;
import static dev.tributary.connect.sink.clickhouse.FailureKind.DENIED;
import static dev.tributary.connect.sink.clickhouse.FailureKind.NO_DATABASE;
import static dev.tributary.connect.sink.clickhouse.FailureKind.PRESSURE;
import static dev.tributary.connect.sink.clickhouse.FailureKind.READ_ONLY;
import static dev.tributary.connect.sink.clickhouse.FailureKind.SCHEMA;
import static dev.tributary.connect.sink.clickhouse.FailureKind.TOO_MANY_PARTITIONS;
import static dev.tributary.connect.sink.clickhouse.FailureKind.TRANSIENT;
import static dev.tributary.connect.sink.clickhouse.Remedy.BISECT;
import static dev.tributary.connect.sink.clickhouse.Remedy.FAIL;
import static dev.tributary.connect.sink.clickhouse.Remedy.RETRY_ONCE;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A ClickHouse error that the sink knows, and how it handles it. An error that is not in this table
 * fails the task, which neither loses rows nor sends good ones to the dead letter queue: at the row
 * that gets it, if the batch can be split.
 *
 * @param name the name that ClickHouse's {@code errorCodeToName} returns
 * @param ifTableUnchanged what the sink does if {@link Remedy#REFRESH_TABLE} finds that the table
 *     has not changed
 */
public record ErrorCode(int code, String name, FailureKind kind, Remedy ifTableUnchanged) {

  /** The code of two errors, distinguished by {@link #PARTITIONS_OF_ONE_INSERT} in the text. */
  private static final int TOO_MANY_PARTS = 252;

  private static final int UNKNOWN_USER = 192;
  private static final int WRONG_PASSWORD = 193;
  private static final int TOO_MANY_SIMULTANEOUS_QUERIES = 202;
  private static final int AUTHENTICATION_FAILED = 516;
  private static final int VIOLATED_CONSTRAINT = 469;

  /** Introduces the values in the text of a violated constraint. */
  private static final String VALUES = "Column values:";

  /** Part of "Too many partitions for single INSERT block". */
  private static final String PARTITIONS_OF_ONE_INSERT = "single INSERT block";

  private static final String NAME = "(?:`(?:[^`\\\\]|\\\\.)*`|\\w+)";
  private static final String QUALIFIED = "(" + NAME + "(?:\\." + NAME + ")?)";

  private static final Pattern PUSHING_TO_VIEW =
      Pattern.compile(
          ": while pushing to view "
              + QUALIFIED
              + "(?: \\([-0-9a-f]+\\))?\\. \\([A-Z0-9_]+\\) \\(version [^\\n]*\\)\\s*$");

  private static final Pattern TARGET_OF_VIEW =
      Pattern.compile(
          "^Code: 60\\. DB::Exception: Target table '([^']*)' of view '[^']*' doesn't exist");

  public static final List<ErrorCode> ALL =
      List.of(
          new ErrorCode(3, "UNEXPECTED_END_OF_FILE", TRANSIENT),
          new ErrorCode(6, "CANNOT_PARSE_TEXT", DATA),
          new ErrorCode(16, "NO_SUCH_COLUMN_IN_TABLE", SCHEMA),
          new ErrorCode(26, "CANNOT_PARSE_QUOTED_STRING", DATA),
          new ErrorCode(27, "CANNOT_PARSE_INPUT_ASSERTION_FAILED", DATA),
          new ErrorCode(33, "CANNOT_READ_ALL_DATA", SCHEMA, BISECT),
          new ErrorCode(38, "CANNOT_PARSE_DATE", DATA),
          new ErrorCode(41, "CANNOT_PARSE_DATETIME", DATA),
          new ErrorCode(53, "TYPE_MISMATCH", SCHEMA),
          new ErrorCode(60, "UNKNOWN_TABLE", SCHEMA, RETRY_ONCE),
          new ErrorCode(69, "ARGUMENT_OUT_OF_BOUND", DATA),
          new ErrorCode(70, "CANNOT_CONVERT_TYPE", DATA),
          new ErrorCode(72, "CANNOT_PARSE_NUMBER", DATA),
          new ErrorCode(81, "UNKNOWN_DATABASE", NO_DATABASE),
          new ErrorCode(107, "FILE_DOESNT_EXIST", TRANSIENT),
          new ErrorCode(117, "INCORRECT_DATA", DATA),
          new ErrorCode(128, "TOO_LARGE_ARRAY_SIZE", DATA),
          new ErrorCode(131, "TOO_LARGE_STRING_SIZE", SCHEMA, BISECT),
          new ErrorCode(153, "ILLEGAL_DIVISION", DATA),
          new ErrorCode(159, "TIMEOUT_EXCEEDED", PRESSURE),
          new ErrorCode(164, "READONLY", READ_ONLY),
          new ErrorCode(167, "TOO_DEEP_AST", DATA),
          new ErrorCode(190, "SIZES_OF_ARRAYS_DONT_MATCH", DATA),
          new ErrorCode(UNKNOWN_USER, "UNKNOWN_USER", DENIED),
          new ErrorCode(WRONG_PASSWORD, "WRONG_PASSWORD", DENIED),
          new ErrorCode(194, "REQUIRED_PASSWORD", DENIED),
          new ErrorCode(201, "QUOTA_EXCEEDED", TRANSIENT),
          new ErrorCode(TOO_MANY_SIMULTANEOUS_QUERIES, "TOO_MANY_SIMULTANEOUS_QUERIES", TRANSIENT),
          new ErrorCode(203, "NO_FREE_CONNECTION", TRANSIENT),
          new ErrorCode(209, "SOCKET_TIMEOUT", TRANSIENT),
          new ErrorCode(210, "NETWORK_ERROR", TRANSIENT),
          new ErrorCode(225, "NO_ZOOKEEPER", TRANSIENT),
          new ErrorCode(236, "ABORTED", TRANSIENT),
          new ErrorCode(241, "MEMORY_LIMIT_EXCEEDED", PRESSURE),
          new ErrorCode(242, "TABLE_IS_READ_ONLY", TRANSIENT),
          new ErrorCode(243, "NOT_ENOUGH_SPACE", TRANSIENT),
          new ErrorCode(TOO_MANY_PARTS, "TOO_MANY_PARTS", TRANSIENT),
          new ErrorCode(254, "NO_ACTIVE_REPLICAS", TRANSIENT),
          new ErrorCode(279, "ALL_CONNECTION_TRIES_FAILED", TRANSIENT),
          new ErrorCode(285, "TOO_FEW_LIVE_REPLICAS", TRANSIENT),
          new ErrorCode(286, "UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE", TRANSIENT),
          new ErrorCode(306, "TOO_DEEP_RECURSION", DATA),
          new ErrorCode(319, "UNKNOWN_STATUS_OF_INSERT", TRANSIENT),
          new ErrorCode(321, "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE", DATA),
          new ErrorCode(349, "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN", SCHEMA, BISECT),
          new ErrorCode(HttpSession.NOT_FOUND, "SESSION_NOT_FOUND", TRANSIENT),
          new ErrorCode(HttpSession.LOCKED, "SESSION_IS_LOCKED", TRANSIENT),
          new ErrorCode(376, "CANNOT_PARSE_UUID", DATA),
          new ErrorCode(394, "QUERY_WAS_CANCELLED", TRANSIENT),
          new ErrorCode(395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO", DATA),
          new ErrorCode(407, "DECIMAL_OVERFLOW", DATA),
          new ErrorCode(425, "SYSTEM_ERROR", TRANSIENT),
          new ErrorCode(439, "CANNOT_SCHEDULE_TASK", TRANSIENT),
          new ErrorCode(441, "CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING", DATA),
          new ErrorCode(467, "CANNOT_PARSE_BOOL", DATA),
          new ErrorCode(VIOLATED_CONSTRAINT, "VIOLATED_CONSTRAINT", DATA),
          new ErrorCode(473, "DEADLOCK_AVOIDED", TRANSIENT),
          new ErrorCode(492, "ACCESS_ENTITY_NOT_FOUND", DENIED),
          new ErrorCode(497, "ACCESS_DENIED", DENIED),
          new ErrorCode(AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED", DENIED),
          new ErrorCode(517, "CANNOT_ASSIGN_ALTER", TRANSIENT),
          new ErrorCode(574, "DISTRIBUTED_TOO_MANY_PENDING_BYTES", TRANSIENT),
          new ErrorCode(675, "CANNOT_PARSE_IPV4", DATA),
          new ErrorCode(676, "CANNOT_PARSE_IPV6", DATA),
          new ErrorCode(691, "UNKNOWN_ELEMENT_OF_ENUM", DATA),
          new ErrorCode(745, "SERVER_OVERLOADED", TRANSIENT),
          new ErrorCode(999, "KEEPER_EXCEPTION", TRANSIENT));

  private static final Map<Integer, ErrorCode> BY_CODE =
      ALL.stream().collect(Collectors.toMap(ErrorCode::code, Function.identity()));

  /**
   * Errors that ClickHouse reports before it runs the statement. After any other, and without an
   * answer, rows may be stored: a table has its rows when one of its materialized views fails, with
   * whatever code.
   */
  private static final Set<Integer> NOTHING_WRITTEN =
      Set.of(
          WRONG_PASSWORD,
          UNKNOWN_USER,
          AUTHENTICATION_FAILED,
          TOO_MANY_SIMULTANEOUS_QUERIES,
          HttpSession.NOT_FOUND,
          HttpSession.LOCKED);

  private ErrorCode(int code, String name, FailureKind kind) {
    this(code, name, kind, FAIL);
  }

  public static Optional<ErrorCode> of(int code) {
    return Optional.ofNullable(BY_CODE.get(code));
  }

  /** The kind of an error with this code and text. */
  public static FailureKind kind(int code, String message) {
    if (code == TOO_MANY_PARTS && message.contains(PARTITIONS_OF_ONE_INSERT)) {
      return TOO_MANY_PARTITIONS;
    }
    return of(code).map(ErrorCode::kind).orElse(FailureKind.UNLISTED);
  }

  /** How to handle a schema error if the table has not changed. */
  public static Remedy ifTableUnchanged(int code) {
    return of(code).map(ErrorCode::ifTableUnchanged).orElse(FAIL);
  }

  /** Whether a value may be the cause if the table has not changed. */
  static boolean isPerhapsData(int code) {
    return ifTableUnchanged(code) == BISECT;
  }

  /** Whether the server reports this error before it writes any row, of a view's target too. */
  static boolean isBeforeWriting(int code) {
    return NOTHING_WRITTEN.contains(code);
  }

  /**
   * The materialized view that the text of an error names as the place where it happened. Without a
   * name it may have happened in a view nevertheless. Only the end of the text counts, since the
   * rest may quote values of rows.
   */
  static Optional<String> view(String text) {
    Matcher named = PUSHING_TO_VIEW.matcher(text);
    Matcher missing = TARGET_OF_VIEW.matcher(text);
    return named.find()
        ? Optional.of(named.group(1))
        : missing.find() ? Optional.of(missing.group(1)) : Optional.empty();
  }

  /** The text of an error without the values of rows that it may quote. */
  static String withoutValues(int code, @Nullable String text) {
    int values = text == null ? -1 : text.indexOf(VALUES);
    return code == VIOLATED_CONSTRAINT && text != null && values > 0
        ? text.substring(0, values).strip()
        : "Code: "
            + code
            + " ("
            + of(code).map(ErrorCode::name).orElse("")
            + "); the server's log has the text";
  }
}
