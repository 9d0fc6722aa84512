package dev.tributary.connect.sink.row;

import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.MetadataColumns.Source;
import java.util.Date;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Reads one kind of metadata of a record. Not thread-safe. */
final class MetadataSource implements ColumnSource {

  private final Source source;
  private final boolean wantsMillis;
  private final Date date = new Date(0);
  private @Nullable Schema schemaOfLast;

  MetadataSource(Source source, Column column) {
    this.source = source;
    this.wantsMillis = !column.type().contains("DateTime");
  }

  @Override
  public @Nullable Object read(SinkRecord record, Object value) {
    schemaOfLast = null;
    return switch (source.kind()) {
      case TOPIC -> record.originalTopic();
      case PARTITION -> record.originalKafkaPartition();
      case OFFSET -> record.originalKafkaOffset();
      case TIMESTAMP -> timestamp(record);
      case KEY -> {
        schemaOfLast = record.keySchema();
        yield record.key();
      }
      case HEADER -> header(record);
    };
  }

  /** A column of points in time would take a number in its own unit, so it gets a Date instead. */
  @SuppressWarnings("JavaUtilDate") // Connect's own class of points in time
  private @Nullable Object timestamp(SinkRecord record) {
    Long millis = record.timestamp();
    if (millis == null || wantsMillis) {
      return millis;
    }
    date.setTime(millis);
    schemaOfLast = Timestamp.SCHEMA;
    return date;
  }

  private @Nullable Object header(SinkRecord record) {
    Header header = record.headers().lastWithName(source.header());
    if (header == null) {
      return ABSENT;
    }
    schemaOfLast = header.schema();
    return header.value();
  }

  @Override
  public @Nullable Schema schemaOfLast() {
    return schemaOfLast;
  }
}
