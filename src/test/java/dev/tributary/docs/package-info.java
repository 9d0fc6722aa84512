/** Holds the documentation against the code. */
@NullMarked
package dev.tributary.docs;

import org.jspecify.annotations.NullMarked;
