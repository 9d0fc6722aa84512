/** A sink connector that knows nothing of Tributary and shares no code with it. */
@NullMarked
package dev.tributary.foreign;

import org.jspecify.annotations.NullMarked;
