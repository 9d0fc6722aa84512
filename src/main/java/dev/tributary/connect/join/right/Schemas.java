package dev.tributary.connect.join.right;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The schemas of right rows, each by a small number that is stored in the rows. Numbers start at 1.
 *
 * <p>One thread adds; any thread looks up.
 */
public final class Schemas {

  /** Converters that create a new schema object for each record must not fill the heap. */
  private static final int MOST_IDENTITIES = 1_000;

  private final IdentityHashMap<Schema, Integer> byIdentity = new IdentityHashMap<>();
  private final Map<Schema, Integer> byContent = new HashMap<>();
  private final List<Schema> all = new CopyOnWriteArrayList<>();

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

  Schema get(int id) {
    return all.get(id - 1);
  }

  /** The number of the newest one; 0 if there is none. */
  public int newest() {
    return all.size();
  }

  /** The schema of this number; null for 0. */
  @Nullable Schema find(int id) {
    return id == 0 ? null : get(id);
  }
}
