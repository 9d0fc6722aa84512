package dev.tributary.connect.sink.clickhouse;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A row that a table or a view does not take, and what is said then; nothing of its block goes in.
 */
record Refusal(int code, String text, Predicate<Map<String, @Nullable Object>> which) {

  static final Refusal NONE = new Refusal(0, "", row -> false);

  private static final int VIOLATED_CONSTRAINT = 469;

  void check(List<Map<String, @Nullable Object>> rows) throws ServerError {
    for (Map<String, @Nullable Object> row : rows) {
      if (which.test(row)) {
        throw new ServerError(
            code, code == VIOLATED_CONSTRAINT ? text + ". Column values: " + row : text);
      }
    }
  }
}
