/** Connectors and a converter that know nothing of Tributary and share no code with it. */
@NullMarked
package dev.tributary.foreign;

import org.jspecify.annotations.NullMarked;
