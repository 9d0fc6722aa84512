/** Deduplication: the decision, the marks it rests on and their index. */
@NullMarked
package dev.tributary.connect.dedup;

import org.jspecify.annotations.NullMarked;
