package dev.tributary.connect.util;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.util.Native;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The native code of LZ4, loaded so that no file of it remains when the worker is killed.
 *
 * <p>Two copies of lz4-java do the plugin's work, each with a library of its own: the plugin's for
 * inserts, and in the worker's class loader Kafka's, for state topics. Either unpacks its library
 * into the temporary directory, loads it and deletes it when the JVM exits in order, which a killed
 * one does not. Linux needs the file no longer once it is mapped. So it is deleted here, right
 * after it is loaded.
 *
 * <p>Only files that this process has mapped are deleted, as {@code /proc/self/maps} shows: they
 * have random names, so no other process loads them, and one that is unpacked but not mapped yet,
 * by whatever process or class loader, is left alone. A file that a kill between unpacking and
 * deleting leaves is deleted by lz4-java when it is loaded an hour or more later. Without {@code
 * /proc/self/maps}, as on macOS, and if lz4-java is configured to keep its file, it stays until the
 * JVM exits.
 *
 * <p>Thread-safe. All of it is done once in each class loader; further calls do nothing.
 */
public final class NativeCompression {

  private static final Logger log = LoggerFactory.getLogger(NativeCompression.class);

  private static final Path MAPS = Path.of("/proc/self/maps");

  /** The names that lz4-java gives, at the end of a line of a file that is not deleted yet. */
  private static final Pattern UNPACKED = Pattern.compile("/(liblz4-java-\\d+\\.so)$");

  private static boolean loaded;
  private static boolean kafkasLoaded;

  private NativeCompression() {}

  /**
   * Loads the native code for inserts, and Kafka's. The ClickHouse client compresses with native
   * code where that is loaded already; by itself it loads it in an application only, not in a
   * plugin. Where it cannot be loaded the client compresses in Java, and the log says so once.
   */
  public static synchronized void load() {
    if (loaded) {
      return;
    }
    loaded = true;
    try {
      unpack();
      log.debug("Compression of inserts: {}", LZ4Factory.nativeInstance());
    } catch (LinkageError | AssertionError | RuntimeException e) {
      log.info(
          "Inserts work but are compressed in Java, at half the speed, since native code of LZ4"
              + " cannot be loaded: {}. {}",
          Causes.message(e),
          remedy(e));
    }
    if (kafkasLoaded) {
      deleteMapped();
    } else {
      loadKafkas();
    }
  }

  /**
   * Loads the native code with which Kafka's clients compress, if they would load it themselves. If
   * it cannot be loaded they compress in Java, without a message.
   */
  public static synchronized void loadKafkas() {
    if (kafkasLoaded) {
      return;
    }
    kafkasLoaded = true;
    try {
      Class.forName(LZ4Factory.class.getName(), true, KafkaProducer.class.getClassLoader())
          .getMethod("fastestInstance")
          .invoke(null);
    } catch (LinkageError | ReflectiveOperationException e) {
      log.debug("No LZ4 beside Kafka's clients", e);
    }
    deleteMapped();
  }

  /**
   * Older copies of lz4-java, in any process of the machine, delete what copies like ours have
   * unpacked, even before it is loaded. They do so once, so a second file stays.
   */
  private static void unpack() {
    try {
      Native.load();
    } catch (UnsatisfiedLinkError e) {
      Native.load();
    }
  }

  private static String remedy(Throwable thrown) {
    if (thrown instanceof UnsupportedOperationException) {
      return "There is none for this platform; nothing needs to be done.";
    }
    return "It is unpacked into "
        + System.getProperty("java.io.tmpdir")
        + ", where the worker must be allowed to create files and to execute them: name a directory"
        + " like that with -Djava.io.tmpdir in KAFKA_OPTS.";
  }

  private static void deleteMapped() {
    if ("true".equals(System.getProperty("lz4java.jnilib.temp.keep"))
        || "true".equals(System.getenv("LZ4JAVA_KEEP_TEMP_JNI_LIB"))
        || !Files.isReadable(MAPS)) {
      return;
    }
    // Paths come as bytes of any encoding; the names in question are plain ASCII.
    try (Stream<String> lines = Files.lines(MAPS, StandardCharsets.ISO_8859_1)) {
      deleteMapped(lines, Path.of(System.getProperty("java.io.tmpdir")));
    } catch (IOException | RuntimeException e) {
      log.debug("Native code of LZ4 stays in the temporary directory until the worker ends", e);
    }
  }

  /**
   * Deletes the unpacked libraries in a directory that a process has mapped, and the lock files
   * with which older versions of lz4-java protect them.
   *
   * @param maps the lines of the process's {@code /proc/self/maps}
   */
  static void deleteMapped(Stream<String> maps, Path directory) throws IOException {
    Set<String> names =
        maps.map(UNPACKED::matcher)
            .filter(Matcher::find)
            .map(found -> found.group(1))
            .collect(Collectors.toSet());
    for (String name : names) {
      Files.deleteIfExists(directory.resolve(name));
      Files.deleteIfExists(directory.resolve(name + ".lck"));
    }
  }
}
