package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.BytesValues;
import dev.tributary.connect.record.ValueKinds;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/** IPv4: takes text like {@code 192.0.2.1}, and 4 bytes in network order. */
final class IPv4Writer extends FixedWidthWriter {

  private static final String NEEDED = "IPv4 addresses as text or 4 bytes";

  IPv4Writer(String type) {
    super(type, 4);
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    if (value instanceof String text) {
      long address = IpText.ipv4(text, 0);
      if (address == IpText.NOT_IPV4) {
        throw new ValueException(ValueKinds.of(value) + " is not an address; IPv4 takes " + NEEDED);
      }
      data.putInt((int) address);
    } else if (BytesValues.is(value) && BytesValues.length(value) == 4) {
      int address = 0;
      for (int i = 0; i < 4; i++) {
        address = (address << 8) | (BytesValues.at(value, i) & 0xFF);
      }
      data.putInt(address);
    } else {
      throw ValueException.unsuited(value, columnType(), NEEDED);
    }
  }
}
