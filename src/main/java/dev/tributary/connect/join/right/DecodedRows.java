package dev.tributary.connect.join.right;

import org.jspecify.annotations.Nullable;

/**
 * A cache of decoded right rows, for lefts that match the same ones again and again: the identity
 * of a row gives its only place. Not thread-safe.
 */
public final class DecodedRows {

  private static final int PLACES = 1 << 10;

  private final RightFields fields;
  private final Schemas schemas;
  private final byte[] @Nullable [] bytes = new byte[PLACES][];
  private final RightFields.@Nullable RightRow[] rows = new RightFields.RightRow[PLACES];

  public DecodedRows(RightFields fields, Schemas schemas) {
    this.fields = fields;
    this.schemas = schemas;
  }

  public RightFields.RightRow decode(byte[] row) {
    int place = System.identityHashCode(row) & PLACES - 1;
    RightFields.RightRow decoded = rows[place];
    if (decoded == null || bytes[place] != row) {
      decoded = fields.read(row, schemas);
      bytes[place] = row;
      rows[place] = decoded;
    }
    return decoded;
  }
}
