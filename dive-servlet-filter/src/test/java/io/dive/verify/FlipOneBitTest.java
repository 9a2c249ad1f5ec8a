// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.SigningKey;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Nothing that verification rests on may change by a single bit. */
class FlipOneBitTest {
  private static final int BITS_OF_OCTET = 8;
  private static final int BITS_OF_ASCII = 7;

  private final SignedSite site = new SignedSite();

  private List<HeaderField> signed(ProtocolVersion version, SignatureAlgorithm algorithm)
      throws Exception {
    SigningKey key = SignedSite.newKey(algorithm);
    site.policy(SignedSite.policy(version)).publish("k1", key);
    return SignedSite.fields(HashAlgorithm.SHA_256, List.of("k1"), List.of(key));
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void bodyWithOneBitFlipped_isRejected(ProtocolVersion version) throws Exception {
    List<HeaderField> fields = signed(version, SignatureAlgorithm.ED25519);
    assertInstanceOf(Verdict.Accepted.class, site.visit(fields).verdict());
    for (int i = 0; i < SignedSite.BODY.length * BITS_OF_OCTET; i++) {
      byte[] body = SignedSite.BODY.clone();
      body[i / BITS_OF_OCTET] ^= (byte) (1 << (i % BITS_OF_OCTET));
      assertInstanceOf(Verdict.Rejected.class, site.visit(fields, body).verdict());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DRAFT_00, ED25519, DIVE-Sig",
    "DRAFT_00, ED448, DIVE-Sig",
    "DRAFT_01, ED25519, Signature",
    "DRAFT_01, ED25519, Signature-Input",
    "DRAFT_01, ED25519, Content-Digest",
    "DRAFT_01, ED448, Signature",
    "DRAFT_01, ED448, Signature-Input"
  })
  void fieldWithOneBitFlipped_isRejected(
      ProtocolVersion version, SignatureAlgorithm algorithm, String name) throws Exception {
    List<HeaderField> fields = signed(version, algorithm);
    String value = SignedSite.value(fields, name);
    List<String> accepted = new ArrayList<>();
    for (int i = 0; i < value.length() * BITS_OF_ASCII; i++) {
      StringBuilder changed = new StringBuilder(value);
      int at = i / BITS_OF_ASCII;
      changed.setCharAt(at, (char) (value.charAt(at) ^ (1 << (i % BITS_OF_ASCII))));
      Verdict verdict = site.visit(SignedSite.replace(fields, name, changed.toString())).verdict();
      if (verdict instanceof Verdict.Accepted) {
        accepted.add(changed.toString());
      }
    }
    // DIVE-Sig does not sign the Key ID, and DNS does not tell its case (decision 32).
    if (name.equals(FieldNames.DIVE_SIG)) {
      assertEquals(List.of(value.replaceFirst("k1", "K1")), accepted);
    } else {
      assertEquals(List.of(), accepted);
    }
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void keyWithOneBitFlipped_isRejected(ProtocolVersion version) throws Exception {
    SigningKey key = SignedSite.newKey();
    List<HeaderField> fields = SignedSite.fields("k1", key);
    site.policy(SignedSite.policy(version));
    byte[] raw = key.publicKey().bytes().toByteArray();
    for (int i = 0; i < raw.length * BITS_OF_OCTET; i++) {
      byte[] flipped = raw.clone();
      flipped[i / BITS_OF_OCTET] ^= (byte) (1 << (i % BITS_OF_OCTET));
      String base64 = java.util.Base64.getEncoder().encodeToString(flipped);
      site.dns.put("k1._divekey.example.com", "sig=\"ed25519\", key=:" + base64 + ":");
      Verdict verdict = site.visit(fields).verdict();
      assertTrue(
          verdict instanceof Verdict.Rejected, () -> verdict.toString().toLowerCase(Locale.ROOT));
    }
  }
}
