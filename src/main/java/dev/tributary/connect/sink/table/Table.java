package dev.tributary.connect.sink.table;

import java.time.ZoneId;
import java.util.List;

/**
 * What the sink knows of a table.
 *
 * @param columns the columns that an insert can fill, in the table's order
 * @param serverZone the server's time zone, which holds for date-times without one
 */
public record Table(TableId id, List<Column> columns, ZoneId serverZone) {}
