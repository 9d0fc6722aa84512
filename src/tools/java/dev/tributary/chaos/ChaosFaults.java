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
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Injects faults one after the other. What was killed comes back in the background, so that several
 * can be down at once; a server is not struck again before it is up. Used by one thread.
 */
final class ChaosFaults {

  /** An insert that is answered with {@link #PRESSURE} this often is split. */
  private static final int SPLIT_ERRORS = 3;

  private static final Fault PRESSURE = Fault.error(241, "MEMORY_LIMIT_EXCEEDED");

  /** How long the view refuses rows at most. */
  private static final Duration REFUSAL = Duration.ofSeconds(20);

  private static final Duration LOOK_INTERVAL = Duration.ofMillis(100);

  private final List<ConnectWorker> workers;
  private final ClickHouseServer server;
  private final FaultProxy proxy;
  private final ChaosView view;
  private final ChaosConnector connector;
  private final Map<Object, CompletableFuture<Void>> recoveries = new HashMap<>();
  private final Queue<InsertFault> pending = new ConcurrentLinkedQueue<>();

  /** What happens to the next attempts of an insert, by its token. */
  private final Map<String, Queue<InsertFault>> ofToken = new ConcurrentHashMap<>();

  private final Map<Kind, AtomicLong> injected = new EnumMap<>(Kind.class);

  private record InsertFault(Kind kind, Fault fault) {}

  ChaosFaults(
      List<ConnectWorker> workers,
      ClickHouseServer server,
      FaultProxy proxy,
      ChaosView view,
      ChaosConnector connector) {
    this.workers = workers;
    this.server = server;
    this.proxy = proxy;
    this.view = view;
    this.connector = connector;
    for (Kind kind : Kind.values()) {
      injected.put(kind, new AtomicLong());
    }
    proxy.onInsert(this::next);
  }

  /** What becomes of an insert; the proxy asks for one at a time. */
  private Optional<Fault> next(FaultProxy.Insert insert) {
    Queue<InsertFault> ofItsOwn = ofToken.get(insert.token());
    InsertFault next = ofItsOwn == null ? null : ofItsOwn.poll();
    if (next != null) {
      return Optional.of(counted(next));
    }
    next = pending.poll();
    if (next != null && next.kind() == Kind.SPLIT) {
      InsertFault pressure = new InsertFault(Kind.SPLIT, PRESSURE);
      ofToken.put(insert.token(), new ArrayDeque<>(Collections.nCopies(SPLIT_ERRORS, pressure)));
    }
    return Optional.ofNullable(next).map(this::counted);
  }

  /** Injects a fault; one of an insert waits for the next inserts to come by. */
  void inject(Step step) {
    switch (step.kind()) {
      case KILL_WORKER -> restart(step.kind(), workers.get(step.worker()), Server::kill);
      case STOP_WORKER -> restart(step.kind(), workers.get(step.worker()), Server::stop);
      case KILL_SERVER -> restart(step.kind(), server, Server::kill);
      case CHANGE_TASKS -> {
        connector.setTasks(step.tasks());
        count(step.kind());
      }
      case FENCE -> {
        connector.fence(step.partition());
        count(step.kind());
      }
      case REFUSING_VIEW -> strike(view, () -> refuseRows(step));
      case REFUSE -> {
        proxy.refuse();
        count(step.kind());
        Poll.pause(step.outage());
        proxy.accept();
      }
      default ->
          pending.addAll(
              Collections.nCopies(step.inserts(), new InsertFault(step.kind(), fault(step))));
    }
  }

  /** Whether no fault is left waiting for an insert. */
  boolean haveHappened() {
    return pending.isEmpty();
  }

  /** Ends all faults; returns when every server is up, and failed tasks run again. */
  void end() {
    pending.clear();
    ofToken.clear();
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

  private void restart(Kind kind, Server victim, Blow blow) {
    strike(
        victim,
        () -> {
          blow.fall(victim);
          victim.start();
        });
    count(kind);
  }

  /** Strikes in the background, once the victim is over the blow before. */
  private void strike(Object victim, Runnable blow) {
    CompletableFuture<Void> recovery = recoveries.get(victim);
    if (recovery != null) {
      join(recovery);
    }
    recoveries.put(victim, CompletableFuture.runAsync(blow, ChaosFaults::start));
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "chaos-recovery");
    thread.setDaemon(true);
    thread.start();
  }

  /** Has the view refuse rows until an insert has failed, and restarts the tasks that failed. */
  private void refuseRows(Step step) {
    int before = proxy.errors(ChaosView.REFUSED);
    view.refuse();
    Poll.pause(step.refusal());
    if (Poll.until(REFUSAL, LOOK_INTERVAL, () -> proxy.errors(ChaosView.REFUSED) > before)) {
      count(step.kind());
    }
    view.mend();
    connector.restartFailed();
  }

  private Fault counted(InsertFault one) {
    count(one.kind());
    return one.fault();
  }

  private void count(Kind kind) {
    AtomicLong count = injected.get(kind);
    if (count != null) {
      count.incrementAndGet();
    }
  }

  private static Fault fault(Step step) {
    return switch (step.kind()) {
      case HANG -> new Fault.Hang();
      case RESET_REQUEST -> new Fault.ResetRequest();
      case RESET_ANSWER -> new Fault.ResetAnswer();
      case UNAVAILABLE -> new Fault.Answer(503, 0, "made up");
      case TOO_MANY_QUERIES -> Fault.error(202, "TOO_MANY_SIMULTANEOUS_QUERIES");
      case MEMORY_LIMIT -> PRESSURE;
      case READ_ONLY -> Fault.error(242, "TABLE_IS_READ_ONLY");
      case TOO_MANY_PARTS -> Fault.error(252, "TOO_MANY_PARTS");
      case EMPTY_ANSWER -> Fault.emptyAnswer();
      case MAINTENANCE_PAGE -> Fault.maintenancePage();
      case REDIRECT -> Fault.redirect();
      case HIDDEN_ERROR -> Fault.hiddenError(241, "MEMORY_LIMIT_EXCEEDED");
      case HOLD, SPLIT -> new Fault.Hold(step.delay(), true);
      case HOLD_HALF -> new Fault.Hold(step.delay(), false);
      case REPEAT -> new Fault.Repeat(step.delay());
      case KILL_WORKER, STOP_WORKER, CHANGE_TASKS, KILL_SERVER, REFUSE, REFUSING_VIEW, FENCE ->
          throw new IllegalArgumentException(step.kind() + " is no fault of an insert");
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
