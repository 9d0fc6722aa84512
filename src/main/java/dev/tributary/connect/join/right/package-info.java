/** The right side of a join: the topic, its reader, and the versions of each key in memory. */
@NullMarked
package dev.tributary.connect.join.right;

import org.jspecify.annotations.NullMarked;
