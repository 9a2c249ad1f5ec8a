// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static io.dive.protocol.Malformed.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.TXTRecord;

/** Decision 11. */
class CharacterStringsTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "254, 254",
    "255, 255",
    "256, 255 1",
    "510, 255 255",
    "511, 255 255 1",
    "1000, 255 255 255 235"
  })
  void split_cutsAt255Octets(int length, String lengths) throws MalformedFieldException {
    String value = "abcdefghij".repeat(100).substring(0, length);
    List<Bytes> strings = CharacterStrings.split(value);
    assertEquals(
        List.of(lengths.split(" ", -1)),
        strings.stream().map(string -> String.valueOf(string.length())).toList());
    assertEquals(value, CharacterStrings.join(strings));
  }

  @Test
  void split_outsideAscii_refused() {
    assertThrows(IllegalArgumentException.class, () -> CharacterStrings.split("é"));
  }

  @Test
  void join_isWithoutSeparator() throws MalformedFieldException {
    assertEquals(
        "ab",
        CharacterStrings.join(
            List.of(
                Bytes.of(new byte[] {'a'}), Bytes.of(new byte[0]), Bytes.of(new byte[] {'b'}))));
    assertEquals("", CharacterStrings.join(List.of()));
  }

  @Test
  void join_outsideAscii_refusedWithItsOffset() {
    List<Bytes> strings =
        List.of(Bytes.of(new byte[] {'a', 'b'}), Bytes.of(new byte[] {'c', (byte) 0xc3}));
    assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> CharacterStrings.join(strings)));
    assertEquals(3, Malformed.offsetOf("TXT record", () -> CharacterStrings.join(strings)));
  }

  static List<String> values() {
    StringBuilder ascii = new StringBuilder();
    for (char c = 0; c < 0x80; c++) {
      ascii.append(c);
    }
    return List.of(
        "",
        "v=\"dive-draft-01\", scopes=(\"strict\"), report-to=\"https://example.com/a;b?c=d\"",
        "\\",
        "\"",
        "\\\"\\065 ; comment? ( ) @ $ORIGIN",
        "\"".repeat(256),
        ascii.toString(),
        ascii.toString().repeat(5));
  }

  @ParameterizedTest
  @MethodSource("values")
  void zoneFileLine_readBackByANameServersParser_isTheValue(String value)
      throws IOException, MalformedFieldException {
    String line = CharacterStrings.zoneFileLine("_dive.example.com", 300, value);
    try (Master zone =
        new Master(
            new ByteArrayInputStream((line + "\n").getBytes(StandardCharsets.US_ASCII)),
            Name.root,
            1)) {
      TXTRecord record = (TXTRecord) zone.nextRecord();
      assertEquals(Name.fromConstantString("_dive.example.com."), record.getName());
      assertEquals(300, record.getTTL());
      List<Bytes> strings = record.getStringsAsByteArrays().stream().map(Bytes::of).toList();
      assertEquals(CharacterStrings.split(value), strings);
      assertEquals(value, CharacterStrings.join(strings));
      assertNull(zone.nextRecord());
    }
  }

  @Test
  void zoneFileLine_hasTheUsualForm() {
    assertEquals(
        "a.example. 900 IN TXT \"v=\\\"x\\\"\"",
        CharacterStrings.zoneFileLine("a.example", 900, "v=\"x\""));
  }

  @Test
  void zoneFileLine_outOfRange_refused() {
    assertThrows(IllegalArgumentException.class, () -> CharacterStrings.zoneFileLine("a", -1, "v"));
    assertThrows(
        IllegalArgumentException.class, () -> CharacterStrings.zoneFileLine("a", 1L << 31, "v"));
    assertThrows(IllegalArgumentException.class, () -> CharacterStrings.zoneFileLine("a", 1, "é"));
  }
}
