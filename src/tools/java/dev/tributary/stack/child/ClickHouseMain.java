package dev.tributary.stack.child;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.StringArray;
import java.util.Arrays;

/**
 * A ClickHouse server out of {@code libchdb.so}. Arguments: the library, then the command line of
 * {@code clickhouse local}.
 *
 * <p>The command line is expected to end with a query that reads standard input, so that the engine
 * itself lives as long as the parent holds the pipe; nothing in this JVM may read it too.
 */
public final class ClickHouseMain {

  private ClickHouseMain() {}

  public static void main(String[] args) {
    int status = 1;
    try {
      AbortReport.enable();
      status = run(NativeLibrary.getInstance(args[0]), Arrays.copyOfRange(args, 1, args.length));
    } catch (RuntimeException | LinkageError e) {
      System.err.println("The engine failed: " + e);
    } finally {
      // The engine's threads do not end with the query, and its exit handlers would wait for them.
      Runtime.getRuntime().halt(status);
    }
  }

  private static int run(NativeLibrary library, String[] commandLine) {
    // The JVM needs SIGSEGV for itself.
    library.getFunction("chdb_set_signal_handlers_enabled").invokeVoid(new Object[] {0});
    Function query = library.getFunction("chdb_query_cmdline");
    StringArray argv = new StringArray(commandLine, "UTF-8");
    Pointer result = query.invokePointer(new Object[] {commandLine.length, argv});
    String error =
        result == null
            ? "no result"
            : library.getFunction("chdb_result_error").invokeString(new Object[] {result}, false);
    // A query that fails is no error to the library, and its message stands above.
    System.err.println("The engine has returned, " + (error == null ? "without an error" : error));
    return error == null ? 0 : 1;
  }
}
