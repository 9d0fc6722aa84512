package dev.tributary.connect.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class CausesTest {

  private final IOException root = new FileNotFoundException("orders.json");
  private final IllegalStateException outer =
      new IllegalStateException("outer", new UncheckedIOException("middle", root));

  @Test
  void root_is_the_innermost_cause() {
    assertThat(Causes.root(outer)).isSameAs(root);
    assertThat(Causes.root(root)).isSameAs(root);
  }

  @Test
  void message_is_that_of_the_root_or_its_class() {
    assertThat(Causes.message(outer)).isEqualTo("orders.json");
    assertThat(Causes.message(new RuntimeException("outer", new InterruptedException())))
        .isEqualTo("InterruptedException");
  }

  @Test
  void find_gives_the_outermost_cause_of_a_type_or_a_subtype() {
    assertThat(Causes.find(outer, IllegalStateException.class)).containsSame(outer);
    assertThat(Causes.find(outer, IOException.class)).containsSame(root);
    assertThat(Causes.find(outer, RuntimeException.class)).contains(outer);
    assertThat(Causes.find(outer, InterruptedException.class)).isEmpty();
  }

  @Test
  void unwrap_takes_off_what_a_future_has_put_around_a_failure() {
    assertThat(Causes.unwrap(new ExecutionException(outer))).isSameAs(outer);
    assertThat(Causes.unwrap(new CompletionException(root))).isSameAs(root);
    assertThat(Causes.unwrap(outer)).isSameAs(outer);
    ExecutionException alone = new ExecutionException(null);
    assertThat(Causes.unwrap(alone)).isSameAs(alone);
  }
}
