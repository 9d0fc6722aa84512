package dev.tributary.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FaultProxyTest {

  private static final String INSERT = "INSERT INTO t VALUES (1), (2)\n";

  /** Longer than any test: only what is sent before its time arrives. */
  private static final Duration LATER = Duration.ofHours(1);

  private final ByteServer server = ByteServer.start();
  private final FaultProxy proxy = FaultProxy.to(server.asClickHouse());
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @AfterEach
  void close() {
    proxy.close();
    server.close();
  }

  @Test
  void answers_of_a_front_come_without_the_server_and_without_an_error_code() throws Exception {
    proxy.faultyOnce(Fault.emptyAnswer());
    assertAnswer(insert(), 200, "");

    proxy.faultyOnce(Fault.maintenancePage());
    HttpResponse<String> page = insert();
    assertAnswer(page, 200, "<html><body><h1>We will be back soon</h1></body></html>\n");
    assertThat(page.headers().firstValue("Content-Type")).contains("text/html; charset=UTF-8");

    proxy.faultyOnce(Fault.redirect());
    HttpResponse<String> redirect = insert();
    assertAnswer(redirect, 302, "");
    assertThat(redirect.headers().firstValue("Location")).contains("/ping");

    proxy.faultyOnce(Fault.hiddenError(241, "MEMORY_LIMIT_EXCEEDED"));
    assertAnswer(insert(), 200, "Code: 241. DB::Exception: made up. (MEMORY_LIMIT_EXCEEDED)");

    assertThat(server.requests()).isEmpty();
    assertThat(proxy.applied()).isEmpty();
    assertThat(insert().statusCode()).isEqualTo(200);
    assertThat(server.requests()).containsExactly(INSERT);
    assertThat(proxy.inserts()).isEqualTo(5);
  }

  private static void assertAnswer(HttpResponse<String> answer, int status, String body) {
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).isEqualTo(body);
    assertThat(answer.headers().firstValue("X-ClickHouse-Exception-Code")).isEmpty();
    assertThat(answer.headers().firstValue("X-ClickHouse-Summary")).isEmpty();
  }

  @Test
  void held_insert_loses_its_client_and_reaches_the_server_later() throws Exception {
    proxy.faultyOnce(new Fault.Hold(LATER, true));
    assertThatThrownBy(this::insert).isInstanceOf(IOException.class);
    assertThat(proxy.held()).isEqualTo(1);
    assertThat(server.requests()).isEmpty();

    proxy.sendHeld();
    assertThat(server.requests()).containsExactly(INSERT);
    assertThat(proxy.held()).isZero();
    assertThat(proxy.applied()).extracting(FaultProxy.Applied::rows).containsExactly(2L);
    assertThat(insert().statusCode()).isEqualTo(200);
  }

  @Test
  void held_insert_is_sent_by_itself_when_its_time_has_come() {
    proxy.faultyOnce(new Fault.Hold(Duration.ofMillis(1), true));
    assertThatThrownBy(this::insert).isInstanceOf(IOException.class);
    await().until(() -> proxy.held() == 0);
    assertThat(server.requests()).containsExactly(INSERT);
  }

  @Test
  void half_of_a_held_insert_reaches_the_server_and_then_the_connection_ends() {
    proxy.faultyOnce(new Fault.Hold(LATER, false));
    assertThatThrownBy(this::insert).isInstanceOf(IOException.class);
    proxy.sendHeld();
    assertThat(server.requests()).containsExactly("INSERT INTO t V, and no more");
    assertThat(proxy.applied()).isEmpty();
  }

  @Test
  void repeated_insert_is_answered_and_reaches_the_server_once_more_later() throws Exception {
    proxy.faultyOnce(new Fault.Repeat(LATER));
    assertThat(insert().statusCode()).isEqualTo(200);
    assertThat(server.requests()).containsExactly(INSERT);
    assertThat(proxy.held()).isEqualTo(1);

    proxy.sendHeld();
    assertThat(server.requests()).containsExactly(INSERT, INSERT);
    assertThat(server.connections()).isEqualTo(2);
  }

  @Test
  void held_insert_waits_for_a_server_that_is_down() {
    proxy.faultyOnce(new Fault.Hold(LATER, true));
    assertThatThrownBy(this::insert).isInstanceOf(IOException.class);
    server.close();
    CompletableFuture<Void> sent = CompletableFuture.runAsync(proxy::sendHeld);
    try (ByteServer restarted = new ByteServer(server.port())) {
      sent.join();
      assertThat(restarted.requests()).containsExactly(INSERT);
    }
  }

  @Test
  void closed_proxy_drops_what_is_held() {
    proxy.faultyOnce(new Fault.Hold(LATER, true));
    assertThatThrownBy(this::insert).isInstanceOf(IOException.class);
    proxy.close();
    assertThat(proxy.held()).isZero();
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void errors_of_the_server_are_counted_by_their_code() throws Exception {
    server.answerWith(500, "X-ClickHouse-Exception-Code: 395");
    assertThat(insert().statusCode()).isEqualTo(500);
    assertThat(insert().statusCode()).isEqualTo(500);
    assertThat(send("SELECT 1").statusCode()).isEqualTo(500);
    proxy.faultyOnce(Fault.error(395, "made up, so not the server's"));
    assertThat(insert().statusCode()).isEqualTo(500);

    assertThat(proxy.errors(395)).isEqualTo(2);
    assertThat(proxy.errors(241)).isZero();
    assertThat(proxy.applied()).isEmpty();
  }

  private HttpResponse<String> insert() throws IOException, InterruptedException {
    return send(INSERT);
  }

  private HttpResponse<String> send(String body) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(proxy.url() + "/?query_id=q"))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
