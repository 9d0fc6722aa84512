package dev.tributary.connect.sink.progress;

import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.table.TableId;
import java.io.ByteArrayOutputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * The progress of a partition: what a new owner must know in addition to the committed offset.
 *
 * <p>Everything delivered below {@code doneBelow} is done, except {@code except} and the offsets of
 * open intents. The committed offset does not say that, since it stays at the oldest record that is
 * not done. Nor does the table, which may hold rows of an earlier epoch or of a deleted topic of
 * the same name. Only the table shows which rows of an open intent are stored.
 *
 * @param epoch incremented when the partition starts over at an offset that the user set
 * @param owner a random id of the task that wrote this
 * @param nextNumber the number of the next intent
 * @param ceilings by table, the highest offset of the partition that it had rows of before this
 *     epoch, -1 if none
 * @param intents the open intents, in order
 */
record ProgressRecord(
    long epoch,
    long owner,
    long nextNumber,
    long doneBelow,
    OffsetSet except,
    Map<TableId, Long> ceilings,
    List<Intent> intents) {

  /** Without ages of tokens. */
  private static final int VERSION_1 = 1;

  /** Each intent is followed by the age of its token; written only if an intent has one. */
  private static final int VERSION_2 = 2;

  static ProgressRecord start(long epoch, long owner) {
    return new ProgressRecord(epoch, owner, 1, 0, OffsetSet.EMPTY, Map.of(), List.of());
  }

  ProgressRecord ownedBy(long newOwner) {
    return new ProgressRecord(epoch, newOwner, nextNumber, doneBelow, except, ceilings, intents);
  }

  ProgressRecord withIntents(List<Intent> changed) {
    return new ProgressRecord(epoch, owner, nextNumber, doneBelow, except, ceilings, changed);
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      boolean aged = intents.stream().anyMatch(intent -> intent.tokenAge().isPresent());
      out.writeByte(aged ? VERSION_2 : VERSION_1);
      ByteUtils.writeVarlong(epoch, out);
      out.writeLong(owner);
      ByteUtils.writeVarlong(nextNumber, out);
      ByteUtils.writeVarlong(doneBelow, out);
      except.write(out);
      List<TableId> tables = new ArrayList<>(ceilings.keySet());
      ByteUtils.writeUnsignedVarint(tables.size(), out);
      for (TableId table : tables) {
        write(table.database(), out);
        write(table.name(), out);
        ByteUtils.writeVarlong(ceilings.getOrDefault(table, -1L), out);
      }
      ByteUtils.writeUnsignedVarint(intents.size(), out);
      for (Intent intent : intents) {
        ByteUtils.writeVarlong(intent.number(), out);
        ByteUtils.writeUnsignedVarint(intent.attempt(), out);
        ByteUtils.writeUnsignedVarint(tables.indexOf(intent.table()), out);
        intent.offsets().write(out);
        write(intent.earlier(), out);
        if (aged) {
          write(intent.tokenAge(), out);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(String text, DataOutput out) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    ByteUtils.writeUnsignedVarint(utf8.length, out);
    out.write(utf8);
  }

  private static void write(Map<Long, OffsetSet> earlier, DataOutput out) throws IOException {
    ByteUtils.writeUnsignedVarint(earlier.size(), out);
    for (Map.Entry<Long, OffsetSet> entry : earlier.entrySet()) {
      ByteUtils.writeVarlong(entry.getKey(), out);
      entry.getValue().write(out);
    }
  }

  private static void write(Optional<TokenAge> age, DataOutput out) throws IOException {
    out.writeBoolean(age.isPresent());
    if (age.isPresent()) {
      ByteUtils.writeVarlong(age.get().serverTimeS(), out);
      Map<TableId, Long> inserts = age.get().inserts();
      ByteUtils.writeUnsignedVarint(inserts.size(), out);
      for (Map.Entry<TableId, Long> table : inserts.entrySet()) {
        write(table.getKey().database(), out);
        write(table.getKey().name(), out);
        ByteUtils.writeVarlong(table.getValue(), out);
      }
    }
  }

  private static Optional<TokenAge> tokenAge(ByteBuffer in) {
    if (in.get() == 0) {
      return Optional.empty();
    }
    long serverTimeS = ByteUtils.readVarlong(in);
    Map<TableId, Long> inserts = new LinkedHashMap<>();
    for (int left = ByteUtils.readUnsignedVarint(in); left > 0; left--) {
      inserts.put(new TableId(text(in), text(in)), ByteUtils.readVarlong(in));
    }
    return Optional.of(new TokenAge(serverTimeS, inserts));
  }

  /**
   * @throws IllegalArgumentException when the bytes are of another version or damaged
   */
  static ProgressRecord decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      int version = in.get();
      if (version != VERSION_1 && version != VERSION_2) {
        throw new IllegalArgumentException(
            "the record has version " + version + ", this plugin reads versions 1 and 2");
      }
      long epoch = ByteUtils.readVarlong(in);
      long owner = in.getLong();
      long nextNumber = ByteUtils.readVarlong(in);
      long doneBelow = ByteUtils.readVarlong(in);
      OffsetSet except = OffsetSet.read(in);
      Map<TableId, Long> ceilings = new LinkedHashMap<>();
      List<TableId> tables = new ArrayList<>();
      for (int left = ByteUtils.readUnsignedVarint(in); left > 0; left--) {
        TableId table = new TableId(text(in), text(in));
        tables.add(table);
        ceilings.put(table, ByteUtils.readVarlong(in));
      }
      List<Intent> intents = new ArrayList<>();
      for (int left = ByteUtils.readUnsignedVarint(in); left > 0; left--) {
        intents.add(
            new Intent(
                ByteUtils.readVarlong(in),
                ByteUtils.readUnsignedVarint(in),
                tables.get(ByteUtils.readUnsignedVarint(in)),
                OffsetSet.read(in),
                earlier(in),
                version == VERSION_2 ? tokenAge(in) : Optional.empty()));
      }
      return new ProgressRecord(epoch, owner, nextNumber, doneBelow, except, ceilings, intents);
    } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("the record is damaged: " + e.getMessage(), e);
    }
  }

  private static String text(ByteBuffer in) {
    byte[] utf8 = new byte[ByteUtils.readUnsignedVarint(in)];
    in.get(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static Map<Long, OffsetSet> earlier(ByteBuffer in) {
    Map<Long, OffsetSet> earlier = new TreeMap<>();
    for (int left = ByteUtils.readUnsignedVarint(in); left > 0; left--) {
      earlier.put(ByteUtils.readVarlong(in), OffsetSet.read(in));
    }
    return earlier;
  }
}
