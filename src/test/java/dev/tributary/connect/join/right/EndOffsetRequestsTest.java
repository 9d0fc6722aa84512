package dev.tributary.connect.join.right;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.Test;

class EndOffsetRequestsTest {

  private static final TopicPartition USERS_0 = new TopicPartition("users", 0);

  private int positionsUntilWakeUp = Integer.MAX_VALUE;

  private final MockConsumer<byte[], byte[]> consumer =
      new MockConsumer<>("earliest") {
        @Override
        public synchronized long position(TopicPartition partition) {
          if (positionsUntilWakeUp-- == 0) {
            throw new WakeupException();
          }
          return super.position(partition);
        }
      };

  private final EndOffsetRequest first = new EndOffsetRequest();
  private final EndOffsetRequests requests = new EndOffsetRequests(first, () -> {});

  EndOffsetRequestsTest() {
    consumer.assign(List.of(USERS_0));
    consumer.updateEndOffsets(Map.of(USERS_0, 0L));
    consumer.seek(USERS_0, 0);
  }

  @Test
  void wake_up_while_positions_are_asked_for_loses_no_request() {
    assertThat(requests.takeUp()).isTrue();
    requests.lookUp(consumer, 1);
    EndOffsetRequest second = requests.request();
    assertThat(requests.takeUp()).isTrue();
    requests.lookUp(consumer, 2);
    assertThat(requests.takeUp()).isFalse();
    positionsUntilWakeUp = 1;
    assertThatThrownBy(() -> requests.takeReached(consumer)).isInstanceOf(WakeupException.class);
    assertThat(requests.takeReached(consumer)).containsExactly(first, second);
    assertThat(requests.takeReached(consumer)).isEmpty();
  }
}
