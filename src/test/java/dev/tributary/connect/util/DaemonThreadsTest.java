package dev.tributary.connect.util;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DaemonThreadsTest {

  @Test
  void threads_have_the_name_and_do_not_keep_the_worker_alive() throws Exception {
    StringBuilder ran = new StringBuilder();
    Thread thread =
        DaemonThreads.named("tributary-test")
            .newThread(() -> ran.append(Thread.currentThread().getName()));
    assertThat(thread.isDaemon()).isTrue();
    thread.start();
    thread.join();
    assertThat(ran).hasToString("tributary-test");
  }
}
