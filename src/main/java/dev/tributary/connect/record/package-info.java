/** Reading Connect records: paths to fields, typed exact keys, event times, durations. */
@NullMarked
package dev.tributary.connect.record;

import org.jspecify.annotations.NullMarked;
