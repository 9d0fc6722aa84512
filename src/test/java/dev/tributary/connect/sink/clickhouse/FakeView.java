package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.TableId;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A materialized view: the rows of each insert into one table are passed to another, under a token
 * that follows from the insert's and from what the view is.
 */
public final class FakeView {

  private final TableId id;
  private final TableId from;
  private final TableId to;
  private int version;
  private Refusal refusal = Refusal.NONE;
  private UnaryOperator<List<Map<String, @Nullable Object>>> select = UnaryOperator.identity();

  FakeView(TableId id, TableId from, TableId to) {
    this.id = id;
    this.from = from;
    this.to = to;
  }

  /** Makes the view refuse a block with such a row, when the table has it already. */
  public FakeView refuses(int code, String text, Predicate<Map<String, @Nullable Object>> which) {
    refusal = new Refusal(code, text, which);
    return this;
  }

  /** The view is dropped and recreated under its name, without its fault. */
  public FakeView fix() {
    refusal = Refusal.NONE;
    return this;
  }

  /** The view's query, when it is made; otherwise all rows pass unchanged. */
  public FakeView select(UnaryOperator<List<Map<String, @Nullable Object>>> query) {
    select = query;
    return this;
  }

  /** {@code MODIFY QUERY}, to whatever: its target does not know earlier inserts again. */
  public FakeView modifyQuery(UnaryOperator<List<Map<String, @Nullable Object>>> query) {
    version++;
    return select(query);
  }

  TableId id() {
    return id;
  }

  TableId from() {
    return from;
  }

  TableId to() {
    return to;
  }

  /** Under what the target knows the rows of an insert. */
  String token(String inserted) {
    return inserted + ":" + id + (version == 0 ? "" : "#" + version);
  }

  List<Map<String, @Nullable Object>> rows(List<Map<String, @Nullable Object>> inserted)
      throws ServerError {
    refusal.check(inserted);
    return select.apply(inserted);
  }
}
