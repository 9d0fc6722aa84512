package dev.tributary.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.chaos.ChaosPlan.Kind;
import dev.tributary.chaos.ChaosPlan.Step;
import dev.tributary.stack.ByteServer;
import dev.tributary.stack.ClickHouseServer;
import dev.tributary.stack.FaultProxy;
import dev.tributary.stack.KafkaBroker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChaosFaultsTest {

  private final ByteServer server = ByteServer.start();
  private final ClickHouseServer clickHouse = server.asClickHouse();
  private final FaultProxy proxy = FaultProxy.to(clickHouse);
  private final ChaosFaults faults =
      new ChaosFaults(
          List.of(),
          clickHouse,
          proxy,
          new ChaosView(clickHouse.sql()),
          new ChaosConnector(
              List.of(), new KafkaBroker(Path.of("not used")), proxy.url(), System.out));
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @AfterEach
  void close() {
    proxy.close();
    server.close();
  }

  @Test
  void fault_of_an_insert_happens_to_as_many_inserts_as_planned_and_is_counted_by_insert()
      throws Exception {
    inject(Kind.REDIRECT, 1);
    inject(Kind.UNAVAILABLE, 0);
    assertThat(faults.haveHappened()).isFalse();

    assertThat(insert("a")).isEqualTo(302);
    assertThat(insert("b")).isEqualTo(302);
    assertThat(insert("a")).isEqualTo(503);
    assertThat(faults.haveHappened()).isTrue();
    assertThat(insert("b")).isEqualTo(200);
    assertThat(faults.injected())
        .containsEntry(Kind.REDIRECT, 2L)
        .containsEntry(Kind.UNAVAILABLE, 1L)
        .containsEntry(Kind.EMPTY_ANSWER, 0L);
  }

  @Test
  void insert_to_be_split_is_held_and_its_next_three_attempts_fail_under_pressure()
      throws Exception {
    inject(Kind.SPLIT, 0);
    assertThatThrownBy(() -> insert("split")).isInstanceOf(IOException.class);
    assertThat(insert("other")).isEqualTo(200);
    assertThat(insert("split")).isEqualTo(500);
    assertThat(insert("split")).isEqualTo(500);
    assertThat(insert("split")).isEqualTo(500);
    assertThat(insert("split")).isEqualTo(200);
    assertThat(faults.injected()).containsEntry(Kind.SPLIT, 4L);
    assertThat(proxy.held()).isLessThanOrEqualTo(1); // its time may have come
    proxy.sendHeld();
    assertThat(server.requests()).containsExactlyInAnyOrder("split", "other", "split");
  }

  private void inject(Kind kind, int choice) {
    faults.inject(new Step(Duration.ZERO, kind, choice));
  }

  /** Returns the status of the answer. */
  private int insert(String token) throws IOException, InterruptedException {
    return client
        .send(
            HttpRequest.newBuilder(
                    URI.create(
                        proxy.url() + "/?query=INSERT+INTO+t&insert_deduplication_token=" + token))
                .POST(HttpRequest.BodyPublishers.ofString(token))
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }
}
