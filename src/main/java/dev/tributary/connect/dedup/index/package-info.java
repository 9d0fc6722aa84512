/** The marks of a partition in memory: a compact hash index with expiry and a bound. */
@NullMarked
package dev.tributary.connect.dedup.index;

import org.jspecify.annotations.NullMarked;
