package dev.tributary.connect.sink.columns;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SampleColumnTest {

  /** Else the benchmark would compare the costs of different values. */
  @ParameterizedTest
  @EnumSource
  void all_sources_give_the_same_bytes(SampleColumn column) throws IOException {
    assertThat(bytes(column, ColumnsJmh.Source.DECODED))
        .isEqualTo(bytes(column, ColumnsJmh.Source.JSON));
    assertThat(bytes(column, ColumnsJmh.Source.SCHEMA))
        .isEqualTo(bytes(column, ColumnsJmh.Source.JSON));
  }

  /** Whole numbers and decimals beyond 64 bits, addresses and maps are decoded first. */
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"INT128", "DECIMAL128", "IPV4", "MAP", "TUPLE", "JSON_OBJECT"})
  void a_value_written_from_json_text_leaves_no_garbage(SampleColumn column) throws IOException {
    ColumnsJmh benchmark = benchmark(column, ColumnsJmh.Source.JSON);
    long least = Long.MAX_VALUE;
    // Buffers grow to the size of a batch, and code that is not compiled yet leaves some of its
    // own.
    for (int batch = 0; batch < 100; batch++) {
      long before = allocated();
      benchmark.write();
      least = Math.min(least, allocated() - before);
    }
    assertThat(least / ColumnsJmh.BATCH).as("bytes of garbage a value").isZero();
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  private static byte[] bytes(SampleColumn column, ColumnsJmh.Source source) throws IOException {
    return benchmark(column, source).write().toByteArray();
  }

  private static ColumnsJmh benchmark(SampleColumn column, ColumnsJmh.Source source) {
    ColumnsJmh benchmark = new ColumnsJmh();
    benchmark.column = column;
    benchmark.source = source;
    benchmark.setUp();
    return benchmark;
  }
}
