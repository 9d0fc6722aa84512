package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tributary.connect.sink.clickhouse.InsertRequest.LastCheck;
import dev.tributary.connect.sink.table.TableId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** An {@link HttpClickHouse} in front of servers on the loopback, with an insert to send. */
@Timeout(60)
abstract class HttpClickHouseFixture {

  static final TableId TABLE = new TableId("shop", "orders");
  static final byte[] BLOCK = {1, 0, 1, 2, 3};

  final List<AutoCloseable> open = new ArrayList<>();
  final LoopbackServer server = server();

  LoopbackServer server() {
    LoopbackServer started = new LoopbackServer();
    open.add(started);
    return started;
  }

  @AfterEach
  void close() throws Exception {
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
  }

  HttpClickHouse clickHouse(long timeoutMs, String... urls) {
    HttpClickHouse started =
        new HttpClickHouse(
            new ClickHouseOptions(
                List.of(urls),
                "shop",
                "ana",
                new Password("secret"),
                false,
                timeoutMs,
                Map.of("max_insert_block_size", "1000", "async_insert", "1")));
    open.add(started);
    return started;
  }

  HttpClickHouse clickHouse() {
    return clickHouse(10_000, server.url());
  }

  static void insert(ClickHouse clickHouse) throws InsertException {
    clickHouse.insert(
        new InsertRequest(
            TABLE, List.of("`id`"), "the token", Optional.empty(), out -> out.write(BLOCK)));
  }

  static void insertFenced(ClickHouse clickHouse, LastCheck lastCheck) throws InsertException {
    clickHouse.insert(
        new InsertRequest(
            TABLE, List.of("`id`"), "the token", Optional.of(lastCheck), out -> out.write(BLOCK)));
  }

  static InsertException failure(ClickHouse clickHouse) {
    InsertException failure = catchThrowableOfType(InsertException.class, () -> insert(clickHouse));
    if (failure == null) {
      throw new AssertionError("the insert was acknowledged");
    }
    return failure;
  }

  /** A port of the loopback where nobody listens. */
  static String nobody() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "http://127.0.0.1:" + socket.getLocalPort();
    }
  }
}
