package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;

/**
 * A ClickHouse server in memory behind the port. It decodes what is sent, deduplicates by token,
 * fills views, answers the questions that the sink asks, and fails as the test says. What it is
 * asked for beyond that throws {@link IllegalArgumentException}, so that a test notices.
 *
 * <p>Nothing happens by itself or by chance. Confined to one thread at a time; a handler may change
 * tables, views and the clock.
 */
public final class FakeClickHouse implements ClickHouse {

  private static final long UPTIME_AT_FIRST_MS = 1_000_000;
  private static final long SESSION_TIMEOUT_MS = 10_000;

  private final Time time;
  private final FakeDatabase database = new FakeDatabase();
  private final FakeAnswers answers = new FakeAnswers(database, this::uptimeSeconds);
  private final FakeStatements statements = new FakeStatements(database);
  private final List<Attempt> attempts = new ArrayList<>();
  private final List<Attempt> late = new ArrayList<>();

  /** When the sessions of inserts that may still arrive were last used, by token. */
  private final Map<String, Long> sessions = new HashMap<>();

  private long startedMs;
  private boolean killed;
  private long unreachableUntilMs;
  private int direct;
  private boolean closed;

  private Function<Attempt, Fate> onInsert = attempt -> Fate.pass();
  private Function<String, Optional<ClickHouseException>> onSelect = sql -> Optional.empty();
  private Function<String, Optional<ClickHouseException>> onExecute = sql -> Optional.empty();

  public FakeClickHouse(Time time) {
    this.time = time;
    startedMs = time.milliseconds() - UPTIME_AT_FIRST_MS;
  }

  // What is there

  /** Makes a table, in the place of one of that name. */
  public FakeClickHouse with(FakeTable table) {
    database.put(table);
    return this;
  }

  /** Drops a table; views on it stay, and take the rows of the next one of that name. */
  public void drop(TableId id) {
    database.drop(id);
  }

  public void drop(FakeTable table) {
    drop(table.id());
  }

  /** The table, which must exist. */
  public FakeTable get(TableId id) {
    return database
        .find(id)
        .orElseThrow(() -> new IllegalArgumentException("there is no table " + id));
  }

  /**
   * Makes a view, after the existing ones. A real server gives rows to views in an order of its
   * own; here it is that of their making, so that a test chooses who has rows when one refuses.
   */
  public FakeView view(String name, FakeTable from, FakeTable to) {
    FakeView view = new FakeView(new TableId(from.id().database(), name), from.id(), to.id());
    database.add(view);
    return view;
  }

  public void drop(FakeView view) {
    database.drop(view);
  }

  /** Whether {@code input_format_null_as_default} is on, as the sink sends it. */
  public void nullAsDefault(boolean on) {
    database.setNullAsDefault(on);
  }

  /** What {@code system.merge_tree_settings} has. */
  public void mergeTreeSetting(String name, String value) {
    answers.setting(name, value);
  }

  // What happens

  /** Decides what becomes of each attempt that reaches the server. */
  public FakeClickHouse onInsert(Function<Attempt, Fate> fate) {
    onInsert = fate;
    return this;
  }

  /** Whether a question fails; a table is asked for as {@code DESCRIBE} and its quoted name. */
  public FakeClickHouse onSelect(Function<String, Optional<ClickHouseException>> failure) {
    onSelect = failure;
    return this;
  }

  /** Whether a statement that makes or changes a table fails. */
  public FakeClickHouse onExecute(Function<String, Optional<ClickHouseException>> failure) {
    onExecute = failure;
    return this;
  }

  /** An answer with an error, for the handlers. */
  public static ClickHouseException error(int code, String text) {
    return new ServerError(code, text).toException();
  }

  /** What whoever finds no server gets. */
  public static ClickHouseException unreachable() {
    return Fate.unreachable("Connection refused");
  }

  /** The server is gone; rows and tokens stay. */
  public void kill() {
    killed = true;
  }

  /** The server runs again, and counts its uptime from now on. */
  public void start() {
    killed = false;
    sessions.clear();
    startedMs = time.milliseconds();
  }

  /** The server is unreachable for {@code ms} milliseconds, but keeps running. */
  public void unreachableFor(long ms) {
    unreachableUntilMs = time.milliseconds() + ms;
  }

  private boolean isReachable() {
    return !killed && time.milliseconds() >= unreachableUntilMs;
  }

  private long uptimeSeconds() {
    return TimeUnit.MILLISECONDS.toSeconds(time.milliseconds() - startedMs);
  }

