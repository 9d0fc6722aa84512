package dev.tributary.connect.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.junit.jupiter.api.Test;

class ValueKindsTest {

  @Test
  void says_what_a_value_is_and_not_the_value() {
    assertThat(ValueKinds.of("secret")).isEqualTo("a string of 6 characters");
    assertThat(ValueKinds.of("s")).isEqualTo("a string of 1 character");
    assertThat(ValueKinds.of(true)).isEqualTo("a boolean");
    assertThat(ValueKinds.of((short) 77)).isEqualTo("an integer (Short)");
    assertThat(ValueKinds.of(BigInteger.TEN)).isEqualTo("an integer (BigInteger)");
    assertThat(ValueKinds.of(7.5f)).isEqualTo("a floating-point number (Float)");
    assertThat(ValueKinds.of(new BigDecimal("7.55")))
        .isEqualTo("a decimal of precision 3 and scale 2");
    assertThat(ValueKinds.of(new byte[] {7})).isEqualTo("1 byte");
    assertThat(ValueKinds.of(ByteBuffer.wrap(new byte[] {7, 7}))).isEqualTo("2 bytes");
    assertThat(ValueKinds.of(new Date(77))).isEqualTo("a date or time");
    assertThat(ValueKinds.of(new Struct(SchemaBuilder.struct().build()))).isEqualTo("a struct");
    assertThat(ValueKinds.of(Map.of("secret", 7))).isEqualTo("a map");
    assertThat(ValueKinds.of(List.of("secret", 7))).isEqualTo("a list of 2 elements");
  }
}
