package dev.tributary.connect.dedup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.Fixture;
import dev.tributary.connect.Fixture.Stored;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes of the state topic are those that are in the topics of our users. */
class MarkBytesTest {

  @ParameterizedTest
  @ValueSource(strings = {"orders", "clicks"})
  void records_written_by_0_1_0_would_be_written_the_same(String connector) {
    Fixture left = Fixture.of("0.1.0", connector);
    MarkCodec codec = new OldMarks(left.connector(), left.connector().sourceId()).codec();
    for (Stored record : left.state()) {
      assertThat(codec.isOwn(ByteBuffer.wrap(record.keyBytes()), record.partition())).isTrue();
      MarkBlock again = new MarkBlock();
      MarkCodec.read(ByteBuffer.wrap(record.valueBytes()), again::add);
      byte[] value = again.take();
      assertThat(HexFormat.of().formatHex(value)).isEqualTo(record.value());
      assertThat(HexFormat.of().formatHex(codec.key(record.partition(), value)))
          .isEqualTo(record.key());
      assertThat(record.headers()).isEmpty();
    }
  }

  @Test
  void a_record_is_these_bytes() {
    MarkBlock block = new MarkBlock();
    block.add(0x0102030405060708L, 0x090a0b0c0d0e0f10L, 1_000, 1_700_000_000_000L, true);
    block.add(-1, 0, 1_001, 1_699_999_999_000L, true);
    block.add(1, 2, 5_000_000_000L, 1_700_003_600_000L, false);
    block.add(3, 4, 7, -1, true);
    byte[] value = block.take();
    MarkCodec codec = new MarkCodec("shop", "dedup", new Uuid(1, 2), List.of("[id]", "record"));
    assertThat(HexFormat.ofDelimiter(" ").formatHex(value))
        .isEqualTo(
            "01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 a0 1f 80 a0 ab fe f9 62 "
                + "ff ff ff ff ff ff ff ff 00 00 00 00 00 00 00 00 04 cf 0f 00 00 00 00 00 "
                + "00 00 01 00 00 00 00 00 00 00 02 dd f0 de c0 4a d0 c9 b7 03 00 00 00 00 "
                + "00 00 00 03 00 00 00 00 00 00 00 04 e2 8f df c0 4a 81 da e2 81 fa 62");
    assertThat(HexFormat.ofDelimiter(" ").formatHex(codec.key(5, value)))
        .isEqualTo(
            "5d 64 24 e8 3e 6c 30 f3 57 af ba 2c 9f 29 f6 d3 00 00 00 05 "
                + "c5 28 7a 83 cc 83 bc 3e 59 93 39 78 a5 a1 ce 8b");
  }
}
