package dev.tributary.connect.sink.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.RecordingContext;
import dev.tributary.connect.util.ManualTime;
import org.junit.jupiter.api.Test;

class CommitRequestsTest {

  private final ManualTime time = new ManualTime();
  private final RecordingContext context = new RecordingContext();
  private final CommitRequests requests = new CommitRequests(context, time);

  @Test
  void rows_that_are_stored_are_committed_once_a_second_at_most() {
    requests.inserted();
    assertThat(context.commitsRequested).isEqualTo(1);
    time.advance(999);
    requests.inserted();
    assertThat(context.commitsRequested).isEqualTo(1);
    time.advance(1);
    requests.inserted();
    assertThat(context.commitsRequested).isEqualTo(2);
  }

  @Test
  void other_reasons_need_not_wait() {
    requests.request();
    requests.request();
    requests.inserted();
    assertThat(context.commitsRequested).isEqualTo(3);
  }

  @Test
  void commit_that_was_asked_for_is_known_as_such_once() {
    assertThat(requests.takeAsked()).isFalse();
    requests.request();
    assertThat(requests.takeAsked()).isTrue();
    assertThat(requests.takeAsked()).isFalse();
    requests.inserted();
    assertThat(requests.takeAsked()).isTrue();
    requests.inserted(); // too soon
    assertThat(requests.takeAsked()).isFalse();
  }
}
