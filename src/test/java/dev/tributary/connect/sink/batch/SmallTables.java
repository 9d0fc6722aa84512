package dev.tributary.connect.sink.batch;

import dev.tributary.connect.sink.clickhouse.ClickHouse;
import dev.tributary.connect.sink.clickhouse.RetryPolicy;
import dev.tributary.connect.sink.row.Mappings;
import dev.tributary.connect.sink.row.RowMapping;
import dev.tributary.connect.sink.table.TableNames;
import dev.tributary.connect.sink.table.TableOptions;
import dev.tributary.connect.util.ManualBackground;
import java.util.List;

/** The tables of a ClickHouse, each of the name of its topic, that are never made or changed. */
public final class SmallTables {

  public static final RetryPolicy RETRY = new RetryPolicy(100, 100, -1);

  private SmallTables() {}

  public static TableRegistry of(ClickHouse clickHouse, ManualBackground background) {
    RowMapping mapping = Mappings.byName();
    TableCatalog tables = new TableCatalog("task", clickHouse, RETRY, mapping, id -> List.of());
    TableOptions options = new TableOptions(false, false, false, "", "", "", "", "");
    return new TableRegistry(
        TableNames.parse("default", "${topic}", ""),
        mapping,
        tables,
        new SchemaEvolution("task", options, mapping, tables),
        new SchemaWatcher("task", clickHouse, background.factory().start("watch", 1)),
        true);
  }
}
