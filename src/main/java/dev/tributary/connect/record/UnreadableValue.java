package dev.tributary.connect.record;

/**
 * Replaces a value that makes no row, on its way to the sink.
 *
 * <p>It takes the place of an exception that would not lead to the record. A converter does not
 * know which record its bytes belong to, so an error of its own could not name it. What a join
 * throws while it releases a record would fail the task, as the framework does not see the release.
 * In a task of our sink both pass on this value instead; our transforms pass it on, and the sink
 * reports it as a record that it cannot write, by its coordinates.
 *
 * @param reason why it makes no row, without the value
 */
public record UnreadableValue(String reason) {}
