package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import com.clickhouse.client.api.ClientException;
import com.clickhouse.client.api.ServerException;
import java.net.SocketException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InsertExceptionTest {

  private static InsertException of(Throwable thrown, boolean begun) {
    return InsertException.of(ClientErrors.of(thrown), begun);
  }

  private static InsertException answer(int code, String text) {
    return of(new ServerException(code, text, 500, "query"), true);
  }

  @Test
  void text_of_a_violated_constraint_names_it_without_the_values() {
    InsertException e =
        answer(
            469,
            "Code: 469. DB::Exception: Constraint `grown_up` for table db.t (x) is violated at row"
                + " 1. Expression: (age > 17). Column values: age = 7, name = 'secret'.");

    assertThat(e)
        .hasMessageContaining("`grown_up`")
        .hasMessageContaining("(age > 17)")
        .hasNoCause();
    assertThat(e.getMessage()).doesNotContain("secret");
  }

  @Test
  void text_that_quotes_a_value_is_left_out() {
    InsertException e = answer(72, "Code: 72. DB::Exception: Cannot parse 'secret' as Int8");

    assertThat(e).hasMessageContaining("CANNOT_PARSE_NUMBER").hasNoCause();
    assertThat(e.getMessage()).doesNotContain("secret");
  }

  @ParameterizedTest
  @CsvSource({
    // code, whether rows may be there all the same
    "202, false",
    "516, false",
    "192, false",
    "193, false",
    "372, false",
    "373, false",
    // a table with a materialized view has the rows when the view fails with one of these
    "252, true",
    "60, true",
    "164, true",
    "349, true",
    "131, true",
    "497, true",
    "81, true",
    "241, true",
    "159, true",
    "319, true",
    "999, true",
    "469, true",
  })
  void only_some_answers_mean_that_no_row_was_written(int code, boolean uncertain) {
    assertThat(answer(code, "text").isUncertain()).isEqualTo(uncertain);
  }

  @Test
  void broken_connection_leaves_rows_in_doubt_once_they_were_on_their_way() {
    ClientException broken = new ClientException("x", new SocketException("reset"));

    assertThat(of(broken, false).isUncertain()).isFalse();
    assertThat(of(broken, true).isUncertain()).isTrue();
  }

  @Test
  void text_of_a_failed_request_says_why() {
    ClientException failed =
        new ClientException("Insert request failed", new SocketException("Connection refused"));

    assertThat(of(failed, false)).hasMessage("Insert request failed: Connection refused");
  }

  @Test
  void too_many_partitions_and_too_many_parts_are_distinguished_by_text() {
    assertThat(answer(252, "Too many parts (300). Merges are slower").kind())
        .isEqualTo(FailureKind.TRANSIENT);
    assertThat(answer(252, "Too many partitions for single INSERT block (more than 100)").kind())
        .isEqualTo(FailureKind.TOO_MANY_PARTITIONS);
  }
}
