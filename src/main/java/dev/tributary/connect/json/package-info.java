/** JSON as Kafka Connect values, with all digits. */
@NullMarked
package dev.tributary.connect.json;

import org.jspecify.annotations.NullMarked;
