/** The records of the progress topic, and the fenced producer that writes them. */
@NullMarked
package dev.tributary.connect.sink.progress;

import org.jspecify.annotations.NullMarked;
