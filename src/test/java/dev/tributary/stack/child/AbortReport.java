package dev.tributary.stack.child;

import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/**
 * Has HotSpot write its crash report when native code aborts, which it leaves to the kernel
 * otherwise: a C++ exception that nothing catches would end the JVM without a word.
 */
final class AbortReport {

  private static final int SIGABRT = 6;
  private static final int SIGSEGV = 11;

  /** More than the size of {@code struct sigaction} anywhere. */
  private static final int ACTION_BYTES = 512;

  private AbortReport() {}

  /** Gives SIGABRT the handler that HotSpot has for SIGSEGV. */
  static void enable() {
    try (Memory action = new Memory(ACTION_BYTES)) {
      action.clear();
      if (sigaction(SIGSEGV, Pointer.NULL, action) != 0
          || sigaction(SIGABRT, action, Pointer.NULL) != 0) {
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
