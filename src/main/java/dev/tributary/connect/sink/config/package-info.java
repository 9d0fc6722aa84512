/** The connector's settings: their definition, their values, and the check of both at a server. */
@NullMarked
package dev.tributary.connect.sink.config;

import org.jspecify.annotations.NullMarked;
