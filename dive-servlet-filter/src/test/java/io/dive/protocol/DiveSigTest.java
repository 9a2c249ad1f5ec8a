// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static io.dive.protocol.Malformed.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Draft-00's field and decision 30. */
class DiveSigTest {
  private static final String A = "keyABC:sha256:AAAA";
  private static final String B = "keyDEF@sub.example.com:sha384:AQID";

  @Test
  void parse_theDraftsExample_givesBothEntries() throws MalformedFieldException {
    DiveSig field = DiveSig.parse(A + ", " + B);
    assertEquals(
        List.of(
            new DiveSig.Entry(
                KeyReference.parse("keyABC"), HashAlgorithm.SHA_256, Bytes.of(new byte[3])),
            new DiveSig.Entry(
                KeyReference.parse("keyDEF@sub.example.com"),
                HashAlgorithm.SHA_384,
                Bytes.of(new byte[] {1, 2, 3}))),
        field.entries());
    assertEquals(A + ", " + B, field.serialize());
  }

  @ParameterizedTest
  @ValueSource(strings = {A + "," + B, A + " \t,\t " + B, "  " + A + ",   " + B + "\t"})
  void parse_blanksAroundCommas_tolerated(String text) throws MalformedFieldException {
    assertEquals(A + ", " + B, DiveSig.parse(text).serialize());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ",",
        A + ",",
        "," + A,
        A + ",," + B,
        "keyABC",
        "keyABC:sha256",
        "keyABC:sha256:",
        "keyABC:sha256:AAAA:",
        ":sha256:AAAA",
        "key ABC:sha256:AAAA",
        "keyABC :sha256:AAAA",
        "key-ABC:sha256:AAAA",
        "keyABC@:sha256:AAAA",
        "keyABC@a@b:sha256:AAAA",
        "keyABC@192.0.2.1:sha256:AAAA",
        "keyABC@exa_mple..com:sha256:AAAA",
        "\u00a0" + A,
        A + "; " + B
      })
  void parse_malformedEntry_spoilsTheField(String text) {
    assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> DiveSig.parse(text)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sha-256", "SHA256", "md5", "sha1", "", " sha256"})
  void parse_anotherHash_refused(String hash) {
    assertEquals(
        ErrorCode.VALUE_NOT_PERMITTED,
        codeOf(() -> DiveSig.parse(B + ", keyABC:" + hash + ":AAAA")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"AAA", "AA", "AB==", "AA=", "A AA", "AAA-", "AAAA=", "====", "*", "AAAA\n"})
  void parse_base64ThatIsNotCanonical_refused(String signature) {
    assertEquals(
        ErrorCode.MALFORMED_BASE64, codeOf(() -> DiveSig.parse("keyABC:sha256:" + signature)));
  }

  @Test
  void parse_repeatedKeyId_isIgnoredAfterTheFirst() throws MalformedFieldException {
    assertEquals(
        A + ", " + B,
        DiveSig.parse(A + ", " + B + ", keyABC:sha512:AAAA, keyABC@example.com:sha256:AAAA")
            .serialize());
    assertEquals(2, DiveSig.parse(A + ", keyabc:sha256:AAAA").entries().size());
  }

  @Test
  void parse_malformedEntryOfARepeatedKeyId_spoilsTheFieldToo() {
    assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> DiveSig.parse(A + ", keyABC")));
  }

  @Test
  void parse_caseAndDotOfTheDomain_doNotMatter() throws MalformedFieldException {
    assertEquals(DiveSig.parse(B), DiveSig.parse("keyDEF@SUB.Example.COM.:sha384:AQID"));
  }

  @Test
  void parse_errors_nameTheFieldAndTheOffset() {
    String before = A + ",  ";
    int start = before.length();
    assertEquals(start, Malformed.offsetOf("DIVE-Sig", () -> DiveSig.parse(before + "x")));
    assertEquals(
        start, Malformed.offsetOf("DIVE-Sig", () -> DiveSig.parse(before + "k-1:sha256:AAAA")));
    assertEquals(
        start + 3, Malformed.offsetOf("DIVE-Sig", () -> DiveSig.parse(before + "k1:md5:AAAA")));
    assertEquals(
        start + 10, Malformed.offsetOf("DIVE-Sig", () -> DiveSig.parse(before + "k1:sha256:A")));
  }

  @Test
  void construction_noEntryOrRepeatedKeyOrNoSignature_refused() throws MalformedFieldException {
    DiveSig.Entry entry = DiveSig.parse(A).entries().get(0);
    assertThrows(IllegalArgumentException.class, () -> new DiveSig(List.of()));
    assertThrows(IllegalArgumentException.class, () -> new DiveSig(List.of(entry, entry)));
    assertThrows(
        IllegalArgumentException.class,
        () -> new DiveSig.Entry(entry.key(), entry.hash(), Bytes.of(new byte[0])));
  }
}
