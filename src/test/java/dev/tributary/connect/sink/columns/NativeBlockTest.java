package dev.tributary.connect.sink.columns;

import static dev.tributary.connect.sink.columns.Cells.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class NativeBlockTest {

  @Test
  void isCountsThenNameTypeAndDataOfEachColumn() throws IOException {
    ColumnWriter first = column("UInt8");
    first.append(7);
    first.append(8);
    ColumnWriter second = column("String");
    second.append("x");
    second.appendAbsent();
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    NativeBlock.write(out, List.of("a", "ü"), List.of(first, second), 2);

    String nullable = HexFormat.of().formatHex("Nullable(String)".getBytes(StandardCharsets.UTF_8));
    assertThat(HexFormat.of().formatHex(out.toByteArray()))
        .isEqualTo(
            ("0202" + "0161" + "0555496e7438" + "0708")
                + ("02c3bc" + "10" + nullable + "0001" + "017800"));
  }

  @Test
  void anEmptyOrUnevenBlockIsAFaultOfTheCaller() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ColumnWriter column = column("UInt8");
    assertThatThrownBy(() -> NativeBlock.write(out, List.of("a"), List.of(column), 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> NativeBlock.write(out, List.of("a"), List.of(column), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Column a has 0 of 1 rows");
    assertThatThrownBy(() -> NativeBlock.write(out, List.of(), List.of(), 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(out.size()).isZero();
  }
}
