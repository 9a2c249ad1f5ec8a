// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static io.dive.protocol.Malformed.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ContentDigestTest {
  private static final Bytes DIGEST = Bytes.of(new byte[32]);
  private static final String SHA_256 = "sha-256=:" + DIGEST.toBase64() + ":";

  @Test
  void parse_severalMembers_keepTheirOrder() throws MalformedFieldException {
    ContentDigest field = ContentDigest.parse("md5=:AAAA:, " + SHA_256 + ", crc32c=:AQ==:");
    assertEquals(List.of("md5", "sha-256", "crc32c"), List.copyOf(field.members().keySet()));
    assertEquals(List.of(new BodyDigest(HashAlgorithm.SHA_256, DIGEST)), field.permitted());
    assertTrue(field.hasForbiddenAlgorithm());
    assertEquals("md5=:AAAA:, " + SHA_256 + ", crc32c=:AQ==:", field.serialize());
  }

  @Test
  void hasForbiddenAlgorithm_onlyTheSix_isFalse() throws MalformedFieldException {
    for (HashAlgorithm algorithm : HashAlgorithm.values()) {
      BodyDigest digest = new BodyDigest(algorithm, Bytes.of(new byte[algorithm.digestLength()]));
      ContentDigest field = ContentDigest.parse(digest.contentDigest());
      assertEquals(List.of(digest), field.permitted());
      assertFalse(field.hasForbiddenAlgorithm());
    }
  }

  @Test
  void parse_theDraftsSpellingOfAHash_isForbidden() throws MalformedFieldException {
    assertTrue(ContentDigest.parse("sha256=:AAAA:").hasForbiddenAlgorithm());
  }

  @Test
  void parse_blanksParametersAndDuplicates_followRfc9651() throws MalformedFieldException {
    assertEquals(
        SHA_256, ContentDigest.parse("  sha-256=:AAAA:,\t" + SHA_256 + ";a=1  ").serialize());
  }

  @Test
  void parse_refusals_haveTheirCodes() {
    assertEquals(ErrorCode.MISSING_MEMBER, codeOf(() -> ContentDigest.parse("")));
    assertEquals(ErrorCode.MISSING_MEMBER, codeOf(() -> ContentDigest.parse("  ")));
    assertEquals(ErrorCode.WRONG_LENGTH, codeOf(() -> ContentDigest.parse("sha-256=:AAAA:")));
    assertEquals(ErrorCode.WRONG_TYPE, codeOf(() -> ContentDigest.parse("sha-256=\"AAAA\"")));
    assertEquals(ErrorCode.WRONG_TYPE, codeOf(() -> ContentDigest.parse(SHA_256 + ", md5")));
    assertEquals(ErrorCode.MALFORMED_BASE64, codeOf(() -> ContentDigest.parse("md5=:AA:")));
    assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> ContentDigest.parse("SHA-256=:AA==:")));
    assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> ContentDigest.parse(SHA_256 + ",")));
    assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> ContentDigest.parse("sha-256=:AA==")));
    assertEquals(
        9, Malformed.offsetOf("Content-Digest", () -> ContentDigest.parse("sha-256=:AA:")));
    assertEquals(
        SHA_256.length() + 2,
        Malformed.offsetOf("Content-Digest", () -> ContentDigest.parse(SHA_256 + ", X=1")));
  }

  @Test
  void construction_whatCannotBeSerialized_refused() {
    assertThrows(IllegalArgumentException.class, () -> new ContentDigest(Map.of()));
    assertThrows(
        IllegalArgumentException.class, () -> new ContentDigest(Map.of("SHA-256", DIGEST)));
    assertThrows(IllegalArgumentException.class, () -> new ContentDigest(Map.of("", DIGEST)));
    assertThrows(
        IllegalArgumentException.class, () -> new ContentDigest(Map.of("sha-512", DIGEST)));
    assertThrows(
        IllegalArgumentException.class, () -> new BodyDigest(HashAlgorithm.SHA_512, DIGEST));
  }
}
