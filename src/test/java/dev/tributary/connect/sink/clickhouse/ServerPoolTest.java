package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.clickhouse.ServerPool.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServerPoolTest {

  private static final String A = "http://127.0.0.1:1";
  private static final String B = "http://127.0.0.1:2";
  private static final String C = "http://127.0.0.1:3";

  /** The servers that connections were made for, which have not connected yet. */
  private final List<String> connected = new ArrayList<>();

  private final ServerPool pool = new ServerPool(List.of(A, B, C), this::client);

  private HttpConnection client(String url) {
    connected.add(url);
    return new HttpConnection(
        url,
        new ClickHouseOptions(
            List.of(url), "shop", "ana", new Password("secret"), false, 1_000, Map.of()));
  }

  @AfterEach
  void close() {
    pool.close();
  }

  /** The server that is chosen is not there; returns the one that is chosen then. */
  private Server afterDown() {
    pool.isDown(pool.choose());
    return pool.choose();
  }

  @Test
  void first_server_that_is_there_is_used() {
    assertThat(pool.count()).isEqualTo(3);
    assertThat(pool.choose().url()).isEqualTo(A);
    assertThat(afterDown().url()).isEqualTo(B);
    assertThat(afterDown().url()).isEqualTo(C);
    assertThat(pool.isAnyUp()).isTrue();
  }

  @Test
  void recovered_server_is_used_before_those_after_it() {
    Server first = pool.choose();
    assertThat(afterDown().url()).isEqualTo(B);
    pool.works(first);
    assertThat(pool.choose()).isSameAs(first);
  }

  @Test
  void when_none_is_there_each_is_tried_in_turn() {
    assertThat(afterDown().url()).isEqualTo(B);
    assertThat(afterDown().url()).isEqualTo(C);
    assertThat(afterDown().url()).isEqualTo(A);
    assertThat(pool.isAnyUp()).isFalse();
    assertThat(afterDown().url()).isEqualTo(B);
    assertThat(afterDown().url()).isEqualTo(C);
    assertThat(afterDown().url()).isEqualTo(A);
  }

  @Test
  void connection_that_is_usable_serves_the_next_insert() {
    Server server = pool.choose();
    HttpConnection one = server.borrow();
    HttpConnection two = server.borrow();
    assertThat(two).isNotSameAs(one);
    server.release(one, true);
    assertThat(server.borrow()).isSameAs(one);
    server.release(two, false);
    assertThat(server.borrow()).isNotSameAs(two);
    assertThat(connected).containsExactly(A, A, A);
  }

  @Test
  void idle_connections_of_a_server_that_is_down_are_not_used_again() {
    Server server = pool.choose();
    HttpConnection idle = server.borrow();
    server.release(idle, true);
    pool.isDown(server);
    assertThat(server.borrow()).isNotSameAs(idle);
  }

  @Test
  void connection_that_comes_back_after_the_end_is_not_kept() {
    Server server = pool.choose();
    HttpConnection lent = server.borrow();
    pool.close();
    server.release(lent, true);
    assertThat(server.borrow()).isNotSameAs(lent);
  }
}
