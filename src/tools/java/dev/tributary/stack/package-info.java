/**
 * Real servers for tests and demo, without Docker: a Kafka broker, Connect workers and ClickHouse,
 * each in a JVM of its own on loopback ports, which ends with the JVM that started it.
 *
 * <p>All methods block until what they promise is true or throw {@link
 * dev.tributary.stack.StackException}.
 */
@NullMarked
package dev.tributary.stack;

import org.jspecify.annotations.NullMarked;
