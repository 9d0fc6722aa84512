/** Rows of one table as the columns of a Native block, and the tables whose batches are open. */
@NullMarked
package dev.tributary.connect.sink.batch;

import org.jspecify.annotations.NullMarked;
