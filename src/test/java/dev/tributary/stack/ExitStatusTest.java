package dev.tributary.stack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExitStatusTest {

  @ParameterizedTest
  @CsvSource({
    "0, status 0",
    "3, status 3",
    "128, status 128",
    "134, status 134 (SIGABRT)",
    "137, status 137 (SIGKILL)",
    "139, status 139 (SIGSEGV)",
    "143, status 143 (SIGTERM)",
    "159, status 159 (signal 31)",
    "255, status 255 (signal 127)",
    "256, status 256"
  })
  void statusAbove128NamesTheSignal(int value, String text) {
    assertThat(new ExitStatus(value)).hasToString(text);
  }

  @Test
  void statusOfTheProcessItselfHasNoSignal() {
    assertThat(new ExitStatus(1).signal()).isEmpty();
    assertThat(new ExitStatus(134).signal()).hasValue("SIGABRT");
  }
}
