package dev.tributary.stack.child;

import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;

/**
 * Makes HotSpot write its crash report when native code aborts, which it leaves to the kernel
 * otherwise: a C++ exception that nothing catches would end the JVM without a word.
 */
final class AbortReport {

  private static final int SIGABRT = 6;
  private static final int SIGSEGV = 11;

  /** More than the size of {@code struct sigaction} anywhere. */
  private static final int ACTION_BYTES = 512;

  /** Where {@code sa_flags} is, and the one-shot flag: HotSpot's handler ends with an abort. */
  private static final int FLAGS = Platform.isMac() ? 12 : 136;

  private static final int RESET_HANDLER = Platform.isMac() ? 4 : 0x80000000;

  private AbortReport() {}

  /** Gives SIGABRT the handler that HotSpot has for SIGSEGV. */
  static void enable() {
    try (Memory action = new Memory(ACTION_BYTES)) {
      action.clear();
      boolean read = sigaction(SIGSEGV, Pointer.NULL, action) == 0;
      action.setInt(FLAGS, action.getInt(FLAGS) | RESET_HANDLER);
      if (!read || sigaction(SIGABRT, action, Pointer.NULL) != 0) {
        System.err.println("An abort of this process will leave no crash report");
      }
    }
  }

  private static int sigaction(int signal, Pointer action, Pointer previous) {
    return NativeLibrary.getProcess()
        .getFunction("sigaction")
        .invokeInt(new Object[] {signal, action, previous});
  }
}
