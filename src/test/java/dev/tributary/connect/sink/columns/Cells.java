package dev.tributary.connect.sink.columns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.HexFormat;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/** What tests of all families ask of a column. */
final class Cells {

  private Cells() {}

  static ColumnWriter column(String type) {
    return ColumnWriter.create(type, ZoneOffset.UTC);
  }

  /** A date as Connect delivers it. */
  static Date date(String instant) {
    return Date.from(Instant.parse(instant));
  }

  /** The bytes of a column of these values, in hexadecimal. */
  static String hex(String type, @Nullable Object... values) {
    ColumnWriter column = column(type);
    for (Object value : values) {
      column.append(value);
    }
    assertThat(column.rows()).isEqualTo(values.length);
    return hex(column);
  }

  static String hex(ColumnWriter column) {
    return HexFormat.of().formatHex(bytes(column));
  }

  static byte[] bytes(ColumnWriter column) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      column.writeTo(out);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  /** The message with which a column refuses a value; it must stay as it was before. */
  static String refusal(String type, @Nullable Object value) {
    return refusal(type, ZoneOffset.UTC, value, null);
  }

  static String refusal(String type, ZoneId zone, @Nullable Object value, @Nullable Schema schema) {
    ColumnWriter column = ColumnWriter.create(type, zone);
    column.appendDefault();
    String before = hex(column);
    long bytes = column.bytes();
    ValueException refused =
        catchThrowableOfType(ValueException.class, () -> column.append(value, schema));
    assertThat(refused).as("%s refuses %s", type, value).isNotNull();
    assertThat(column.rows()).isEqualTo(1);
    assertThat(column.bytes()).isEqualTo(bytes);
    assertThat(hex(column)).isEqualTo(before);
    return String.valueOf(refused.getMessage());
  }
}
