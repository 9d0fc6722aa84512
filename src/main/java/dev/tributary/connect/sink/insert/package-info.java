/** One batch's way into its table: attempts, retries, halving, and the guarantee of a delivery. */
@NullMarked
package dev.tributary.connect.sink.insert;

import org.jspecify.annotations.NullMarked;
