package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import dev.tributary.connect.record.ValueKinds;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Enum8 and Enum16: takes a name, or a number that has a name. The default is the entry with the
 * lowest number, as in ClickHouse; zero need not have a name.
 */
final class EnumWriter extends FixedWidthWriter {

  private static final String RANGE = "its entries";

  private final Map<String, Integer> numbers = new HashMap<>();
  private final Set<Long> known = new HashSet<>();
  private final int lowest;

  /** The names once more, to find one by its bytes; the last row is the one that is sought. */
  private final StringWriter names = new StringWriter("String");

  private final DictionaryIndex index = new DictionaryIndex(names);
  private final IntList numbersOfNames = new IntList();

  EnumWriter(ColumnType type, int width) {
    super(type.text(), width);
    int least = Integer.MAX_VALUE;
    for (ColumnType entry : type.arguments()) {
      if (!entry.quoted()) {
        throw new UnsupportedTypeException(type.text(), "its entries should be 'name' = number");
      }
      numbers.put(entry.name(), entry.number());
      known.add((long) entry.number());
      least = Math.min(least, entry.number());
    }
    if (known.isEmpty()) {
      throw new UnsupportedTypeException(type.text(), "it should have entries");
    }
    this.lowest = least;
    numbers.forEach(
        (name, number) -> {
          names.append(name);
          index.findOrAddLast();
          numbersOfNames.add(number);
        });
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    if (value instanceof String text) {
      Integer number = numbers.get(text);
      if (number == null) {
        throw unknown(value);
      }
      putNumber(number);
    } else if (value instanceof Number) {
      long number = Integers.between(Long.MIN_VALUE, Long.MAX_VALUE, value, columnType(), RANGE);
      if (!known.contains(number)) {
        throw unknown(value);
      }
      putNumber(number);
    } else {
      throw ValueException.unsuited(value, columnType(), "its names and their numbers");
    }
  }

  @Override
  boolean appendJson(JsonSlice slice) {
    if (!names.appendJson(slice)) {
      return false;
    }
    int entries = numbersOfNames.size();
    int found = index.findOrAddLast();
    if (found == entries) {
      index.removeLast(entries);
    }
    names.truncate(entries);
    if (found == entries) {
      return false;
    }
    putNumber(numbersOfNames.get(found));
    return true;
  }

  @Override
  public void appendDefault() {
    putNumber(lowest);
  }

  private ValueException unknown(Object value) {
    return new ValueException(
        ValueKinds.of(value) + " is not among the " + known.size() + " entries of " + columnType());
  }
}
