package dev.tributary.connect.chain;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * The names that the transforms of a connector give to a topic, as far as its settings tell.
 *
 * <p>Kafka's RegexRouter and TimestampRouter are followed, with their predicates. Its other
 * transforms and ours rename no topic. Of every other transform it is unknown. Immutable.
 */
public final class TopicRoutes {

  private static final String KAFKAS = "org.apache.kafka.connect.transforms.";
  private static final String PREDICATES = KAFKAS + "predicates.";

  private static final Set<String> RENAMES_NOTHING =
      Set.of(
          "Cast",
          "DropHeaders",
          "ExtractField",
          "Filter",
          "Flatten",
          "HeaderFrom",
          "HoistField",
          "InsertField",
          "InsertHeader",
          "MaskField",
          "ReplaceField",
          "SetSchemaMetadata",
          "TimestampConverter",
          "ValueToKey");

  /** Times of records, far from each other: a name that differs among them is not foreseeable. */
  private static final long[] TIMES = {0, 1_234_567_890_123L, 1_999_999_999_999L};

  private final TransformChain chain;
  private final Map<String, String> properties;

  public TopicRoutes(Map<String, String> properties) {
    this.chain = TransformChain.of(properties);
    this.properties = properties;
  }

  /**
   * The names under which records of a topic may reach the sink; more than one where a predicate or
   * a record's time decides. Empty if they are unknown.
   */
  public Optional<Set<String>> namesOf(String topic) {
    Set<String> names = new LinkedHashSet<>(Set.of(topic));
    for (TransformChain.Link link : chain.links()) {
      Set<String> next = new LinkedHashSet<>();
      for (String name : names) {
        Optional<Set<String>> renamed = after(link, name);
        if (renamed.isEmpty()) {
          return Optional.empty();
        }
        next.addAll(renamed.get());
      }
      names = next;
    }
    return Optional.of(names);
  }

  /** Whether names may depend on the time of a record. */
  public boolean dependOnTime() {
    return chain.links().stream().anyMatch(link -> kafkas(link).equals("TimestampRouter"));
  }

  /** The name of one of Kafka's own transforms, with or without its package. */
  private static String kafkas(TransformChain.Link link) {
    String type = link.settings().getOrDefault("type", "").trim();
    return type.startsWith(KAFKAS) ? type.substring(KAFKAS.length()) : type;
  }

  private Optional<Set<String>> after(TransformChain.Link link, String topic) {
    Optional<Set<String>> renamed = renamed(link, topic);
    Optional<Boolean> applies = applies(link, topic);
    if (applies.isPresent()) {
      return applies.get() ? renamed : Optional.of(Set.of(topic));
    }
    return renamed.map(
        names -> {
          Set<String> either = new LinkedHashSet<>(names);
          either.add(topic);
          return either;
        });
  }

  private static Optional<Set<String>> renamed(TransformChain.Link link, String topic) {
    if (link.isOurs()) {
      return Optional.of(Set.of(topic));
    }
    String name = kafkas(link);
    if (name.equals("RegexRouter")) {
      return regexRouted(link.settings(), topic);
    }
    if (name.equals("TimestampRouter")) {
      return timestampRouted(link.settings(), topic);
    }
    return RENAMES_NOTHING.contains(name.replaceFirst("\\$(Key|Value)$", ""))
        ? Optional.of(Set.of(topic))
        : Optional.empty();
  }

  private static Optional<Set<String>> regexRouted(Map<String, String> settings, String topic) {
    Optional<Pattern> regex = pattern(settings.get("regex"));
    String replacement = settings.get("replacement");
    if (regex.isEmpty() || replacement == null) {
      return Optional.empty();
    }
    Matcher matcher = regex.get().matcher(topic);
    try {
      return Optional.of(Set.of(matcher.matches() ? matcher.replaceFirst(replacement) : topic));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      return Optional.empty(); // Connect reports it
    }
  }

  private static Optional<Set<String>> timestampRouted(Map<String, String> settings, String topic) {
    String format = settings.getOrDefault("topic.format", "${topic}-${timestamp}");
    Set<String> names = new LinkedHashSet<>();
    try {
      DateTimeFormatter time =
          DateTimeFormatter.ofPattern(settings.getOrDefault("timestamp.format", "yyyyMMdd"))
              .withZone(ZoneOffset.UTC);
      for (long millis : TIMES) {
        names.add(
            format
                .replace("${topic}", topic)
                .replace("${timestamp}", time.format(Instant.ofEpochMilli(millis))));
      }
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.empty(); // its formats are those of SimpleDateFormat, which knows more
    }
    return Optional.of(names);
  }

  /** Whether a transform applies to records of a topic; empty if that is up to the record. */
  private Optional<Boolean> applies(TransformChain.Link link, String topic) {
    String predicate = link.settings().get("predicate");
    if (predicate == null || predicate.isBlank()) {
      return Optional.of(true);
    }
    String prefix = "predicates." + predicate.trim() + ".";
    String type = properties.getOrDefault(prefix + "type", "").trim();
    boolean negated = Boolean.parseBoolean(link.settings().getOrDefault("negate", "false").trim());
    if (!type.equals("TopicNameMatches") && !type.equals(PREDICATES + "TopicNameMatches")) {
      return Optional.empty();
    }
    return pattern(properties.get(prefix + "pattern"))
        .map(pattern -> pattern.matcher(topic).matches() != negated);
  }

  private static Optional<Pattern> pattern(@Nullable String regex) {
    try {
      return Optional.ofNullable(regex).map(Pattern::compile);
    } catch (PatternSyntaxException e) {
      return Optional.empty(); // Connect reports it
    }
  }
}
