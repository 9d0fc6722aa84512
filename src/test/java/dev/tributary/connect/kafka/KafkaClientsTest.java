package dev.tributary.connect.kafka;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** At a broker that accepts connections and answers nothing. */
@Timeout(20)
class KafkaClientsTest {

  private static final Map<String, Object> PATIENT =
      Map.of("request.timeout.ms", 120_000, "delivery.timeout.ms", 120_000);

  @Test
  @SuppressWarnings("try") // the broker goes away while it is being closed
  void transactional_producer_is_closed_without_waiting_for_the_broker() throws IOException {
    try (ServerSocket broker = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      CompletableFuture<Socket> connected = CompletableFuture.supplyAsync(() -> accept(broker));
      KafkaSettings settings = new KafkaSettings("127.0.0.1:" + broker.getLocalPort(), PATIENT);
      try (KafkaClients clients = new KafkaClients(settings, "test")) {
        Producer<byte[], byte[]> producer = clients.transactionalProducer("id");
        CompletableFuture<Void> fencing = CompletableFuture.runAsync(producer::initTransactions);
        try (Socket silent = connected.join()) {
          producer.close(Duration.ZERO);
        }
        broker.close();
        assertThatThrownBy(fencing::join).hasCauseInstanceOf(KafkaException.class);
      }
    }
  }

  private static Socket accept(ServerSocket broker) {
    try {
      return broker.accept();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
