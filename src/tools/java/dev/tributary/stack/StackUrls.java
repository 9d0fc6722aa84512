package dev.tributary.stack;

import java.util.Locale;
import java.util.function.UnaryOperator;

/** What a person needs to use a running stack. */
public final class StackUrls {

  private StackUrls() {}

  /** Starts a stack, and says how long it took. */
  public static Stack announcedStart(UnaryOperator<ConnectWorker.Config> workerConfig) {
    System.out.println("Starting Kafka, Connect and ClickHouse …");
    long begin = System.nanoTime();
    Stack stack = Stack.start(workerConfig);
    System.out.printf(Locale.ROOT, "Started in %.1f s%n", (System.nanoTime() - begin) / 1e9);
    return stack;
  }

  public static String of(Stack stack) {
    ClickHouseServer clickHouse = stack.clickHouse();
    return """
    Kafka           %s%s
    Connect REST    %s
    ClickHouse      %s%s
    ClickHouse UI   %s/play
    Logs            %s
    """
        .formatted(
            stack.broker().bootstrapServers(),
            own(stack.broker()),
            stack.worker().url(),
            clickHouse.url(),
            own(clickHouse),
            clickHouse.url(),
            stack.directory());
  }

  /** Two ways to ask ClickHouse for what the demo has loaded. */
  public static String query(ClickHouseServer clickHouse, String table) {
    String sql = "SELECT count(), uniqExact(event_id) FROM " + table;
    String curl = "curl '%s' --data-binary '%s'".formatted(clickHouse.url(), sql);
    return clickHouse.isEmbedded()
        ? "%s%nclickhouse client --port %d --query '%s'".formatted(curl, clickHouse.tcpPort(), sql)
        : curl + " --user '" + clickHouse.user() + "'";
  }

  private static String own(Server server) {
    return server.isEmbedded() ? "" : " (your own)";
  }
}
