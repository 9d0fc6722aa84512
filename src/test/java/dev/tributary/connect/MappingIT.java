package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.stack.Stack;
import dev.tributary.stack.StackExtension;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which table and which columns a record goes to. */
@ExtendWith(StackExtension.class)
class MappingIT {

  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.678Z");

  @Test
  void metadata_columns_hold_where_a_record_was_before_transforms_renamed_its_topic(Stack stack) {
    String columns =
        "id UInt32, _topic LowCardinality(String), _partition UInt16, _offset UInt64,"
            + " _ts DateTime64(6, 'UTC'), ms Int64, _key Nullable(String), trace String DEFAULT '-'";
    try (Pipeline pipeline =
        new Pipeline(stack, "mapping_metadata", 2, columns)
            .with("header.converter", "org.apache.kafka.connect.storage.StringConverter")
            .with("transforms", "rename")
            .with("transforms.rename.type", "org.apache.kafka.connect.transforms.RegexRouter")
            .with("transforms.rename.regex", ".*")
            .with("transforms.rename.replacement", "renamed")
            .with("topic.to.table", "renamed:mapping_metadata")
            .with(
                "metadata.columns",
                "topic:_topic,partition:_partition,offset:_offset,timestamp:_ts,timestamp:ms,"
                    + "key:_key,header.trace.id:trace")
            .start()) {
      pipeline.send(1, TIME, "k", "{\"id\":1}", Map.of("trace.id", "abc"));
      pipeline.send(1, TIME, null, "{\"id\":2,\"trace\":\"no header\"}");
      pipeline.awaitDone();

      assertThat(pipeline.select("*", "ORDER BY id"))
          .containsExactly(
              "1\tmapping_metadata\t1\t0\t2026-01-02 03:04:05.678000\t1767323045678\tk\tabc",
              "2\tmapping_metadata\t1\t1\t2026-01-02 03:04:05.678000\t1767323045678\t\\N\t-");
    }
  }

  @Test
  void raw_values_go_byte_for_byte_into_one_column(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "mapping_raw", 1, "value String, o Int64, n UInt8 DEFAULT 7")
            .with("value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter")
            .with("value.mode", "raw")
            .with("metadata.columns", "offset:o")
            .start()) {
      pipeline.send("{\"n\":1");
      pipeline.send("");
      pipeline.sendBytes(new byte[] {0, (byte) 0xff, '\t'});
      pipeline.awaitDone();

      assertThat(pipeline.select("hex(value), o, n", "ORDER BY o"))
          .containsExactly("7B226E223A31\t0\t7", "\t1\t7", "00FF09\t2\t7");
    }
  }

  @Test
  void text_that_spells_json_is_a_record(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "mapping_text", 1, "id UInt64, tags Array(String)")
            .with("value.converter", "org.apache.kafka.connect.storage.StringConverter")
            .start()) {
      pipeline.send("{\"id\":18446744073709551615,\"tags\":[\"a\"]}");
      pipeline.awaitDone();

      assertThat(pipeline.select("*", "")).containsExactly("18446744073709551615\t['a']");
    }
  }
}
