// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static io.dive.protocol.Malformed.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Key IDs and the references that hold them (decisions 8, 9, 30). */
class KeyReferenceTest {
  @Test
  void parse_keyIdAlone_hasNoDomain() throws MalformedFieldException {
    KeyReference reference = KeyReference.parse("key_ABC09");
    assertEquals(KeyReference.of(new KeyId("key_ABC09")), reference);
    assertEquals(Optional.empty(), reference.fqdn());
    assertEquals("key_ABC09", reference.serialize());
  }

  @Test
  void parse_domain_isNormalisedAndTheKeyIdKeptAsItIs() throws MalformedFieldException {
    assertEquals("keyABC@example.com", KeyReference.parse("keyABC@EXAMPLE.Com.").serialize());
    assertNotEquals(KeyReference.parse("keyABC"), KeyReference.parse("keyabc"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "@",
        "a@",
        "@example.com",
        "a@b@example.com",
        "a b",
        " a",
        "a ",
        "a-b",
        "a.b",
        "a:b",
        "é",
        "a\n",
        "a@192.0.2.1",
        "a@example.com ",
        "٣"
      })
  void parse_outsideTheGrammar_refused(String text) {
    assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> KeyReference.parse(text)));
  }

  @Test
  void keyId_length_is1To63() throws MalformedFieldException {
    assertEquals("a".repeat(63), KeyId.parse("a".repeat(63)).value());
    assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> KeyId.parse("a".repeat(64))));
    assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> KeyId.parse("")));
    assertThrows(IllegalArgumentException.class, () -> new KeyId("a".repeat(64)));
    assertThrows(IllegalArgumentException.class, () -> new KeyId("a-b"));
  }
}
