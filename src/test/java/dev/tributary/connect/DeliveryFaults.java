package dev.tributary.connect;

import dev.tributary.connect.DeliveryFaults.Fault;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** The faults of one schedule of {@link DeliveryModel}: which may happen, and which did. */
final class DeliveryFaults {

  /** What can happen beside. */
  enum Fault {
    /** The process dies, and what it has begun may continue. */
    KILL,
    /** A request arrives after its connection was lost. */
    LATE,
    /** A request arrives a second time. */
    DOUBLED,
    /** The tables forget the tokens of earlier inserts, as after a window of other ones. */
    FORGET,
    /** A materialized view refuses rows for a while. */
    VIEW,
    /** The server lacks memory until a batch is halved. */
    SPLIT,
    /** Something answers 200 in the place of the server. */
    FOREIGN,
    /** A transform, the dead letter queue or a lookup throws. */
    THROW,
    /** Another producer claims a partition. */
    FENCE,
    /** The user sets an offset. */
    RESET,
    /** The topic is deleted and created again. */
    RECREATE,
    /** A transform holds records back. */
    HELD
  }

  /** What a fault of the model throws: an Error, which the framework never tolerates. */
  private static final class Injected extends Error {
    private static final long serialVersionUID = 1L;

    Injected() {
      super("injected");
    }
  }

  private final Random random;
  private final Set<Fault> chosen;
  private final Set<Fault> happened = EnumSet.noneOf(Fault.class);
  private boolean on = true;

  /** Chooses three or four faults. */
  DeliveryFaults(Random random) {
    this.random = random;
    List<Fault> all = new ArrayList<>(List.of(Fault.values()));
    Collections.shuffle(all, random);
    chosen = EnumSet.copyOf(all.subList(0, 3 + random.nextInt(2)));
  }

  /** Those that happened. */
  Set<Fault> happened() {
    return happened;
  }

  /** Whether this one may happen now. */
  boolean may(Fault fault) {
    return on && chosen.contains(fault);
  }

  /** Whether this one happens now: each time with the probability of one in a number. */
  boolean happen(Fault fault, int oneIn) {
    return may(fault) && random.nextInt(oneIn) == 0 && happen(fault);
  }

  /** Whether this one happens now, as it does whenever it may. */
  boolean happen(Fault fault) {
    boolean now = may(fault);
    if (now) {
      happened.add(fault);
    }
    return now;
  }

  /** Whether faults happen now. */
  boolean areOn() {
    return on;
  }

  /** Whether faults happen from now on. */
  void allow(boolean allowed) {
    on = allowed;
  }

  /** Throws what the framework never tolerates, if that is a fault and happens now. */
  void throwSometimes() {
    if (happen(Fault.THROW, 60)) {
      throw new Injected();
    }
  }

  /** Whether an error is one that {@link #throwSometimes} has thrown, or has one as its cause. */
  static boolean areCauseOf(Throwable e) {
    return e instanceof Injected || e.getCause() instanceof Injected;
  }
}
