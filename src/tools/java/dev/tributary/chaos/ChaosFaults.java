package dev.tributary.chaos;

import dev.tributary.chaos.ChaosPlan.Kind;
import dev.tributary.chaos.ChaosPlan.Step;
import dev.tributary.stack.ClickHouseServer;
import dev.tributary.stack.ConnectWorker;
import dev.tributary.stack.Fault;
import dev.tributary.stack.FaultProxy;
import dev.tributary.stack.Poll;
import dev.tributary.stack.Server;
import dev.tributary.stack.StackException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;

/**
 * Injects faults one after the other. What was killed comes back in the background, so that several
 * can be down at once; a server is not struck again before it is up. Used by one thread.
 */
final class ChaosFaults {

  private final List<ConnectWorker> workers;
  private final ClickHouseServer server;
  private final FaultProxy proxy;
  private final IntConsumer changeTasks;
  private final Map<Server, CompletableFuture<Void>> recoveries = new HashMap<>();
  private final Queue<Kind> pending = new ConcurrentLinkedQueue<>();
  private final Map<Kind, AtomicLong> injected = new EnumMap<>(Kind.class);

  /**
   * @param changeTasks gives the connector another {@code tasks.max}
   */
  ChaosFaults(
      List<ConnectWorker> workers,
      ClickHouseServer server,
      FaultProxy proxy,
      IntConsumer changeTasks) {
    this.workers = workers;
    this.server = server;
    this.proxy = proxy;
    this.changeTasks = changeTasks;
    for (Kind kind : Kind.values()) {
      injected.put(kind, new AtomicLong());
    }
    proxy.onInsert(insert -> Optional.ofNullable(pending.poll()).map(this::counted));
  }

  /** Injects a fault; one of an insert waits for the next inserts to come by. */
  void inject(Step step) {
    switch (step.kind()) {
      case KILL_WORKER -> strike(step.kind(), workers.get(step.worker()), Server::kill);
      case STOP_WORKER -> strike(step.kind(), workers.get(step.worker()), Server::stop);
      case KILL_SERVER -> strike(step.kind(), server, Server::kill);
      case CHANGE_TASKS -> {
        changeTasks.accept(step.tasks());
        count(step.kind());
      }
      case REFUSE -> {
        proxy.refuse();
        count(step.kind());
        Poll.pause(step.outage());
        proxy.accept();
      }
      default -> {
        for (int i = 0; i < step.inserts(); i++) {
          pending.add(step.kind());
        }
      }
    }
  }

  /** Whether no fault is left waiting for an insert. */
  boolean haveHappened() {
    return pending.isEmpty();
  }

  /** Ends all faults; returns when every server is up. */
  void end() {
    pending.clear();
    recoveries.values().forEach(ChaosFaults::join);
    proxy.heal();
  }

  /** How many faults have happened, those of inserts counted by insert. */
  Map<Kind, Long> injected() {
    Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    injected.forEach((kind, count) -> counts.put(kind, count.get()));
    return counts;
  }

  private interface Blow {
    void fall(Server server);
  }

  private void strike(Kind kind, Server victim, Blow blow) {
    CompletableFuture<Void> recovery = recoveries.get(victim);
    if (recovery != null) {
      join(recovery);
    }
    recoveries.put(
        victim,
        CompletableFuture.runAsync(
            () -> {
              blow.fall(victim);
              victim.start();
            }));
    count(kind);
  }

  private Fault counted(Kind kind) {
    count(kind);
    return fault(kind);
  }

  private void count(Kind kind) {
    AtomicLong count = injected.get(kind);
    if (count != null) {
      count.incrementAndGet();
    }
  }

  private static Fault fault(Kind kind) {
    return switch (kind) {
      case HANG -> new Fault.Hang();
      case RESET_REQUEST -> new Fault.ResetRequest();
      case RESET_ANSWER -> new Fault.ResetAnswer();
      case UNAVAILABLE -> new Fault.Answer(503, 0, "made up");
      case TOO_MANY_QUERIES -> Fault.error(202, "TOO_MANY_SIMULTANEOUS_QUERIES");
      case MEMORY_LIMIT -> Fault.error(241, "MEMORY_LIMIT_EXCEEDED");
      case READ_ONLY -> Fault.error(242, "TABLE_IS_READ_ONLY");
      case TOO_MANY_PARTS -> Fault.error(252, "TOO_MANY_PARTS");
      case KILL_WORKER, STOP_WORKER, CHANGE_TASKS, KILL_SERVER, REFUSE ->
          throw new IllegalArgumentException(kind + " is no fault of an insert");
    };
  }

  private static void join(CompletableFuture<Void> recovery) {
    try {
      recovery.join();
    } catch (CompletionException e) {
      throw new StackException("What was struck does not come back: " + e.getMessage(), e);
    }
  }
}
