package dev.tributary.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DemoEventsTest {

  private static final Instant START = Instant.parse("2024-03-20T10:00:00Z");

  @ParameterizedTest
  @CsvSource({
    "10000, 0.1, 9091, 909",
    "300000, 0.1, 272727, 27273",
    "1000, 0, 1000, 0",
    "1000, 1, 500, 500",
    "11, 1e-1, 10, 1"
  })
  void numbersOfUniquesAndDuplicates(int events, BigDecimal ratio, long uniques, long duplicates) {
    DemoEvents stream = new DemoEvents(7, ratio, START);
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < events; i++) {
      ids.add(stream.next().id());
    }
    assertThat(stream.uniques()).isEqualTo(uniques);
    assertThat(stream.duplicates()).isEqualTo(duplicates);
    assertThat(ids).hasSize((int) uniques);
  }

  @Test
  void aDuplicateRepeatsAnEarlierEventByteForByte() {
    Map<String, String> sent = new HashMap<>();
    take(1000, new DemoEvents(7, new BigDecimal("0.5"), START))
        .forEach(
            event -> {
              String earlier = sent.putIfAbsent(event.id(), event.json());
              assertThat(earlier != null).isEqualTo(event.isDuplicate());
              if (earlier != null) {
                assertThat(event.json()).isEqualTo(earlier);
              }
            });
  }

  @Test
  void duplicatesComeFromTheWholePast() {
    Set<String> first = new HashSet<>();
    List<DemoEvents.Event> events =
        take(10_000, new DemoEvents(7, new BigDecimal("0.1"), START)).toList();
    events.subList(0, 5_000).forEach(event -> first.add(event.id()));
    assertThat(events.subList(5_000, 10_000))
        .filteredOn(DemoEvents.Event::isDuplicate)
        .anyMatch(event -> first.contains(event.id()))
        .anyMatch(event -> !first.contains(event.id()));
  }

  @Test
  void theSameSeedGivesTheSameStreamAndAnotherOneDoesNot() {
    assertThat(ids(7)).isEqualTo(ids(7)).doesNotContainAnyElementsOf(ids(8));
  }

  @Test
  void anEventIsTheJsonThatTheTableExpects() throws IOException {
    DemoEvents.Event event = new DemoEvents(7, BigDecimal.ZERO, START).next();
    JsonNode json = new ObjectMapper().readTree(event.json());

    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly("event_id", "user_id", "name", "email", "created_at");
    assertThat(json.path("event_id").asText()).isEqualTo(event.id());
    assertThat(json.path("created_at").asText()).isEqualTo("2024-03-20 10:00:00");
  }

  private static List<String> ids(long seed) {
    return take(100, new DemoEvents(seed, new BigDecimal("0.1"), START))
        .map(DemoEvents.Event::id)
        .toList();
  }

  private static Stream<DemoEvents.Event> take(int count, DemoEvents stream) {
    return Stream.generate(stream::next).limit(count);
  }
}
