// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static io.dive.protocol.Malformed.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRecordTest {
  /** The public key of the project's Ed25519 vectors. */
  private static final String KEY = "7+FEAwxBczk0/weoo/hgGKuoNnYrdCav7wn6ixDvoOA=";

  private static final String ED25519 = "sig=\"ed25519\", key=:" + KEY + ":";

  private static KeyRecord withMembers(String members) throws MalformedFieldException {
    return KeyRecord.parse(ED25519 + ", " + members);
  }

  @Test
  void parse_theDraftsExample_givesEveryMember() throws MalformedFieldException {
    String text =
        "sig=\"ed25519\", key=:"
            + KEY
            + ":, allowed-hash=(\"sha256\" \"sha384\" \"sha3-256\"), cache=900";
    KeyRecord record = KeyRecord.parse(text);
    assertEquals(
        new KeyRecord(
            new RawPublicKey(SignatureAlgorithm.ED25519, Bytes.parseBase64(KEY)),
            Optional.of(
                List.of(HashAlgorithm.SHA_256, HashAlgorithm.SHA_384, HashAlgorithm.SHA3_256)),
            900),
        record);
    assertEquals(text, record.serialize());
    assertTrue(record.allows(HashAlgorithm.SHA_384));
    assertFalse(record.allows(HashAlgorithm.SHA_512));
  }

  @Test
  void parse_onlyTheRequiredMembers_takesTheDefaults() throws MalformedFieldException {
    KeyRecord record = KeyRecord.parse(ED25519);
    assertEquals(Optional.empty(), record.allowedHash());
    assertEquals(0, record.cacheSeconds());
    for (HashAlgorithm hash : HashAlgorithm.values()) {
      assertTrue(record.allows(hash));
    }
  }

  @Test
  void parse_ed448_takes57Bytes() throws MalformedFieldException {
    byte[] key = new byte[57];
    Arrays.fill(key, (byte) 9);
    String text = "sig=\"ed448\", key=:" + Bytes.of(key).toBase64() + ":";
    assertEquals(SignatureAlgorithm.ED448, KeyRecord.parse(text).publicKey().algorithm());
    assertEquals(text, KeyRecord.parse(text).serialize());
  }

  @Test
  void ownerName_keepsTheCaseOfTheKeyId() throws MalformedFieldException {
    assertEquals(
        "keyABC._divekey.example.com",
        KeyRecord.ownerName(KeyId.parse("keyABC"), Fqdn.parse("EXAMPLE.com")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rsa", "Ed25519", "ED448", "ecdsa-p256-sha256", ""})
  void parse_anotherAlgorithm_refused(String sig) {
    assertEquals(
        ErrorCode.VALUE_NOT_PERMITTED,
        codeOf(() -> KeyRecord.parse("sig=\"" + sig + "\", key=:" + KEY + ":")));
  }

  @Test
  void parse_keyOfAnotherLength_refused() {
    assertEquals(
        ErrorCode.WRONG_LENGTH, codeOf(() -> KeyRecord.parse("sig=\"ed448\", key=:" + KEY + ":")));
    assertEquals(ErrorCode.WRONG_LENGTH, codeOf(() -> KeyRecord.parse("sig=\"ed25519\", key=::")));
  }

  @Test
  void parse_requiredMemberAbsentOrOfAWrongType_refused() {
    assertEquals(ErrorCode.MISSING_MEMBER, codeOf(() -> KeyRecord.parse("key=:" + KEY + ":")));
    assertEquals(ErrorCode.MISSING_MEMBER, codeOf(() -> KeyRecord.parse("sig=\"ed25519\"")));
    assertEquals(
        ErrorCode.WRONG_TYPE, codeOf(() -> KeyRecord.parse("sig=ed25519, key=:" + KEY + ":")));
    assertEquals(
        ErrorCode.WRONG_TYPE,
        codeOf(() -> KeyRecord.parse("sig=\"ed25519\", key=\"" + KEY + "\"")));
  }

  @Nested
  class Decision7 {
    @ParameterizedTest
    @ValueSource(strings = {"sha-256", "SHA256", "SHA-256", "sha256 ", "md5", "sha1", "crc32", ""})
    void anotherSpellingOrHash_voidsTheRecord(String name) {
      assertEquals(
          ErrorCode.VALUE_NOT_PERMITTED,
          codeOf(() -> withMembers("allowed-hash=(\"sha256\" \"" + name + "\")")));
    }
  }

  @Nested
  class Decision10 {
    @ParameterizedTest
    @ValueSource(
        strings = {
          // No padding, unused bits set, white space, another alphabet, too much padding.
          "7+FEAwxBczk0/weoo/hgGKuoNnYrdCav7wn6ixDvoOA",
          "7+FEAwxBczk0/weoo/hgGKuoNnYrdCav7wn6ixDvoOB=",
          "7+FEAwxBczk0/weoo/hgGKuo NnYrdCav7wn6ixDvoOA=",
          "7-FEAwxBczk0_weoo_hgGKuoNnYrdCav7wn6ixDvoOA=",
          "7+FEAwxBczk0/weoo/hgGKuoNnYrdCav7wn6ixDvoOA=="
        })
    void keyThatIsNotCanonicalBase64_refused(String key) {
      ErrorCode code = codeOf(() -> KeyRecord.parse("sig=\"ed25519\", key=:" + key + ":"));
      assertTrue(
          code == ErrorCode.MALFORMED_BASE64 || code == ErrorCode.MALFORMED_SYNTAX, code::token);
    }

    @Test
    void canonicalFormInAnotherMember_doesNotExcuseTheKey() {
      String unpadded = KEY.substring(0, KEY.length() - 1);
      assertEquals(
          ErrorCode.MALFORMED_BASE64,
          codeOf(
              () ->
                  KeyRecord.parse(
                      "sig=\"ed25519\", key=:" + unpadded + ":, note=\":" + KEY + ":\"")));
      String text = "note=\"\\\":AA:\\\\\", key=:" + unpadded + ":";
      assertEquals(
          text.indexOf(unpadded), Malformed.offsetOf("key record", () -> KeyRecord.parse(text)));
    }

    @Test
    void colonsInStringsAndTokens_areNoBase64() throws MalformedFieldException {
      assertEquals(
          KeyRecord.parse(ED25519),
          withMembers("a=\"=:AA:\", b=t:AA:, c=(\"\\\"=:A:\" t:A :AAAA:), d=\"(:A: \";p=:AA==:"));
    }
  }

  @Nested
  class Decision12 {
    @Test
    void upperCaseNames_voidTheRecord() {
      assertEquals(
          ErrorCode.MALFORMED_SYNTAX,
          codeOf(() -> KeyRecord.parse("Sig=\"ed25519\", key=:" + KEY + ":")));
      assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> withMembers("Cache=1")));
    }

    @Test
    void duplicatesTakeTheLast_unknownMembersAreIgnored() throws MalformedFieldException {
      assertEquals(2, withMembers("cache=1, cache=2, future=?1").cacheSeconds());
      assertEquals(ErrorCode.VALUE_NOT_PERMITTED, codeOf(() -> withMembers("sig=\"rsa\"")));
    }
  }

  @Nested
  class Decision31 {
    @Test
    void emptyAllowedHash_allowsNothing() throws MalformedFieldException {
      KeyRecord record = withMembers("allowed-hash=()");
      assertEquals(Optional.of(List.of()), record.allowedHash());
      for (HashAlgorithm hash : HashAlgorithm.values()) {
        assertFalse(record.allows(hash));
      }
      assertEquals(ED25519 + ", allowed-hash=()", record.serialize());
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "allowed-hash=\"sha256\"",
          "allowed-hash=(sha256)",
          "allowed-hash",
          "cache=\"1\"",
          "cache=1.0",
          "cache=?0"
        })
    void wrongTypeOfAnOptionalMember_voidsTheRecord(String member) {
      assertEquals(ErrorCode.WRONG_TYPE, codeOf(() -> withMembers(member)));
    }

    @Test
    void negativeCache_voidsTheRecord() {
      assertEquals(ErrorCode.VALUE_NOT_PERMITTED, codeOf(() -> withMembers("cache=-1")));
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "86400, 86400", "86401, 86400", "999999999999999, 86400"})
  void cacheDuration_isClampedInBothRevisions(long published, long effective)
      throws MalformedFieldException {
    KeyRecord record = withMembers("cache=" + published);
    for (ProtocolVersion version : ProtocolVersion.values()) {
      assertEquals(Duration.ofSeconds(effective), record.cacheDuration(version));
    }
  }

  @Test
  void construction_cacheOutOfRange_refused() throws MalformedFieldException {
    RawPublicKey key = KeyRecord.parse(ED25519).publicKey();
    for (long cache : new long[] {-1, 1_000_000_000_000_000L}) {
      assertThrows(
          IllegalArgumentException.class, () -> new KeyRecord(key, Optional.empty(), cache));
    }
  }
}
