package dev.tributary.stack;

import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests the one stack of this test run, started when the first test asks for it: as {@link
 * Stack}, or one of its parts. Its worker also has the sink connector of {@code
 * dev.tributary.foreign}. The servers are shared, so a test takes topic, table and connector names
 * of its own, and starts again what it has stopped.
 *
 * <p>When a test fails the ends of the servers' logs are printed.
 */
public final class StackExtension
    implements ParameterResolver, AfterEachCallback, AfterAllCallback {

  private static final Namespace NAMESPACE = Namespace.create(StackExtension.class);

  private static final Map<Class<?>, Function<Stack, Object>> PARTS =
      Map.of(
          Stack.class,
          stack -> stack,
          KafkaBroker.class,
          Stack::broker,
          ClickHouseServer.class,
          Stack::clickHouse,
          ConnectWorker.class,
          Stack::worker,
          ConnectRest.class,
          stack -> stack.worker().rest(),
          ClickHouseSql.class,
          stack -> stack.clickHouse().sql());

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return PARTS.containsKey(parameter.getParameter().getType());
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Function<Stack, Object> part = PARTS.get(parameter.getParameter().getType());
    if (part == null) {
      throw new IllegalArgumentException(parameter.getParameter() + " is no part of the stack");
    }
    return part.apply(stack(context));
  }

  @Override
  public void afterEach(ExtensionContext context) {
    printLogsOnFailure(context);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    printLogsOnFailure(context);
  }

  private static void printLogsOnFailure(ExtensionContext context) {
    Stack stack = context.getRoot().getStore(NAMESPACE).get(Stack.class, Stack.class);
    if (stack != null && context.getExecutionException().isPresent()) {
      System.err.println(context.getDisplayName() + " failed\n" + stack.logTails());
    }
  }

  /** JUnit closes it with the root context, after the last test of the run. */
  private static Stack stack(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(
            Stack.class,
            key ->
                Stack.start(
                    config ->
                        config
                            .withOffsetFlushInterval(Duration.ofSeconds(1))
                            .withPlugin(StackFiles.foreignSinkDirectory())),
            Stack.class);
  }
}
