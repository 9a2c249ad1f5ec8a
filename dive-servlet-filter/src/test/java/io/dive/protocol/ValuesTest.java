// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static io.dive.protocol.Malformed.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The small values. */
class ValuesTest {
  @Nested
  class OfBytes {
    @Test
    void arrays_areCopiedInAndOut() {
      byte[] array = {1, 2};
      Bytes bytes = Bytes.of(array);
      array[0] = 9;
      bytes.toByteArray()[1] = 9;
      assertEquals(Bytes.of(new byte[] {1, 2}), bytes);
      assertEquals(Bytes.of(new byte[] {1, 2}).hashCode(), bytes.hashCode());
      assertNotEquals(Bytes.of(new byte[] {1}), bytes);
      assertEquals("0102", bytes.toString());
    }

    @ParameterizedTest
    @CsvSource({"'', 0", "AA==, 1", "AAA=, 2", "AAAA, 3", "+/+/, 3"})
    void parseBase64_canonical_isDecoded(String text, int length) throws MalformedFieldException {
      assertEquals(length, Bytes.parseBase64(text).length());
      assertEquals(text, Bytes.parseBase64(text).toBase64());
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "A",
          "AA",
          "AA=",
          "AAA",
          "AB==",
          "AAB=",
          "AAAA=",
          "AAAA====",
          "====",
          "AA==AA==",
          " AAAA",
          "AAAA ",
          "AA\nAA",
          "-_-_",
          "AAAé",
          "AA=A",
          "ＡＡＡＡ"
        })
    void parseBase64_notCanonical_refused(String text) {
      assertEquals(ErrorCode.MALFORMED_BASE64, codeOf(() -> Bytes.parseBase64(text)));
    }
  }

  @Nested
  class OfExcerpt {
    @Test
    void harmlessText_staysAsItIs() {
      assertEquals("abc ü \ud83d\ude00 \"x\"", Excerpt.of("abc ü \ud83d\ude00 \"x\""));
    }

    @ParameterizedTest
    @ValueSource(
        chars = {
          '\u0000', '\n', '\r', '\t', '\u001b', '\u007f', '\u0085', '\u009b', '\u200b', '\u200f',
          '\u2028', '\u2029', '\u202e', '\u2066', '\ufeff', '\ud800', '\udc00'
        })
    void unsafeCharacter_isReplaced(char unsafe) {
      assertEquals("a?b", Excerpt.of("a" + unsafe + "b"));
    }

    @Test
    void longText_isCut() {
      assertEquals("a".repeat(200), Excerpt.of("a".repeat(200)));
      assertEquals("a".repeat(200) + "…", Excerpt.of("a".repeat(201)));
      assertEquals("a".repeat(199) + "?…", Excerpt.of("a".repeat(199) + "\ud83d\ude00"));
    }
  }

  @Nested
  class OfHeaderField {
    @Test
    void whatCouldBreakOutOfTheLine_isRefused() {
      for (String value : new String[] {"a\r\nb", "a\n", "\u0000", "\u007f"}) {
        assertThrows(IllegalArgumentException.class, () -> new HeaderField("Name", value));
      }
      for (String name : new String[] {"", "a b", "a:", "é", "a\n"}) {
        assertThrows(IllegalArgumentException.class, () -> new HeaderField(name, "value"));
      }
      assertEquals("", new HeaderField("DIVE-Sig", "").value());
      assertEquals(" é\t", new HeaderField("Received", " é\t").value());
    }
  }

  @Nested
  class OfNames {
    @ParameterizedTest
    @EnumSource
    void hashAlgorithm_isFoundByEachNameExactly(HashAlgorithm hash) {
      assertEquals(Optional.of(hash), HashAlgorithm.fromDraftName(hash.draftName()));
      assertEquals(Optional.of(hash), HashAlgorithm.fromDigestKey(hash.digestKey()));
      assertEquals(hash.draftName(), hash.toString());
      assertEquals(
          Optional.empty(), HashAlgorithm.fromDraftName(hash.draftName().toUpperCase(Locale.ROOT)));
      assertEquals(Optional.empty(), HashAlgorithm.fromDigestKey(hash.jcaName()));
      if (!hash.draftName().equals(hash.digestKey())) {
        assertEquals(Optional.empty(), HashAlgorithm.fromDraftName(hash.digestKey()));
        assertEquals(Optional.empty(), HashAlgorithm.fromDigestKey(hash.draftName()));
      }
    }

    @ParameterizedTest
    @CsvSource({"ED25519, ed25519, 32, 64", "ED448, ed448, 57, 114"})
    void signatureAlgorithm_hasTheLengthsOfRfc8032(
        SignatureAlgorithm algorithm, String name, int keyLength, int signatureLength) {
      assertEquals(Optional.of(algorithm), SignatureAlgorithm.fromDraftName(name));
      assertEquals(keyLength, algorithm.keyLength());
      assertEquals(signatureLength, algorithm.signatureLength());
      assertEquals(Optional.empty(), SignatureAlgorithm.fromDraftName(algorithm.name()));
    }

    @ParameterizedTest
    @CsvSource({
      "DRAFT_00, 00, dive-draft-00, DIVE_SIG, PT24H, PT24H, false",
      "DRAFT_01, 01, dive-draft-01, MESSAGE_SIGNATURES, PT1H, PT24H, true"
    })
    void protocolVersion_isDataOfTheRevision(
        ProtocolVersion version,
        String number,
        String token,
        ProtocolVersion.HeaderForm form,
        Duration policyCap,
        Duration keyCap,
        boolean insecureKeyIsAbsent) {
      assertEquals(Optional.of(version), ProtocolVersion.fromNumber(number));
      assertEquals(Optional.of(version), ProtocolVersion.fromToken(token));
      assertEquals(form, version.headerForm());
      assertEquals(policyCap, version.maxPolicyCache());
      assertEquals(keyCap, version.maxKeyCache());
      assertEquals(insecureKeyIsAbsent, version.insecureKeyIsAbsent());
      assertEquals(Optional.empty(), ProtocolVersion.fromToken(number));
    }

    @ParameterizedTest
    @EnumSource
    void failureReason_isFoundByItsWord(FailureReason reason) {
      assertEquals(Optional.of(reason), FailureReason.fromToken(reason.token()));
      assertEquals(Optional.empty(), FailureReason.fromToken(reason.name()));
    }

    @Test
    void errorCodes_areDistinctKebab() {
      assertEquals(
          ErrorCode.values().length,
          Arrays.stream(ErrorCode.values()).map(ErrorCode::token).distinct().count());
      for (ErrorCode code : ErrorCode.values()) {
        assertTrue(code.token().matches("[a-z][a-z0-9]*(-[a-z0-9]+)*"), code::token);
      }
    }
  }
}
