package dev.tributary.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.stack.StackException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgainstTest {

  @TempDir private Path directory;

  private Against read(String settings) throws IOException {
    return Against.read(Files.writeString(directory.resolve("settings"), settings));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "connector.class=a.B\nname=x\ntopics=mine\nport=%port%",
        "{\"connector.class\": \"a.B\", \"topics.regex\": \"mine.*\", \"port\": \"%port%\"}",
        "{\"name\": \"x\", \"config\": {\"connector.class\": \"a.B\", \"port\": \"%port%\"}}"
      })
  void all_forms_of_settings_are_read_without_name_and_topics(String settings) throws IOException {
    assertThat(read(settings).config())
        .containsOnlyKeys("connector.class", "port")
        .containsEntry("connector.class", "a.B");
  }

  @Test
  void settings_without_a_class_are_refused() {
    assertThatThrownBy(() -> read("{\"hostname\": \"%host%\"}"))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("settings has no connector.class");
  }

  @Test
  void settings_that_are_not_there_are_refused() {
    assertThatThrownBy(() -> Against.read(directory.resolve("absent")))
        .isInstanceOf(StackException.class)
        .hasMessageContaining("absent");
  }

  @ParameterizedTest
  @ValueSource(strings = {"clickhouse-kafka-connect", "debezium-jdbc"})
  void the_files_that_come_with_it_are_read(String name) {
    Against against = Against.read(Path.of("src/tools/resources/against", name + ".json"));

    assertThat(against.config())
        .containsKey("connector.class")
        .containsEntry("consumer.override.max.poll.records", "20000")
        .containsEntry("tasks.max", "1");
  }
}
