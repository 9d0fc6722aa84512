package dev.tributary.connect.join.right;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The schemas of right rows, each by a small number that is stored in the rows. Numbers start at 1.
 * Those of right values, whose fields lefts get, are known apart from those of structs inside of
 * them.
 *
 * <p>One thread adds; any thread looks up.
 */
public final class Schemas {

  /** Converters that create a new schema object for each record must not fill the heap. */
  private static final int MOST_IDENTITIES = 1_000;

  private final IdentityHashMap<Schema, Integer> byIdentity = new IdentityHashMap<>();
  private final Map<Schema, Integer> byContent = new HashMap<>();
  private final List<Schema> all = new CopyOnWriteArrayList<>();

  /** The numbers of the schemas of right values, the last that was new first. */
  private volatile List<Integer> ofValues = List.of();

  private final Set<Integer> knownOfValues = new HashSet<>();

  /** Counts after a change, and is read before what has changed. */
  private final AtomicInteger changes = new AtomicInteger();

  /** The number of a schema, which is added if it is new. */
  int idOf(Schema schema) {
    Integer id = byIdentity.get(schema);
    if (id == null) {
      id = byContent.get(schema);
      if (id == null) {
        all.add(schema);
        id = all.size();
        byContent.put(schema, id);
      }
      if (byIdentity.size() >= MOST_IDENTITIES) {
        byIdentity.clear();
      }
      byIdentity.put(schema, id);
    }
    return id;
  }

  /** As {@link #idOf}, for the schema of a right value. */
  int idOfValue(Schema schema) {
    Integer id = idOf(schema);
    if (knownOfValues.add(id)) {
      List<Integer> more = new ArrayList<>(List.of(id));
      more.addAll(ofValues);
      ofValues = List.copyOf(more);
      changes.incrementAndGet();
    }
    return id;
  }

  /** Forgets which schemas right values have; rows are still decoded with theirs. */
  void clearValues() {
    knownOfValues.clear();
    ofValues = List.of();
    changes.incrementAndGet();
  }

  Schema get(int id) {
    return all.get(id - 1);
  }

  /** The number of the newest schema of right values; 0 if none is known. */
  int newestOfValues() {
    List<Integer> known = ofValues;
    return known.isEmpty() ? 0 : known.get(0);
  }

  /** What the newest schema of right values that has it has; null if none has. */
  @Nullable Schema newestWith(Function<Schema, @Nullable Schema> part) {
    for (int id : ofValues) {
      Schema found = part.apply(get(id));
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  /** Grows with each change of the schemas that right values are known to have. */
  public int changes() {
    return changes.get();
  }

  /** The schema of this number; null for 0. */
  @Nullable Schema find(int id) {
    return id == 0 ? null : get(id);
  }
}
