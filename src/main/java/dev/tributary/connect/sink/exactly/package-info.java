/**
 * {@code delivery=exactly_once}: partitions are claimed and their previous owner fenced, each
 * insert has a durable intent, and tables are queried for the rows of inserts whose outcome is
 * unknown.
 */
@NullMarked
package dev.tributary.connect.sink.exactly;

import org.jspecify.annotations.NullMarked;
