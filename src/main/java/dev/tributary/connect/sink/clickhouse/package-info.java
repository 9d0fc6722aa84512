/**
 * The port to ClickHouse, free of types of its client, the implementation over HTTP, and how each
 * error is handled.
 */
@NullMarked
package dev.tributary.connect.sink.clickhouse;

import org.jspecify.annotations.NullMarked;
