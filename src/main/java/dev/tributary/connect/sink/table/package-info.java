/** Tables as the sink knows them: names, columns, and the statements that create and alter them. */
@NullMarked
package dev.tributary.connect.sink.table;

import org.jspecify.annotations.NullMarked;
