package dev.tributary.connect.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class BackgroundTest {

  private static final long LONG_MS = 10_000;

  private final Background background = Background.threads("tributary-test", 2);

  @AfterEach
  void close() {
    Thread.interrupted();
    background.close();
  }

  @Test
  void work_runs_on_a_daemon_thread_that_is_named_after_it() {
    CompletableFuture<Thread> thread =
        CompletableFuture.supplyAsync(Thread::currentThread, background);
    assertThat(background.await(thread, LONG_MS)).isTrue();
    assertThat(thread.join()).isNotSameAs(Thread.currentThread());
    assertThat(thread.join().isDaemon()).isTrue();
    assertThat(thread.join().getName()).isEqualTo("tributary-test");
  }

  @Test
  void as_much_work_runs_at_a_time_as_there_are_threads() {
    CyclicBarrier both = new CyclicBarrier(2);
    CompletableFuture<Void> one = CompletableFuture.runAsync(() -> meet(both), background);
    CompletableFuture<Void> two = CompletableFuture.runAsync(() -> meet(both), background);
    assertThat(background.await(CompletableFuture.allOf(one, two), LONG_MS)).isTrue();
    assertThat(one).isCompletedWithValue(null);
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await(LONG_MS, TimeUnit.MILLISECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void scheduled_work_runs_after_its_delay_and_not_before() {
    long startedNs = System.nanoTime();
    CompletableFuture<Long> ranNs = new CompletableFuture<>();
    background.schedule(() -> ranNs.complete(System.nanoTime()), 20);
    assertThat(background.await(ranNs, LONG_MS)).isTrue();
    assertThat(ranNs.join() - startedNs).isGreaterThanOrEqualTo(20_000_000L);
  }

  @Test
  void waiting_ends_with_the_time_or_with_the_work_however_that_ends() {
    CompletableFuture<Void> never = new CompletableFuture<>();
    assertThat(background.await(never, 1)).isFalse();
    assertThat(background.await(CompletableFuture.completedFuture(1), 0)).isTrue();
    assertThat(
            background.await(
                CompletableFuture.failedFuture(new IllegalStateException("failed")), LONG_MS))
        .isTrue();
  }

  @Test
  void interrupt_ends_the_waiting_and_is_left_to_the_caller() {
    Thread.currentThread().interrupt();
    assertThat(background.await(new CompletableFuture<>(), LONG_MS)).isFalse();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void close_interrupts_what_runs_and_drops_what_does_not() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    CompletableFuture<String> ended = new CompletableFuture<>();
    CompletableFuture<Void> late = new CompletableFuture<>();
    background.execute(
        () -> {
          running.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            ended.complete("interrupted");
          }
        });
    background.schedule(() -> late.complete(null), 10);
    running.await();
    background.close();
    assertThat(background.await(ended, LONG_MS)).isTrue();
    assertThat(ended).isCompletedWithValue("interrupted");
    assertThat(background.await(late, 30)).isFalse();
  }

  @Test
  void work_that_comes_after_the_end_is_dropped_without_a_word() {
    background.close();
    CompletableFuture<Void> late = new CompletableFuture<>();
    background.execute(() -> late.complete(null));
    background.schedule(() -> late.complete(null), 0);
    assertThat(background.await(late, 10)).isFalse();
  }
}
