/** The insert of a batch: attempts, retries, outcomes, and what a delivery guarantees. */
@NullMarked
package dev.tributary.connect.sink.insert;

import org.jspecify.annotations.NullMarked;
