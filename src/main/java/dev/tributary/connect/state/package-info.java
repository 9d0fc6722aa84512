/** Durable state in a Kafka topic, and the link between a task's transforms and its sink. */
@NullMarked
package dev.tributary.connect.state;

import org.jspecify.annotations.NullMarked;
