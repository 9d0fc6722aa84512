package dev.tributary.connect.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.kafka.StateUnavailableError;
import java.util.Map;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskScopeTest {

  private static TaskScope scope(boolean toleratesExceptions) {
    TaskScope scope = TaskScope.enter("shop", "connect-shop", Map.of(), toleratesExceptions);
    scope.close();
    return scope;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void exception_of_a_transform_fails_the_task_unless_it_is_tolerated(boolean tolerated) {
    TaskScope scope = scope(tolerated);
    assertThat(scope.hasFailed()).isFalse();
    scope.thrown(new DataException("no key"));
    assertThat(scope.hasFailed()).isEqualTo(!tolerated);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void error_of_a_transform_always_fails_the_task_and_for_good(boolean tolerated) {
    TaskScope scope = scope(tolerated);
    scope.thrown(new StateUnavailableError("no broker"));
    scope.thrown(new DataException("no key"));
    assertThat(scope.hasFailed()).isTrue();
  }

  @Test
  void decisions_depend_on_other_partitions_if_those_of_one_transform_do() {
    TaskScope scope = scope(false);
    scope.join(new StubMember("join"));
    assertThat(scope.decidesAcrossPartitions()).isFalse();
    scope.join(
        new StubMember("dedup") {
          @Override
          public boolean decidesAcrossPartitions() {
            return true;
          }
        });
    assertThat(scope.decidesAcrossPartitions()).isTrue();
  }
}
