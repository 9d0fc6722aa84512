package dev.tributary.connect.sink.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldToColumnTest {

  private final FieldToColumn mapping =
      FieldToColumn.parse(List.of("name:user_name", "user.address.city:city"));

  @Test
  void mapped_column_takes_the_named_field() {
    assertThat(mapping.pathsFor("user_name")).containsExactly(List.of("name"));
    assertThat(mapping.pathsFor("city")).containsExactly(List.of("user", "address", "city"));
    assertThat(FieldToColumn.parse(List.of("`a.b`.c:x")).pathsFor("x"))
        .containsExactly(List.of("a.b", "c"));
  }

  @Test
  void other_columns_take_the_field_of_their_name_or_else_at_their_path() {
    assertThat(mapping.pathsFor("email")).containsExactly(List.of("email"));
    assertThat(mapping.pathsFor("a.b")).containsExactly(List.of("a.b"), List.of("a", "b"));
    assertThat(mapping.pathsFor("a..b")).containsExactly(List.of("a..b"));
  }

  @Test
  void field_that_is_mapped_away_does_not_also_fill_its_namesake() {
    assertThat(mapping.pathsFor("name")).isEmpty();
    assertThat(FieldToColumn.parse(List.of("a.b:x")).pathsFor("a.b")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"name", ":c", "name:", "a..b:c"})
  void entry_that_is_no_pair_is_named(String entry) {
    assertThatThrownBy(() -> FieldToColumn.parse(List.of(entry)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("field.to.column")
        .hasMessageContaining(entry);
  }

  @Test
  void two_fields_for_one_column_are_refused() {
    assertThatThrownBy(() -> FieldToColumn.parse(List.of("a:x", "b:x")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`x`");
  }
}
