package dev.tributary.connect.join.right;

import dev.tributary.connect.kafka.KafkaSettings;
import dev.tributary.connect.record.EventTime;
import dev.tributary.connect.record.FieldPath;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.connect.storage.Converter;

/**
 * The options that the right side is opened with.
 *
 * @param settings of the join, as given: tasks with the same ones share a right side
 * @param kafka of the cluster that has the right topic
 * @param key the paths to the key of a right record
 * @param time not shared with other threads
 * @param window whose {@link Window#sinceEver} holds if {@code sinceEverIfCompacted} is false
 * @param sinceEverIfCompacted whether the topic decides if the first version of a key holds for all
 *     times before it
 * @param failOnError whether a bad right record is an error and not skipped
 * @param ttlMs how much older than the slowest left a version may be; {@link Window#UNBOUNDED} for
 *     any
 * @param maxBytes bounds the table; 0 for no bound
 */
public record RightOptions(
    Map<String, Object> settings,
    KafkaSettings kafka,
    String topic,
    List<FieldPath> key,
    EventTime time,
    RightFields fields,
    Supplier<Converter> keyConverter,
    Supplier<Converter> valueConverter,
    Window window,
    boolean sinceEverIfCompacted,
    boolean failOnError,
    long ttlMs,
    long maxBytes) {}
