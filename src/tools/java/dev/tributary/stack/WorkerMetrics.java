package dev.tributary.stack;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** What a worker's MBeans say. Thread-safe. */
public final class WorkerMetrics implements AutoCloseable {

  private final JMXConnector connector;
  private final MBeanServerConnection server;

  private WorkerMetrics(JMXConnector connector, MBeanServerConnection server) {
    this.connector = connector;
    this.server = server;
  }

  @SuppressWarnings("BanJNDI") // the other side is a child of this JVM, on a loopback port
  static WorkerMetrics connect(int port) {
    try {
      JMXConnector connector =
          JMXConnectorFactory.connect(
              new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:" + port + "/jmxrmi"));
      return new WorkerMetrics(connector, connector.getMBeanServerConnection());
    } catch (IOException e) {
      throw new StackException("The worker's MBeans cannot be reached", e);
    }
  }

  /** A metric of a transform, summed over the connector's tasks; empty when no task has it. */
  public OptionalDouble ofTransform(String connectorName, String alias, String metric) {
    return sum(
        "kafka.connect:type=plugins,connector=%s,task=*,transformation=%s"
            .formatted(ObjectName.quote(connectorName), alias),
        "kafka.connect:type=plugins,connector=%s,task=*,transformation=%s"
            .formatted(connectorName, alias),
        metric);
  }

  /** A metric of the sink tasks that Connect itself measures, summed; empty when no task has it. */
  public OptionalDouble ofSinkTasks(String connectorName, String metric) {
    return sum(
        "kafka.connect:type=sink-task-metrics,connector=%s,task=*"
            .formatted(ObjectName.quote(connectorName)),
        "kafka.connect:type=sink-task-metrics,connector=%s,task=*".formatted(connectorName),
        metric);
  }

  /** The sum of an attribute over the MBeans that match a pattern; empty when none has it. */
  public OptionalDouble sum(String pattern, String attribute) {
    try {
      Set<ObjectName> names = server.queryNames(new ObjectName(pattern), null);
      double sum = 0;
      boolean any = false;
      for (ObjectName name : names) {
        OptionalDouble value = value(name, attribute);
        any |= value.isPresent();
        sum += value.orElse(0);
      }
      return any ? OptionalDouble.of(sum) : OptionalDouble.empty();
    } catch (IOException e) {
      return OptionalDouble.empty();
    } catch (JMException e) {
      throw new StackException("Bad MBean pattern " + pattern, e);
    }
  }

  /**
   * A living thread of the worker. Threads are used again under other names.
   *
   * @param allocated bytes since it began
   */
  public record LiveThread(long id, String name, long allocated) {}

  public List<LiveThread> threads() {
    try {
      ThreadMXBean threads =
          ManagementFactory.newPlatformMXBeanProxy(
              server, ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
      long[] ids = threads.getAllThreadIds();
      long[] bytes = threads.getThreadAllocatedBytes(ids);
      ThreadInfo[] infos = threads.getThreadInfo(ids);
      List<LiveThread> live = new ArrayList<>();
      for (int i = 0; i < ids.length; i++) {
        if (infos[i] != null && bytes[i] >= 0) {
          live.add(new LiveThread(ids[i], infos[i].getThreadName(), bytes[i]));
        }
      }
      return live;
    } catch (IOException e) {
      throw new StackException("The worker's threads cannot be asked", e);
    }
  }

  @Override
  public void close() {
    try {
      connector.close();
    } catch (IOException e) {
      // The worker is gone, and the connection with it.
      System.getLogger(WorkerMetrics.class.getName())
          .log(System.Logger.Level.DEBUG, "Closing after the worker", e);
    }
  }

  /** Kafka quotes a tag value in an object name only when it has to. */
  private OptionalDouble sum(String quoted, String plain, String attribute) {
    OptionalDouble value = sum(plain, attribute);
    return value.isPresent() ? value : sum(quoted, attribute);
  }

  private OptionalDouble value(ObjectName name, String attribute) throws IOException {
    try {
      return server.getAttribute(name, attribute) instanceof Number number
          ? OptionalDouble.of(number.doubleValue())
          : OptionalDouble.empty();
    } catch (JMException e) {
      return OptionalDouble.empty(); // the task has gone, or has no such metric
    }
  }
}
