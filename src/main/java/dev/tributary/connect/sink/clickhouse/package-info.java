/**
 * ClickHouse as the sink sees it: a port without types of the client, the client behind it, and
 * what each of its errors means.
 */
@NullMarked
package dev.tributary.connect.sink.clickhouse;

import org.jspecify.annotations.NullMarked;
