package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import com.clickhouse.client.api.ClientException;
import com.clickhouse.client.api.ServerException;
import java.net.ConnectException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientErrorsTest {

  @ParameterizedTest
  @CsvSource({
    // code, HTTP status, what it means
    "202, 500, TRANSIENT",
    "241, 500, PRESSURE",
    "252, 500, TRANSIENT",
    "999, 500, TRANSIENT",
    "516, 403, DENIED",
    "497, 403, DENIED",
    "81, 404, NO_DATABASE",
    "60, 404, SCHEMA",
    "164, 500, READ_ONLY",
    "469, 500, DATA",
    "53, 400, SCHEMA",
    "53, 503, SCHEMA", // the code decides before the status
    "48, 503, UNLISTED",
    "0, 503, UNREACHABLE",
    "0, 429, UNREACHABLE",
    "0, 401, DENIED",
    "0, 400, PERMANENT",
  })
  void code_decides_before_status(int code, int status, FailureKind expected) {
    ServerException answer = new ServerException(code, "text", status, "query");

    assertThat(ClientErrors.kind(answer)).isEqualTo(expected);
    assertThat(ClientErrors.kind(new RuntimeException(new SQLException("outer", answer))))
        .isEqualTo(expected);
  }

  @Test
  void no_answer_means_unreachable() {
    assertThat(ClientErrors.kind(new ClientException("x", new ConnectException("refused"))))
        .isEqualTo(FailureKind.UNREACHABLE);
    assertThat(ClientErrors.kind(new SQLException("x", new ConnectException("refused"))))
        .isEqualTo(FailureKind.UNREACHABLE);
  }

  @Test
  void fault_of_our_own_is_not_retried() {
    assertThat(ClientErrors.kind(new IllegalStateException("bug")).isRetried()).isFalse();
  }
}
