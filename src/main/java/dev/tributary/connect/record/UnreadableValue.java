package dev.tributary.connect.record;

/**
 * Replaces a value that could not be read, on its way to the sink.
 *
 * <p>A converter does not know which record its bytes belong to, so an error of its own could not
 * name it. In a task of our sink it therefore passes on this value instead; our transforms pass it
 * on, and the sink reports it as a record that it cannot write, by its coordinates.
 *
 * @param reason why it cannot be read, without the value
 */
public record UnreadableValue(String reason) {}
