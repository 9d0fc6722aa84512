package dev.tributary.connect.sink.insert;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.clickhouse.InsertException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.connect.sink.SinkRecord;

/** An insert that runs scripted steps, one after the other, and records its calls. */
public final class StubInsert implements Insert {

  /** What a step does; what it throws, its caller gets. */
  @FunctionalInterface
  interface Step {
    void run() throws InsertException;
  }

  private final Batch batch;
  private final List<String> events;
  private final Queue<Step> beforeAttempts = new ArrayDeque<>();
  private final Queue<Step> verifications = new ArrayDeque<>();

  /** Whether the rows are there already. */
  boolean there;

  public CompletableFuture<?> ready = CompletableFuture.completedFuture(null);

  public StubInsert(Batch batch, List<String> events) {
    this.batch = batch;
    this.events = events;
  }

  /** What the next attempt does first that has nothing to do yet. */
  StubInsert beforeAttempt(Step step) {
    beforeAttempts.add(step);
    return this;
  }

  /** What the next verification does that has nothing to do yet. */
  StubInsert onVerify(Step step) {
    verifications.add(step);
    return this;
  }

  private static void runNext(Queue<Step> steps) throws InsertException {
    Step next = steps.poll();
    if (next != null) {
      next.run();
    }
  }

  @Override
  public Batch batch() {
    return batch;
  }

  @Override
  public String token() {
    return "token";
  }

  @Override
  public CompletableFuture<?> whenReady() {
    return ready;
  }

  @Override
  public boolean beforeAttempt(boolean uncertain) throws InsertException {
    events.add("before" + (uncertain ? " uncertainly" : ""));
    runNext(beforeAttempts);
    return !there;
  }

  @Override
  public void verify(boolean uncertain) throws InsertException {
    events.add("verify" + (uncertain ? " uncertainly" : ""));
    runNext(verifications);
  }

  @Override
  public InsertException beforeHandBack(InsertException failure, boolean uncertain)
      throws InsertException {
    events.add("hand back" + (uncertain ? " uncertainly" : ""));
    runNext(verifications);
    return failure;
  }

  @Override
  public List<SinkRecord> missing(boolean answered) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void stored() {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Insert> replacedBy(List<Batch> pieces) {
    throw new UnsupportedOperationException();
  }
}
