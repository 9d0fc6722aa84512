package dev.tributary.connect.sink.clickhouse;

import org.jspecify.annotations.Nullable;

/**
 * A complete answer to a request over HTTP.
 *
 * @param status the HTTP status
 * @param code the code in {@code X-ClickHouse-Exception-Code}; 0 without that header
 * @param queryId the query id that the server reports; null if it reports none
 * @param nonce the header that the statement asked for; null if it is not there
 * @param location where a redirect points to; null if it is none
 * @param body the beginning of the body
 */
record HttpAnswer(
    int status,
    int code,
    @Nullable String queryId,
    @Nullable String nonce,
    @Nullable String location,
    String body) {

  /** Whether ClickHouse reports success, or something in front of it does. */
  boolean isOk() {
    return status == 200 && code == 0;
  }

  /** Whether the answer was made for the request with this id: no other party knows it. */
  boolean proves(String id) {
    return id.equals(queryId) || id.equals(nonce);
  }

  /**
   * Why the answer is no success: ClickHouse's error if it has a code, whatever the status; without
   * one it is no answer of ClickHouse.
   */
  ClickHouseException error(String url) {
    if (code > 0) {
      return new ClickHouseException(ErrorCode.kind(code, body), code, body.strip(), null);
    }
    return new ClickHouseException(
        status == 413 ? FailureKind.PRESSURE : FailureKind.UNREACHABLE,
        0,
        "the answer from "
            + url
            + " is not from ClickHouse: HTTP status "
            + status
            + (location == null ? "" : ", a redirect to " + location)
            + (body.isBlank() ? "" : ", " + excerpt()),
        null);
  }

  private String excerpt() {
    String line = body.strip().replaceAll("\\s+", " ");
    return '"' + (line.length() > 200 ? line.substring(0, 200) + "…" : line) + '"';
  }
}
