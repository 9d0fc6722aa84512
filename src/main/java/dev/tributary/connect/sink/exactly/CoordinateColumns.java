package dev.tributary.connect.sink.exactly;

/** The columns of a table that hold where in Kafka a row comes from. */
public record CoordinateColumns(String topic, String partition, String offset) {}
