package dev.tributary.it.exactly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.Fault;
import dev.tributary.stack.FaultProxy;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The progress topic in other hands, and inserts that have to go in pieces, exactly once. */
@ExtendWith(StackExtension.class)
class ExactProgressIT {

  private static final String COLUMNS = "n UInt64";

  private static void send(Pipeline pipeline, long from, long to) {
    LongStream.range(from, to).forEach(n -> pipeline.send("{\"n\":" + n + "}"));
    pipeline.flush();
  }

  private static void assertOnce(Pipeline pipeline, long count) {
    assertThat(pipeline.count("uniqExact(n)")).isEqualTo(count);
    assertThat(pipeline.count("count()")).isEqualTo(count);
  }

  @Test
  void a_topic_that_forgets_is_refused_until_its_policy_is_fixed(Stack stack) {
    try (KafkaAdmin admin = stack.broker().admin();
        Pipeline pipeline = new Pipeline(stack, "exact_policy", 1, COLUMNS).exactlyOnce()) {
      String topic = pipeline.name() + "-progress";
      admin.createTopic(topic, 1, Map.of("cleanup.policy", "delete"));
      send(pipeline, 0, 100);
      pipeline.create();

      assertThat(pipeline.awaitFailure())
          .contains("'cleanup.policy=delete'")
          .contains(
              "kafka-configs.sh --alter --entity-type topics --entity-name "
                  + topic
                  + " --add-config cleanup.policy=compact");
      assertThat(pipeline.count("count()")).isZero();

      admin.setTopicConfig(topic, "cleanup.policy", "compact");
      pipeline.restart().awaitRestarted();
      pipeline.awaitDone();
      assertOnce(pipeline, 100);
    }
  }

  /** The tokens of the first life must not come again: ClickHouse would drop what is under them. */
  @Test
  void a_topic_that_is_gone_stops_the_task_until_the_offset_is_set(Stack stack) {
    try (KafkaAdmin admin = stack.broker().admin();
        Pipeline pipeline =
            new Pipeline(stack, "exact_gone", 1, COLUMNS)
                .exactlyOnce()
                .with("batch.max.rows", "50")
                .start()) {
      send(pipeline, 0, 200);
      pipeline.awaitDone();
      String topic = pipeline.name() + "-progress";
      pipeline.resumeAfter(
          () -> {
            admin.deleteTopics(List.of(topic));
            await().until(() -> !admin.topics().contains(topic));
            send(pipeline, 200, 400);
          });

      assertThat(pipeline.awaitFailure())
          .contains("The progress of exact_gone-0 is gone from its topic")
          .contains("set the offset of the partition through the REST API");
      assertOnce(pipeline, 200);

      pipeline.whileStopped(
          () -> stack.worker().rest().alterOffset(pipeline.name(), pipeline.name(), 0, 200));
      pipeline.awaitDone();
      assertOnce(pipeline, 400);
    }
  }

  @Test
  void one_row_that_breaks_a_constraint_goes_to_the_queue_alone(Stack stack) {
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        KafkaAdmin admin = stack.broker().admin();
        Pipeline pipeline =
            new Pipeline(stack, "exact_bisect", 1, COLUMNS + ", CONSTRAINT good CHECK n != 678")
                .exactlyOnce()
                .with("clickhouse.url", proxy.url())
                .with("batch.max.rows", "1000")
                .withDeadLetters("exact_bisect_dlq")) {
      send(pipeline, 0, 2_000);
      pipeline.start();
      pipeline.awaitDone();

      assertOnce(pipeline, 1_999);
      assertThat(pipeline.count("countIf(n = 678)")).isZero();
      List<ConsumerRecord<byte[], byte[]>> dead = pipeline.awaitDeadLetters("exact_bisect_dlq", 1);
      assertThat(dead)
          .singleElement()
          .satisfies(
              record ->
                  assertThat(Pipeline.header(record, "__connect.errors.offset")).isEqualTo("678"));
      assertThat(admin.endOffsets("exact_bisect_dlq").values()).containsExactly(1L);
      assertEachTokenOnce(proxy);
    }
  }

  /** Too many parts delay a batch; too little memory halves it; then an answer gets lost. */
  @Test
  void what_is_too_much_for_the_server_goes_in_halves(Stack stack) {
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline =
            new Pipeline(stack, "exact_halves", 1, COLUMNS)
                .exactlyOnce()
                .with("clickhouse.url", proxy.url())
                .with("batch.max.rows", "1000")) {
      proxy.onInsert(
          insert ->
              switch (insert.number()) {
                case 1, 2 -> Optional.of(Fault.error(252, "TOO_MANY_PARTS"));
                case 3, 4, 5 -> Optional.of(Fault.error(241, "MEMORY_LIMIT_EXCEEDED"));
                case 6 -> Optional.of(new Fault.ResetAnswer());
                default -> Optional.empty();
              });
      send(pipeline, 0, 1_000);
      pipeline.start();
      pipeline.awaitDone();

      assertOnce(pipeline, 1_000);
      assertThat(proxy.applied()).extracting(FaultProxy.Applied::rows).containsExactly(500L, 500L);
      assertEachTokenOnce(proxy);
    }
  }

  private static void assertEachTokenOnce(FaultProxy proxy) {
    assertThat(proxy.applied())
        .extracting(applied -> applied.insert().token())
        .doesNotContain("")
        .doesNotHaveDuplicates();
  }
}
