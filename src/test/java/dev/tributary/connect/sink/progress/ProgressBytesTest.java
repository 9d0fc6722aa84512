package dev.tributary.connect.sink.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.Fixture;
import dev.tributary.connect.Fixture.Stored;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.table.TableId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes of the progress topic are those that are in the topics of our users. */
class ProgressBytesTest {

  private static final int PROGRESS_PARTITIONS = 8;

  private static String keyOf(Fixture.Connector connector, int partition) {
    SourceId source =
        new SourceId(connector.name(), connector.source(partition), connector.sourceId());
    return HexFormat.of().formatHex(source.key().getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders", "clicks"})
  void records_written_by_0_1_0_would_be_written_the_same(String connector) {
    Fixture left = Fixture.of("0.1.0", connector);
    List<String> keys = new ArrayList<>();
    for (int partition = 0; partition < left.connector().partitions(); partition++) {
      keys.add(keyOf(left.connector(), partition));
    }
    for (Stored record : left.progress()) {
      assertThat(HexFormat.of().formatHex(ProgressRecord.decode(record.valueBytes()).encode()))
          .isEqualTo(record.value());
      assertThat(keys.indexOf(record.key()) % PROGRESS_PARTITIONS).isEqualTo(record.partition());
      assertThat(record.headers()).isEmpty();
    }
    assertThat(left.progress()).extracting(Stored::key).containsAll(keys);
  }

  @Test
  void a_record_is_these_bytes() {
    TableId events = new TableId("default", "events");
    TableId late = new TableId("landing", "späte");
    Map<TableId, Long> ceilings = new LinkedHashMap<>();
    ceilings.put(events, 99L);
    ceilings.put(late, -1L);
    Map<Long, OffsetSet> earlier = new TreeMap<>();
    earlier.put(1L, OffsetSet.range(90, 95));
    earlier.put(2L, OffsetSet.of(97));
    ProgressRecord progress =
        new ProgressRecord(
            7,
            0x1122334455667788L,
            300,
            5_000_000_000L,
            OffsetSet.of(90, 91, 200),
            ceilings,
            List.of(
                new Intent(298, 1, late, OffsetSet.range(100, 200), Map.of(), Optional.empty()),
                new Intent(
                    299,
                    3,
                    events,
                    OffsetSet.of(90, 91, 97, 5_000_000_001L),
                    earlier,
                    Optional.empty())));
    byte[] bytes = progress.encode();
    assertThat(HexFormat.ofDelimiter(" ").formatHex(bytes))
        .isEqualTo(
            "01 0e 11 22 33 44 55 66 77 88 d8 04 80 c8 af a0 25 04 b4 01 04 d8 01 02 "
                + "02 07 64 65 66 61 75 6c 74 06 65 76 65 6e 74 73 c6 01 07 6c 61 6e 64 69 "
                + "6e 67 06 73 70 c3 a4 74 65 01 02 d4 04 01 01 02 c8 01 c8 01 00 d6 04 03 "
                + "00 06 b4 01 04 0a 02 be c6 af a0 25 02 02 02 02 b4 01 0a 04 02 c2 01 02");
    assertThat(ProgressRecord.decode(bytes)).isEqualTo(progress);
  }

  @Test
  void a_partition_goes_by_these_names() {
    SourceId source = new SourceId("shop", new TopicPartition("orders", 3), new Uuid(1, 2));
    Intent intent =
        new Intent(
            12,
            2,
            new TableId("default", "orders"),
            OffsetSet.range(5, 9),
            Map.of(),
            Optional.empty());
    assertThat(source.key()).isEqualTo("tributary/shop/AAAAAAAAAAEAAAAAAAAAAg/3");
    assertThat(source.metadata(7)).isEqualTo("tributary:1:AAAAAAAAAAEAAAAAAAAAAg:7");
    assertThat(source.token(7, intent)).isEqualTo("a1bcf7ca-e724-376e-925e-54301d39b540");
  }
}
