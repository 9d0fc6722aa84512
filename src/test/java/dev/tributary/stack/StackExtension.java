package dev.tributary.stack;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Gives tests the one stack of this test run, started when the first test asks for it: as {@link
 * Stack}, or one of its parts. Its worker also has the sink connector of {@code
 * dev.tributary.foreign}. The servers are shared, so a test takes topic, table and connector names
 * of its own, and starts again what it has stopped.
 *
 * <p>When a test fails the ends of the servers' logs are printed.
 *
 * <p>When a server exits by itself, the test that runs fails with that, its own failure suppressed
 * beneath, and the server is restarted before the next test or class.
 */
public final class StackExtension
    implements ParameterResolver,
        BeforeAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        AfterAllCallback,
        TestExecutionExceptionHandler,
        LifecycleMethodExecutionExceptionHandler {

  /** A test sees the connection break a moment before the process is gone. */
  private static final Duration EXIT_TIMEOUT = Duration.ofSeconds(1);

  private static final Duration POLL_INTERVAL = Duration.ofMillis(20);

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
  public void beforeAll(ExtensionContext context) {
    restartExited(context);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    restartExited(context);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    printLogsOnFailure(context);
    failOnExit(context);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    printLogsOnFailure(context);
    failOnExit(context);
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    rethrow(context, failure);
  }

  @Override
  public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    rethrow(context, failure);
  }

  @Override
  public void handleBeforeEachMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    rethrow(context, failure);
  }

  @Override
  public void handleAfterEachMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    rethrow(context, failure);
  }

  @Override
  public void handleAfterAllMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    rethrow(context, failure);
  }

  private static void restartExited(ExtensionContext context) {
    Stack stack = startedStack(context);
    if (stack != null) {
      stack.restartExited();
    }
  }

  private static void failOnExit(ExtensionContext context) {
    Stack stack = startedStack(context);
    List<ServerExit> exits = stack == null ? List.of() : stack.takeExits();
    if (!exits.isEmpty()) {
      throw ServerExitedException.of(exits);
    }
  }

  /** Throws the failure, beneath its cause if a server has exited. */
  private static void rethrow(ExtensionContext context, Throwable failure) throws Throwable {
    Stack stack = startedStack(context);
    List<ServerExit> exits = new ArrayList<>();
    if (stack != null
        && Poll.until(
            EXIT_TIMEOUT,
            POLL_INTERVAL,
            () -> {
              exits.addAll(stack.takeExits());
              return !exits.isEmpty();
            })) {
      ServerExitedException cause = ServerExitedException.of(exits);
      cause.addSuppressed(failure);
      throw cause;
    }
    throw failure;
  }

  private static @Nullable Stack startedStack(ExtensionContext context) {
    return context.getRoot().getStore(NAMESPACE).get(Stack.class, Stack.class);
  }

  private static void printLogsOnFailure(ExtensionContext context) {
    Stack stack = startedStack(context);
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
