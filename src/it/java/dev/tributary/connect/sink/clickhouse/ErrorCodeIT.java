package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseSql;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class ErrorCodeIT {

  @Test
  void codes_mean_to_the_server_what_the_table_takes_them_for(ClickHouseSql sql) {
    assertThat(ErrorCode.ALL)
        .allSatisfy(
            error ->
                assertThat(sql.query("SELECT errorCodeToName(" + error.code() + ")").strip())
                    .as("code " + error.code())
                    .isEqualTo(error.name()));
  }
}
