package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.util.Background;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks in the commits of the consumer group for those that start a new epoch: one request for all
 * partitions that wait, with pauses that grow to a second, and none while no partition waits. It
 * occupies no thread in between, since a commit waits for all partitions to be claimed.
 *
 * <p>Thread-safe.
 */
final class CommitWatch {

  private static final Logger log = LoggerFactory.getLogger(CommitWatch.class);

  private static final long PAUSE_MS = 50;
  private static final long LONGEST_PAUSE_MS = 1_000;

  /** The commit that a partition waits for. */
  private record Awaited(TopicPartition partition, String metadata) {}

  private final KafkaAccess kafka;
  private final String group;
  private final Background threads;
  private final Map<CompletableFuture<Void>, Awaited> waiting = new LinkedHashMap<>();

  /** The pause before the next look; 0 if none is scheduled. */
  private long pauseMs;

  /** The number of the next look; earlier ones are not taken. */
  private int next;

  CommitWatch(KafkaAccess kafka, String group, Background threads) {
    this.kafka = kafka;
    this.group = group;
    this.threads = threads;
  }

  /** Completes when the committed offset of a partition has this metadata. */
  synchronized CompletableFuture<Void> whenCommitted(TopicPartition partition, String metadata) {
    CompletableFuture<Void> committed = new CompletableFuture<>();
    waiting.put(committed, new Awaited(partition, metadata));
    if (pauseMs != PAUSE_MS) {
      lookIn(PAUSE_MS);
    }
    return committed;
  }

  /** Looks no longer for a commit; the future does not complete. */
  @SuppressWarnings("CollectionUndefinedEquality") // by identity
  synchronized void forget(CompletableFuture<Void> committed) {
    waiting.remove(committed);
  }

  private void lookIn(long ms) {
    pauseMs = ms;
    int number = ++next;
    threads.schedule(() -> look(number), ms);
  }

  private void look(int number) {
    Map<CompletableFuture<Void>, Awaited> awaited;
    synchronized (this) {
      if (number != next) {
        return;
      }
      awaited = Map.copyOf(waiting);
      if (awaited.isEmpty()) {
        pauseMs = 0;
        return;
      }
    }
    Set<TopicPartition> partitions = new HashSet<>();
    awaited.values().forEach(one -> partitions.add(one.partition()));
    try {
      settle(awaited, kafka.commits(group, List.copyOf(partitions)));
    } catch (KafkaException e) {
      log.debug("Could not read the commits of {}, trying again", partitions, e);
    } finally {
      lookAgain(number);
    }
  }

  private void settle(
      Map<CompletableFuture<Void>, Awaited> awaited,
      Map<TopicPartition, OffsetAndMetadata> commits) {
    awaited.forEach(
        (committed, one) -> {
          OffsetAndMetadata commit = commits.get(one.partition());
          if (commit != null && commit.metadata().equals(one.metadata())) {
            forget(committed);
            committed.complete(null);
          }
        });
  }

  private synchronized void lookAgain(int number) {
    if (number != next) {
      return; // a partition that began to wait meanwhile has the next look sooner
    }
    if (waiting.isEmpty()) {
      pauseMs = 0;
    } else {
      lookIn(Math.min(LONGEST_PAUSE_MS, 2 * pauseMs));
    }
  }
}
