/** Small classes without a subject of their own, which every package may use. */
@NullMarked
package dev.tributary.connect.util;

import org.jspecify.annotations.NullMarked;
