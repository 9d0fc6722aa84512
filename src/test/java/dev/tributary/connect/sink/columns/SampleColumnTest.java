package dev.tributary.connect.sink.columns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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

  private static byte[] bytes(SampleColumn column, ColumnsJmh.Source source) throws IOException {
    ColumnsJmh benchmark = new ColumnsJmh();
    benchmark.column = column;
    benchmark.source = source;
    benchmark.setUp();
    return benchmark.write().toByteArray();
  }
}
