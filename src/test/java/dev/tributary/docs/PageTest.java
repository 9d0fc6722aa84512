package dev.tributary.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.docs.Page.Piece;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PageTest {

  private static Page page(String text) {
    return new Page(Path.of("page.md"), text);
  }

  @Test
  void anchors_are_those_of_github() {
    Page page =
        page(
            """
            # What `exactly_once` costs
            ## State
            ## (a) From put, to a *commit*
            ## State
            ```
            # a comment
            ```
            ## [Links](elsewhere.md) and 1–2 signs
            """);

    assertThat(page.anchors())
        .containsExactlyInAnyOrder(
            "what-exactly_once-costs",
            "state",
            "a-from-put-to-a-commit",
            "state-1",
            "links-and-12-signs");
  }

  @Test
  void links_are_found_with_their_lines_and_not_in_code() {
    Page page =
        page(
            """
            See [the
            table](a.md#b), [`x`](#y) and `[no](link)`.
            ```
            [no](link)
            ```
            [Known] and [Unknown] are classes.

            [Known]: src/Known.java
            """);

    assertThat(page.links())
        .containsExactly(
            new Piece(2, "a.md#b"), new Piece(2, "#y"), new Piece(8, "src/Known.java"));
    assertThat(page.undefinedReferences()).containsExactly(new Piece(6, "Unknown"));
  }

  @Test
  void texts_of_a_source_go_over_the_ends_of_lines() {
    String source =
        """
        /**
         * One
         * comment.
         */
        String s = '"' + "a \\" b"
            + "c"; // end
        """;

    assertThat(JavaText.of(source))
        .extracting(text -> text.text().toString().replaceAll("\\s+", " ").strip())
        .containsExactly("One comment.", "a bc", "end");
    assertThat(JavaText.of(source).get(1).line(0)).isEqualTo(5);
  }
}
