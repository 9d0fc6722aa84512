package dev.tributary.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClickHouseLibraryTest {

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, linux-x64-gnu",
    "Linux, aarch64, linux-arm64-gnu",
    "Mac OS X, x86_64, darwin-x64",
    "Mac OS X, aarch64, darwin-arm64"
  })
  void platformIsNamedAsOnNpm(String os, String arch, String platform) {
    assertThat(ClickHouseLibrary.platform(os, arch)).isEqualTo(platform);
  }

  @Test
  void errorOnOtherPlatformsSaysToBringAServer() {
    assertThatThrownBy(() -> ClickHouseLibrary.platform("Windows 11", "amd64"))
        .hasMessageContaining("Windows 11")
        .hasMessageContaining("CLICKHOUSE_URL");
  }

  @Test
  void cacheIsTheUsersAndKeepsVersionsApart() {
    String version = StackFiles.chdbVersion();
    assertThat(ClickHouseLibrary.cacheDirectory(Map.of(), "/home/me"))
        .isEqualTo(Path.of("/home/me/.cache/tributary/chdb", version));
    assertThat(ClickHouseLibrary.cacheDirectory(Map.of("XDG_CACHE_HOME", "/cache"), "/home/me"))
        .isEqualTo(Path.of("/cache/tributary/chdb", version));
  }
}
