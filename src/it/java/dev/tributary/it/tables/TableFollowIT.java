package dev.tributary.it.tables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tables that somebody changes while rows are on their way: no restart, and no wrong row. */
@ExtendWith(StackExtension.class)
class TableFollowIT {

  @Test
  void columns_added_dropped_moved_and_retyped_under_load_cost_no_row(Stack stack)
      throws Exception {
    ClickHouseSql sql = stack.clickHouse().sql();
    try (Pipeline pipeline =
        new Pipeline(stack, "changes_load", 1, "id UInt32, a Int32, b String, gone String")
            .with("batch.max.rows", "200")
            .with("batch.max.delay.ms", "50")
            .start()) {
      AtomicBoolean done = new AtomicBoolean();
      AtomicInteger sent = new AtomicInteger();
      ExecutorService thread = Executors.newSingleThreadExecutor();
      try {
        Future<?> load = thread.submit(() -> send(pipeline, sent, done));
        List<String> changes =
            List.of(
                "MODIFY COLUMN b String FIRST",
                "DROP COLUMN gone",
                "MODIFY COLUMN a Int64",
                "RENAME COLUMN a TO a_was, ADD COLUMN a String AFTER id",
                "MODIFY COLUMN a String FIRST, MODIFY COLUMN id UInt64");
        for (String change : changes) {
          int before = sent.get();
          Awaitility.await().until(() -> sent.get() > before + 1_000);
          sql.execute("ALTER TABLE changes_load " + change);
          awaitRows(pipeline, before + 1_000);
        }
        done.set(true);
        load.get();
      } finally {
        thread.shutdownNow();
      }
      pipeline.awaitDone();

      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(sent.get());
      assertThat(pipeline.count("count()")).isEqualTo(sent.get());
      assertThat(pipeline.count("countIf(b != concat('b', toString(id)))")).isZero();
      // Every row has its number in the column that had the name when it was inserted.
      assertThat(pipeline.count("countIf(a != toString(id * 3) AND a_was != id * 3)")).isZero();
      assertThat(pipeline.count("countIf(a = toString(id * 3))")).isPositive();
    }
  }

  private static void send(Pipeline pipeline, AtomicInteger sent, AtomicBoolean done) {
    while (!done.get()) {
      for (int i = 0; i < 50; i++) {
        int id = sent.getAndIncrement();
        pipeline.send(
            "{\"id\":%d,\"a\":%d,\"b\":\"b%d\",\"gone\":\"g\"}".formatted(id, id * 3, id));
      }
      pipeline.flush();
    }
  }

  private static void awaitRows(Pipeline pipeline, int rows) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> pipeline.count("count()") >= rows);
  }

  @Test
  void field_that_was_never_met_finds_the_column_that_was_just_added(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "changes_new", 1, "id UInt32")
            .with("unknown.fields", "error")
            .start()) {
      pipeline.send("{\"id\":1}");
      pipeline.awaitDone();
      stack.clickHouse().sql().execute("ALTER TABLE changes_new ADD COLUMN x UInt8 FIRST");
      pipeline.send("{\"id\":2,\"x\":7}");
      pipeline.awaitDone();

      assertThat(pipeline.select("id, x", "ORDER BY id")).containsExactly("1\t0", "2\t7");
    }
  }

  @Test
  void column_for_a_field_that_was_ignored_is_noticed_by_itself(Stack stack) {
    try (Pipeline pipeline = new Pipeline(stack, "changes_late", 1, "id UInt32").start()) {
      pipeline.send("{\"id\":1,\"x\":7}");
      pipeline.awaitDone();
      stack.clickHouse().sql().execute("ALTER TABLE changes_late ADD COLUMN x UInt8");
      AtomicInteger id = new AtomicInteger(1);

      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                pipeline.send("{\"id\":%d,\"x\":7}".formatted(id.incrementAndGet()));
                pipeline.flush();
                return pipeline.count("countIf(x = 7)") > 0;
              });
    }
  }

  @Test
  void default_that_a_column_gets_holds_for_rows_without_a_value(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "changes_default", 1, "id UInt32, n Int32").start()) {
      pipeline.send(0, Instant.now(), null, "{\"id\":1}");
      pipeline.awaitDone();
      stack.clickHouse().sql().execute("ALTER TABLE changes_default MODIFY COLUMN n DEFAULT 5");
      AtomicInteger id = new AtomicInteger(1);

      // A row with a value beside it, so that the column travels.
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                pipeline.send("{\"id\":%d}".formatted(id.incrementAndGet()));
                pipeline.send("{\"id\":0,\"n\":1}");
                pipeline.awaitDone();
                return pipeline.count("countIf(n = 5)") > 0;
              });
    }
  }

  @Test
  void default_of_a_column_that_becomes_nullable_holds_for_rows_without_a_value(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "changes_nullable", 1, "id UInt32, n Int32 DEFAULT 5").start()) {
      pipeline.send(0, Instant.now(), null, "{\"id\":1}");
      pipeline.awaitDone();
      stack
          .clickHouse()
          .sql()
          .execute("ALTER TABLE changes_nullable MODIFY COLUMN n Nullable(Int32) DEFAULT 5");
      AtomicInteger id = new AtomicInteger(1);

      // A row with a value beside it, so that the column travels.
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                pipeline.send("{\"id\":%d}".formatted(id.incrementAndGet()));
                pipeline.send("{\"id\":0,\"n\":1}");
                pipeline.awaitDone();
                return pipeline.count("countIf(n = 5 AND id > 1)") > 0;
              });
    }
  }
}
