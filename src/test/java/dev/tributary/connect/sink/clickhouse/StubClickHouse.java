package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.util.List;
import java.util.Optional;

/** A ClickHouse that can do nothing but what a test overrides. */
public class StubClickHouse implements ClickHouse {

  @Override
  public void insert(InsertRequest request) throws InsertException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void fence(String token, boolean inherited) throws ClickHouseException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void probe(boolean fenced) throws ClickHouseException {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean hasAnotherServer() {
    return false;
  }

  @Override
  public Optional<Table> table(TableId id) throws ClickHouseException {
    throw new UnsupportedOperationException();
  }

  @Override
  public <T> T select(String sql, List<String> parameters, RowsReader<T> reader)
      throws ClickHouseException {
    throw new UnsupportedOperationException(sql);
  }

  @Override
  public void execute(String statement) throws ClickHouseException {
    throw new UnsupportedOperationException(statement);
  }

  @Override
  public String url() {
    return "http://stub:8123";
  }

  @Override
  public void close() {}
}
