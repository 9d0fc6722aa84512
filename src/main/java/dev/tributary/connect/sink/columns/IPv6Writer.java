package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.BytesValues;
import dev.tributary.connect.record.ValueKinds;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * IPv6: takes text like {@code 2001:db8::1}, and 16 bytes; IPv4 as text or 4 bytes becomes {@code
 * ::ffff:192.0.2.1}.
 */
final class IPv6Writer extends FixedWidthWriter {

  private static final String NEEDED = "IPv6 and IPv4 addresses as text, or 16 or 4 bytes";

  private final int[] groups = new int[8];

  IPv6Writer(String type) {
    super(type, 16);
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    if (value instanceof String text) {
      putText(text);
    } else if (BytesValues.is(value) && BytesValues.length(value) == 16) {
      data.putBinary(value);
    } else if (BytesValues.is(value) && BytesValues.length(value) == 4) {
      putMappedPrefix();
      data.putBinary(value);
    } else {
      throw ValueException.unsuited(value, columnType(), NEEDED);
    }
  }

  private void putText(String text) {
    long address = IpText.ipv4(text, 0);
    if (address != IpText.NOT_IPV4) {
      putMappedPrefix();
      data.putInt(Integer.reverseBytes((int) address));
    } else if (IpText.ipv6(text, groups)) {
      for (int group : groups) {
        data.putShort(Short.reverseBytes((short) group));
      }
    } else {
      throw new ValueException(ValueKinds.of(text) + " is not an address; IPv6 takes " + NEEDED);
    }
  }

  private void putMappedPrefix() {
    data.putFill(0, 10);
    data.putFill(0xFF, 2);
  }
}
