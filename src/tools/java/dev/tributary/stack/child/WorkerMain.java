package dev.tributary.stack.child;

import org.apache.kafka.connect.cli.ConnectDistributed;

/** A distributed Connect worker. Argument: its properties file. */
public final class WorkerMain {

  private WorkerMain() {}

  public static void main(String[] args) {
    ParentWatch.start();
    ConnectDistributed.main(args);
  }
}
