package dev.tributary.connect.util;

import java.io.File;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import net.jpountz.lz4.LZ4Factory;
import org.apache.kafka.connect.runtime.isolation.PluginClassLoader;

/**
 * A worker as far as compression goes: Kafka's libraries and its copy of lz4-java on the class
 * path, and the plugin with another copy in a class loader of its own. Does the given steps, then
 * waits for the end of its input.
 */
public final class NativeCompressionChild {

  static final String READY = "ready";

  /** What the worker does, in the plugin's class loader or in its own. */
  enum Step {
    /** As an older copy of lz4-java does to a library without a lock file, in another process. */
    ANOTHER_DELETES_THE_NEXT_LIBRARY,
    INSERTS_LOAD,
    STATE_TOPICS_LOAD,
    KAFKA_COMPRESSES,
    INSERTS_COMPRESS
  }

  private NativeCompressionChild() {}

  public static void main(String[] steps) throws Exception {
    ClassLoader own = NativeCompressionChild.class.getClassLoader();
    List<Class<?>> plugins =
        List.of(NativeCompression.class, NativeCompressionChild.class, LZ4Factory.class);
    URL[] jars = new URL[plugins.size()];
    for (int i = 0; i < jars.length; i++) {
      jars[i] = plugins.get(i).getProtectionDomain().getCodeSource().getLocation();
    }
    try (PluginClassLoader plugin = new PluginClassLoader(jars[0], jars, own)) {
      for (String step : steps) {
        ClassLoader place = Step.valueOf(step) == Step.KAFKA_COMPRESSES ? own : plugin;
        Class.forName(NativeCompressionChild.class.getName(), true, place)
            .getMethod("run", String.class)
            .invoke(null, step);
      }
      System.out.println(READY);
      while (System.in.read() >= 0) {
        // Whoever has started this process ends it.
      }
    }
  }

  /** Called through the class loader that the step belongs to. */
  public static void run(String step) {
    switch (Step.valueOf(step)) {
      case ANOTHER_DELETES_THE_NEXT_LIBRARY -> deleteNextLibrary();
      case INSERTS_LOAD -> NativeCompression.load();
      case STATE_TOPICS_LOAD -> NativeCompression.loadKafkas();
      case KAFKA_COMPRESSES, INSERTS_COMPRESS ->
          System.out.println(step + " with " + roundTrip(LZ4Factory.fastestInstance()));
    }
  }

  private static void deleteNextLibrary() {
    File directory = new File(System.getProperty("java.io.tmpdir"));
    CountDownLatch looking = new CountDownLatch(1);
    Thread other =
        new Thread(
            () -> {
              boolean deleted = false;
              while (!deleted) {
                for (String name : Objects.requireNonNull(directory.list())) {
                  deleted |= new File(directory, name).delete();
                }
                looking.countDown();
              }
            });
    other.setDaemon(true);
    other.start();
    try {
      looking.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static LZ4Factory roundTrip(LZ4Factory factory) {
    byte[] rows = "the same again and again, ".repeat(100).getBytes(StandardCharsets.UTF_8);
    byte[] compressed = factory.fastCompressor().compress(rows);
    byte[] restored = factory.safeDecompressor().decompress(compressed, rows.length);
    if (compressed.length >= rows.length || !Arrays.equals(restored, rows)) {
      throw new IllegalStateException(factory + " does not compress");
    }
    return factory;
  }
}
