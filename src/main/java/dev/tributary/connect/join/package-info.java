/** The temporal join: the right table, the lefts that wait for it, and the joining itself. */
@NullMarked
package dev.tributary.connect.join;

import org.jspecify.annotations.NullMarked;
