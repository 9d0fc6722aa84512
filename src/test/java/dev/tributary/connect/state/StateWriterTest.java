package dev.tributary.connect.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.StateUnavailableError;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class StateWriterTest {

  private final MockProducer<byte[], byte[]> producer =
      new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final StateWriter writer = new StateWriter(producer, "orders-state");
  private final List<Long> acknowledged = new ArrayList<>();

  private void send() {
    writer.send(3, new byte[] {1}, new byte[] {2}, acknowledged::add);
  }

  @Test
  void sends_to_the_partition_asked_for_and_reports_acknowledgements() {
    send();
    assertThat(acknowledged).isEmpty();
    writer.flush();
    assertThat(producer.history().get(0).partition()).isEqualTo(3);
    assertThat(producer.history().get(0).topic()).isEqualTo("orders-state");
    assertThat(acknowledged).containsExactly(0L);
  }

  @Test
  void a_failed_send_surfaces_in_every_later_call() {
    send();
    assertThatCode(writer::check).doesNotThrowAnyException();
    producer.errorNext(new TimeoutException("Expiring 1 record(s)"));
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(writer::check)
          .isInstanceOf(StateUnavailableError.class)
          .hasMessageContaining("orders-state")
          .hasMessageContaining("Expiring 1 record(s)")
          .hasMessageContaining("restart the task");
      assertThatThrownBy(this::send).isInstanceOf(StateUnavailableError.class);
      assertThatThrownBy(writer::flush).isInstanceOf(StateUnavailableError.class);
    }
    assertThat(producer.history()).hasSize(1);
  }

  @Test
  void a_failure_during_the_flush_surfaces_in_that_flush() {
    StateWriter failing =
        new StateWriter(
            new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer()) {
              @Override
              public synchronized void flush() {
                errorNext(new TimeoutException("gone"));
              }
            },
            "orders-state");
    failing.send(0, new byte[0], new byte[0], acknowledged::add);
    assertThatThrownBy(failing::flush).isInstanceOf(StateUnavailableError.class);
  }

  @Test
  void a_send_that_throws_is_a_failure_too() {
    producer.sendException = new TopicAuthorizationException("not allowed");
    assertThatThrownBy(this::send)
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("not allowed");
    assertThatThrownBy(writer::flush).isInstanceOf(StateUnavailableError.class);
  }

  /** Whatever it is: the marks that were to be sent are in no other place. */
  @Test
  void so_is_one_that_throws_what_is_not_kafkas() {
    producer.sendException = new IllegalStateException("producer has been closed");
    assertThatThrownBy(this::send)
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("producer has been closed");
    assertThatThrownBy(writer::flush).isInstanceOf(StateUnavailableError.class);
    assertThatThrownBy(writer::durable).isInstanceOf(StateUnavailableError.class);
  }
}
