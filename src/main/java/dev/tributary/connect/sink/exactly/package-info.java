/** What it takes that every row is in its table exactly once: progress, intents, read-back. */
@NullMarked
package dev.tributary.connect.sink.exactly;

import org.jspecify.annotations.NullMarked;
