package dev.tributary.connect.sink.exactly;

import static dev.tributary.connect.sink.exactly.ExactWorld.P0;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.exactly.OwnedPartition.Claimed;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.FencedException;
import dev.tributary.connect.sink.progress.Intent;
import dev.tributary.connect.sink.progress.ProgressTopic;
import dev.tributary.connect.util.Background;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On real threads, at a Kafka cluster that does not answer. */
@Timeout(20)
class ClosingClaimsTest {

  private final ExactWorld world = new ExactWorld();
  private final PartitionClaims claims =
      new PartitionClaims(
          "task",
          world.scope,
          world.cluster,
          new ProgressTopic(world.cluster, "progress", world.time),
          world.rows,
          Background.threads("tributary-test", PartitionClaims.THREADS),
          world.time);

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch producerClosed = new CountDownLatch(1);
  private final CountDownLatch interrupted = new CountDownLatch(1);

  @AfterEach
  void close() {
    claims.close();
    world.close();
  }

  /** A request whose answer does not come before its thread is interrupted. */
  private void hang() {
    asked.countDown();
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      interrupted.countDown();
      throw new InterruptException(e);
    }
  }

  /** A request whose answer does not come before its producer is closed. */
  private void hangUntilClosed() {
    world.cluster.onProducerClose = timeout -> producerClosed.countDown();
    asked.countDown();
    try {
      producerClosed.await();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
    throw new KafkaException("Producer closed forcefully");
  }

  private CompletableFuture<List<Intent>> intend(CompletableFuture<Claimed> claim) {
    return claim
        .join()
        .progress()
        .intend(SmallBatches.TABLE.id(), List.of(OffsetSet.of(7)), Optional.empty());
  }

  @Test
  void close_does_not_wait_for_a_write_and_interrupts_it() throws InterruptedException {
    CompletableFuture<Claimed> claim = claims.claim(P0, 7);
    claim.join();
    world.cluster.beforeWrite = this::hang;
    CompletableFuture<List<Intent>> intents = intend(claim);
    asked.await();
    claims.close();
    interrupted.await();
    assertThatThrownBy(intents::join).hasCauseInstanceOf(FencedException.class);
    assertThat(claim.join().progress().isFenced()).isTrue();
    assertThat(world.cluster.producersClosed).hasValue(1);
  }

  @Test
  void close_does_not_wait_for_the_topic_to_be_prepared() throws InterruptedException {
    world.cluster.beforeDescribe = this::hang;
    CompletableFuture<Claimed> claim = claims.claim(P0, 7);
    CompletableFuture<Claimed> other = claims.claim(new TopicPartition("t", 1), 7);
    asked.await();
    claims.close();
    interrupted.await();
    assertThat(claim).isCancelled();
    assertThat(other).isCancelled();
  }

  @Test
  void release_does_not_wait_for_a_write_and_ends_it() throws InterruptedException {
    CompletableFuture<Claimed> claim = claims.claim(P0, 7);
    claim.join();
    world.cluster.beforeWrite = this::hangUntilClosed;
    CompletableFuture<List<Intent>> intents = intend(claim);
    asked.await();
    claims.release(claim);
    assertThatThrownBy(intents::join).hasCauseInstanceOf(FencedException.class);
    assertThat(world.cluster.transactionalProducers).isEqualTo(1);
    assertThat(world.cluster.producersClosed).hasValue(1);
  }

  @Test
  void release_does_not_wait_for_fencing_and_ends_it() throws InterruptedException {
    world.cluster.beforeFencing = this::hangUntilClosed;
    CompletableFuture<Claimed> claim = claims.claim(P0, 7);
    asked.await();
    claims.release(claim);
    assertThat(claim).isCancelled();
    producerClosed.await();
    world.cluster.beforeFencing = () -> {};
    assertThat(claims.claim(P0, 7).join().position()).isEqualTo(7);
    assertThat(world.cluster.transactionalProducers).isEqualTo(2);
  }
}
