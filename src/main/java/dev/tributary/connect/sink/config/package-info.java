/**
 * The connector's settings: their definitions, typed access to them, and the check against real
 * servers.
 */
@NullMarked
package dev.tributary.connect.sink.config;

import org.jspecify.annotations.NullMarked;