  /** What another writer inserts, under a token of its own. */
  public void insertDirectly(TableId id, List<Map<String, @Nullable Object>> rows) {
    FakeTable table = get(id);
    try {
      List<Map<String, @Nullable Object>> complete = rows.stream().map(table::complete).toList();
      database.insert(table, "direct-" + ++direct, complete, Reach.ALL);
    } catch (ServerError e) {
      throw new IllegalArgumentException(e);
    }
  }

  // What is seen of it

  /** All attempts in their order, also those that did not reach the server. */
  public List<Attempt> attempts() {
    return attempts;
  }

  public List<Map<String, @Nullable Object>> rows(TableId id) {
    return get(id).rows();
  }

  /** The requests that were late, also those that have landed since. */
  public List<Attempt> late() {
    return late;
  }

  /** Delivers a late request, as often as this is called; returns the answer that nobody gets. */
  public Optional<ClickHouseException> landLate(int index) {
    return landLate(index, Reach.ALL);
  }

  /** The same for a request that does not come all the way. */
  public Optional<ClickHouseException> landLate(int index, Reach reach) {
    if (killed) {
      throw new IllegalArgumentException("there is no server to land at");
    }
    return store(late.get(index), reach);
  }

  /** Whether some task has closed it; it works on for the next one. */
  public boolean isClosed() {
    return closed;
  }

  // The port

  @Override
  public void insert(InsertRequest request) throws InsertException {
    boolean fenced = request.lastCheck().isPresent();
    if (fenced) {
      if (isReachable()) {
        sessions.put(request.token(), time.milliseconds());
      }
      request.lastCheck().get().run();
    }
    DecodedBlock decoded = DecodedBlock.read(bytes(request.block()));
    Attempt attempt =
        new Attempt(attempts.size() + 1, request.table(), request.token(), fenced, decoded);
    if (!attempt.columns().stream().map(TableId::quote).toList().equals(request.columns())) {
      throw new IllegalArgumentException(
          "the block has " + attempt.columns() + ", the insert names " + request.columns());
    }
    attempts.add(attempt);
    Fate fate = isReachable() ? onInsert.apply(attempt) : Fate.refused();
    if (fate instanceof Fate.Late || (fate instanceof Fate.Pass passed && passed.doubled())) {
      late.add(attempt);
    }
    Optional<ClickHouseException> answer = store(attempt, fate.reach());
    if (fate instanceof Fate.Killed) {
      kill();
    }
    Optional<InsertException> failure =
        fate instanceof Fate.Pass
            ? answer.map(error -> InsertException.of(error, true))
            : fate.failure();
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  @Override
  public void fence(String token, boolean inherited) throws ClickHouseException {
    if (!isReachable()) {
      throw unreachable();
    }
    sessions.remove(token);
  }

  @Override
  public void probe(boolean fenced) throws ClickHouseException {
    if (!isReachable()) {
      throw unreachable();
    }
  }

  private static byte[] bytes(InsertRequest.BlockWriter block) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      block.writeTo(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Returns false if there is no such session, or if it has timed out. */
  private boolean closeSession(String token) {
    Long usedMs = sessions.remove(token);
    return usedMs != null && time.milliseconds() - usedMs < SESSION_TIMEOUT_MS;
  }

  /** Does what an attempt is there for, as far as it comes; returns what the server has to say. */
  private Optional<ClickHouseException> store(Attempt attempt, Reach reach) {
    if (reach.equals(Reach.NOTHING)) {
      return Optional.empty();
    } else if (attempt.fenced() && !closeSession(attempt.token())) {
      return Optional.of(error(372, "Session " + attempt.token() + " not found"));
    }
    try {
      database.insert(attempt.table(), attempt.token(), attempt.block(), reach);
      return Optional.empty();
    } catch (ServerError e) {
      return Optional.of(e.toException());
    }
  }

  @Override
  public boolean hasAnotherServer() {
    return false;
  }

  @Override
  public Optional<Table> table(TableId id) throws ClickHouseException {
    ask(onSelect, "DESCRIBE " + id.sql());
    return database.find(id).map(FakeTable::table);
  }

  @Override
  public <T> T select(String sql, List<String> parameters, RowsReader<T> reader)
      throws ClickHouseException {
    ask(onSelect, sql);
    return reader.read(new ListRows(answers.answer(sql, parameters)));
  }

  @Override
  public void execute(String statement) throws ClickHouseException {
    ask(onExecute, statement);
    statements.execute(statement);
  }

  private void ask(Function<String, Optional<ClickHouseException>> handler, String sql)
      throws ClickHouseException {
    if (!isReachable()) {
      throw unreachable();
    }
    Optional<ClickHouseException> failure = handler.apply(sql);
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  @Override
  public String url() {
    return "http://fake:8123";
  }

  @Override
  public void close() {
    closed = true;
  }
}
