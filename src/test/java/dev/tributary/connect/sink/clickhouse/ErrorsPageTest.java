package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class ErrorsPageTest {

  @Test
  void page_says_what_the_table_in_the_code_says() throws IOException {
    if (Boolean.getBoolean("tributary.docs.write")) {
      ErrorsPage.write();
    }
    assertThat(Files.readString(ErrorsPage.FILE))
        .as("rewrite it with: mvn -q test -Dtest=ErrorsPageTest -Dtributary.docs.write=true")
        .isEqualTo(ErrorsPage.text());
  }
}
