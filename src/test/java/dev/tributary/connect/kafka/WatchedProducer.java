package dev.tributary.connect.kafka;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.Producer;

/** A transactional producer at which something happens before its requests, as a test wants it. */
public final class WatchedProducer {

  private WatchedProducer() {}

  /**
   * @param beforeFencing runs before it fences the other producers of its id
   * @param beforeWrite runs before a transaction is committed
   * @param onClose runs when it is closed, with the time that this may take
   */
  @SuppressWarnings("unchecked")
  public static Producer<byte[], byte[]> of(
      Producer<byte[], byte[]> producer,
      Runnable beforeFencing,
      Runnable beforeWrite,
      Consumer<Duration> onClose) {
    return (Producer<byte[], byte[]>)
        Proxy.newProxyInstance(
            WatchedProducer.class.getClassLoader(),
            new Class<?>[] {Producer.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "initTransactions" -> beforeFencing.run();
                case "commitTransaction" -> beforeWrite.run();
                case "close" -> onClose.accept((Duration) arguments[0]);
                default -> {}
              }
              try {
                return method.invoke(producer, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
