package dev.tributary.connect.sink.columns;

import static dev.tributary.connect.sink.columns.Cells.column;
import static dev.tributary.connect.sink.columns.Cells.hex;
import static dev.tributary.connect.sink.columns.Cells.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** UUID, Enum8 and Enum16, IPv4 and IPv6. */
class OtherWritersTest {

  private static final String ENUM = "Enum8('low' = -128, 'a, \\'b\\' = (c)' = 0, '' = 127)";

  @Test
  void uuidIsTwoLittleEndianHalves() {
    String expected = "7766554433221100" + "ffeeddccbbaa9988";
    byte[] bytes = HexFormat.of().parseHex("00112233445566778899aabbccddeeff");
    assertThat(hex("UUID", "00112233-4455-6677-8899-aabbccddeeff")).isEqualTo(expected);
    assertThat(hex("UUID", "00112233-4455-6677-8899-AABBCCDDEEFF")).isEqualTo(expected);
    assertThat(hex("UUID", bytes)).isEqualTo(expected);
    assertThat(hex("UUID", ByteBuffer.wrap(bytes))).isEqualTo(expected);
    assertThat(hex("UUID", UUID.fromString("00112233-4455-6677-8899-aabbccddeeff")))
        .isEqualTo(expected);
  }

  @Property
  void everyUuid(@ForAll long high, @ForAll long low) {
    UUID uuid = new UUID(high, low);
    assertThat(hex("UUID", uuid.toString())).isEqualTo(hex("UUID", uuid));
    assertThat(hex("UUID", uuid.toString().toUpperCase(java.util.Locale.ROOT)))
        .isEqualTo(hex("UUID", uuid));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1-1-1-1-1",
        "00112233445566778899aabbccddeeff",
        "{00112233-4455-6677-8899-aabbccddeeff}",
        "00112233-4455-6677-8899-aabbccddeefg",
        "00112233-4455-6677-8899-aabbccddeef",
        "0011223-34455-6677-8899-aabbccddeeff",
        "-0112233-4455-6677-8899-aabbccddeeff",
        "００112233-4455-6677-8899-aabbccddeef"
      })
  void otherTextIsNoUuid(String text) {
    assertThat(refusal("UUID", text))
        .contains("is not a UUID")
        .contains("a string of " + text.length());
  }

  @Test
  void uuidRefusesOtherValues() {
    for (Object value : List.of(1L, true, new byte[15], new byte[17], List.of(), Map.of())) {
      assertThat(refusal("UUID", value)).contains("does not suit UUID");
    }
  }

  @Test
  void enumsTakeNamesAndTheirNumbers() {
    assertThat(hex(ENUM, "low", "a, 'b' = (c)", "", -128, 0L, 127.0, new BigDecimal("0")))
        .isEqualTo("80007f80007f00");
    assertThat(hex("Enum16('x' = -32768, 'y' = 32767)", "x", "y", 32767)).isEqualTo("0080ff7fff7f");
    assertThat(hex("Enum8('tab\\tnew\\nback\\\\nul\\0' = 1)", "tab\tnew\nback\\nul\0"))
        .isEqualTo("01");
    assertThat(hex("Enum8('it''s' = 1, '日本' = 2)", "it's", "日本")).isEqualTo("0102");
  }

  @Test
  void enumsRefuseWhatHasNoEntry() {
    for (Object value : List.of("LOW", "low ", "0", 1, 128, 65536, 0.5, Long.MAX_VALUE)) {
      refusal(ENUM, value);
    }
    assertThat(refusal("Enum8('a' = 1)", "b"))
        .isEqualTo("a string of 1 character is not among the 1 entries of Enum8('a' = 1)");
    assertThat(refusal(ENUM, true)).contains("takes its names and their numbers");
  }

  @Test
  void anEnumsDefaultIsItsLowestEntry() {
    ColumnWriter column = column("Enum8('a' = 5, 'b' = -3)");
    column.appendDefault();
    assertThat(hex(column)).isEqualTo("fd");
  }

  @Test
  void ipv4() {
    assertThat(
            hex(
                "IPv4",
                "0.0.0.0",
                "255.255.255.255",
                "192.0.2.1",
                new byte[] {(byte) 192, 0, 2, 1}))
        .isEqualTo("00000000" + "ffffffff" + "010200c0" + "010200c0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "256.0.0.1",
        "1.2.3.1000",
        "01.2.3.4",
        "1.2.3.04",
        "1..2.3",
        ".1.2.3",
        "1.2.3.",
        "1.2.3.4 ",
        " 1.2.3.4",
        "a.b.c.d",
        "1.2.3.-4",
        "１.2.3.4",
        "localhost",
        "1.2.3.4/24"
      })
  void otherTextIsNoIpv4(String text) {
    assertThat(refusal("IPv4", text)).contains("is not an address");
    assertThat(refusal("IPv6", text)).contains("is not an address");
  }

  @ParameterizedTest
  @CsvSource({
    "::,00000000000000000000000000000000",
    "::1,00000000000000000000000000000001",
    "1::,00010000000000000000000000000000",
    "2001:db8::1,20010db8000000000000000000000001",
    "2001:DB8:0:0:8:800:200C:417A,20010db80000000000080800200c417a",
    "1:2:3:4:5:6:7:8,00010002000300040005000600070008",
    "1:2:3:4:5:6:7::,00010002000300040005000600070000",
    "::2:3:4:5:6:7:8,00000002000300040005000600070008",
    "1:2:3::6:7:8,00010002000300000000000600070008",
    "::ffff:192.0.2.1,00000000000000000000ffffc0000201",
    "64:ff9b::192.0.2.1,0064ff9b0000000000000000c0000201",
    "1:2:3:4:5:6:192.0.2.1,000100020003000400050006c0000201",
    "192.0.2.1,00000000000000000000ffffc0000201"
  })
  void ipv6(String text, String expected) {
    assertThat(hex("IPv6", text)).isEqualTo(expected);
  }

  @Test
  void ipv6FromBytes() {
    byte[] bytes = HexFormat.of().parseHex("20010db8000000000000000000000001");
    assertThat(hex("IPv6", bytes, new byte[] {(byte) 192, 0, 2, 1}))
        .isEqualTo("20010db8000000000000000000000001" + "00000000000000000000ffffc0000201");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ":",
        ":::",
        "1",
        "1:2",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "1::2::3",
        "::1::",
        "12345::",
        "g::",
        "1:2:3:4:5:6:7:",
        ":1:2:3:4:5:6:7",
        "::1 ",
        "fe80::1%eth0",
        "::192.0.2",
        "::192.0.2.256",
        "192.0.2.1::",
        "1:2:3:4:5:6:7:192.0.2.1",
        "[::1]",
        "::1/64",
        "1:2:3:4::5:6:7:8"
      })
  void otherTextIsNoIpv6(String text) {
    assertThat(refusal("IPv6", text)).contains("is not an address");
  }

  @Property
  void everyIpv6AsJavaWritesIt(@ForAll @Size(16) byte[] bytes) throws UnknownHostException {
    String text = InetAddress.getByAddress(bytes).getHostAddress();
    String mapped = text.contains(".") ? HexFormat.of().formatHex(bytes) : null;
    assertThat(hex("IPv6", text))
        .isEqualTo(mapped == null ? HexFormat.of().formatHex(bytes) : mapped);
  }

  @Test
  void addressesRefuseOtherValues() {
    for (Object value : List.of(1L, true, new byte[5], List.of(), Map.of())) {
      assertThat(refusal("IPv4", value)).contains("does not suit IPv4");
      assertThat(refusal("IPv6", value)).contains("does not suit IPv6");
    }
    assertThat(refusal("IPv4", new byte[16])).contains("does not suit IPv4");
  }
}
