// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static io.dive.protocol.Malformed.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FqdnTest {
  private static final String LABEL_63 = "a".repeat(63);

  private static Fqdn fqdn(String text) throws MalformedFieldException {
    return Fqdn.parse(text);
  }

  @ParameterizedTest
  @CsvSource({
    "example.com, example.com",
    "EXAMPLE.Com., example.com",
    "localhost, localhost",
    "xn--bcher-kva.example, xn--bcher-kva.example",
    "_dive.a-b.example, _dive.a-b.example",
    "1.2.3.4.example, 1.2.3.4.example",
    "a.b1, a.b1",
    "a.0xg, a.0xg"
  })
  void parse_name_isNormalised(String text, String name) throws MalformedFieldException {
    assertEquals(name, fqdn(text).name());
    assertEquals(fqdn(text), new Fqdn(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "example.com..",
        ".example.com",
        "a..b",
        "-a.example",
        "a-.example",
        "-",
        "a b.example",
        " example.com",
        "example.com\n",
        "exa*mple.com",
        "example.com:443",
        "http://example.com",
        "user@example.com",
        "bücher.example",
        "\u212aey.example",
        "\u0130.example",
        "ＥＸＡＭＰＬＥ.com",
        "example。com"
      })
  void parse_noName_refused(String text) {
    assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> Fqdn.parse(text)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1", "127.0.0.1.", "192.0.2", "1", "2130706433", "0x7f.1", "0x7f000001",
        "127.0.0.0x1", "0X7F.0.0.0X1", "example.0x", "example.123", "::1", "[::1]", "[2001:db8::1]",
        "2001:db8::1"
      })
  void parse_ipAddress_refused(String text) {
    assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> Fqdn.parse(text)));
  }

  @Test
  void parse_limits_areThoseOfDns() throws MalformedFieldException {
    assertEquals(LABEL_63 + ".a", fqdn(LABEL_63 + ".a").name());
    assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> Fqdn.parse(LABEL_63 + "a.a")));
    String longest = String.join(".", LABEL_63, LABEL_63, LABEL_63, "a".repeat(61));
    assertEquals(253, fqdn(longest + ".").name().length());
    assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> Fqdn.parse(longest + "a")));
    assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> Fqdn.parse("a.".repeat(500_000) + "a")));
  }

  @Test
  void construction_notInNormalForm_refused() {
    assertThrows(IllegalArgumentException.class, () -> new Fqdn("Example.com"));
    assertThrows(IllegalArgumentException.class, () -> new Fqdn("example.com."));
    assertThrows(IllegalArgumentException.class, () -> new Fqdn(""));
  }

  @Test
  void selfAndParents_goUpToTheLastLabel() throws MalformedFieldException {
    assertEquals(
        List.of(fqdn("a.b.example"), fqdn("b.example"), fqdn("example")),
        fqdn("a.b.example").selfAndParents());
    assertEquals(Optional.empty(), fqdn("example").parent());
  }

  @Test
  void isSameOrParentOf_looksAtWholeLabels() throws MalformedFieldException {
    assertTrue(fqdn("example.com").isSameOrParentOf(fqdn("example.com")));
    assertTrue(fqdn("example.com").isSameOrParentOf(fqdn("a.b.example.com")));
    assertTrue(fqdn("com").isSameOrParentOf(fqdn("example.com")));
    assertFalse(fqdn("a.example.com").isSameOrParentOf(fqdn("example.com")));
    assertFalse(fqdn("a.example.com").isSameOrParentOf(fqdn("b.example.com")));
    assertFalse(fqdn("example.com").isSameOrParentOf(fqdn("badexample.com")));
  }
}
