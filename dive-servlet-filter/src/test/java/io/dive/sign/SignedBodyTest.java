// SPDX-License-Identifier: Apache-2.0
package io.dive.sign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.Bytes;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SignedBodyTest {
  private static final BodyDigest DIGEST = BodyDigester.digest(HashAlgorithm.SHA_384, new byte[9]);
  private static final Optional<Bytes> SIGNATURE = Optional.of(Bytes.of(new byte[64]));
  private static final List<ProtocolVersion> BOTH = List.of(ProtocolVersion.values());

  private static BodySignature signature(
      String key, Optional<Bytes> draft00, Optional<Bytes> draft01) throws MalformedFieldException {
    return new BodySignature(KeyReference.parse(key), SignatureAlgorithm.ED25519, draft00, draft01);
  }

  private static List<String> names(List<HeaderField> fields) {
    return fields.stream().map(HeaderField::name).toList();
  }

  @Test
  void fields_ofOneRevision_areThatRevisionsOnly() throws MalformedFieldException {
    SignedBody body = new SignedBody(DIGEST, List.of(signature("a", SIGNATURE, SIGNATURE)));
    assertEquals(List.of("DIVE-Sig"), names(body.fields(List.of(ProtocolVersion.DRAFT_00))));
    assertEquals(
        List.of("Content-Digest", "Signature-Input", "Signature"),
        names(body.fields(List.of(ProtocolVersion.DRAFT_01))));
    assertEquals(List.of(), body.fields(List.of()));
  }

  @Test
  void fields_severalKeys_keepTheirOrderInEveryField() throws MalformedFieldException {
    SignedBody body =
        new SignedBody(
            DIGEST,
            List.of(
                signature("new@Example.com.", SIGNATURE, SIGNATURE),
                signature("old", SIGNATURE, SIGNATURE)));
    List<HeaderField> fields = body.fields(BOTH);
    assertEquals(
        "sig1=(\"content-digest\");keyid=\"new@example.com\";alg=\"ed25519\","
            + " sig2=(\"content-digest\");keyid=\"old\";alg=\"ed25519\"",
        fields.get(1).value());
    List<MessageSignature> parsed =
        MessageSignature.parse(fields.get(1).value(), fields.get(2).value());
    assertEquals(List.of("sig1", "sig2"), parsed.stream().map(MessageSignature::label).toList());
    assertEquals(
        "new@example.com:sha384:"
            + SIGNATURE.orElseThrow().toBase64()
            + ", old:sha384:"
            + SIGNATURE.orElseThrow().toBase64(),
        fields.get(3).value());
  }

  @Test
  void fields_keyKnownForOneRevision_isLeftOutOfTheOther() throws MalformedFieldException {
    SignedBody body =
        new SignedBody(
            DIGEST,
            List.of(
                signature("a", SIGNATURE, Optional.empty()),
                signature("b", Optional.empty(), SIGNATURE)));
    List<HeaderField> fields = body.fields(BOTH);
    assertEquals("sig1=(\"content-digest\");keyid=\"b\";alg=\"ed25519\"", fields.get(1).value());
    assertEquals("a:sha384:" + SIGNATURE.orElseThrow().toBase64(), fields.get(3).value());
  }

  @Test
  void fields_noSignatureForARevision_contributesNone() throws MalformedFieldException {
    SignedBody body = new SignedBody(DIGEST, List.of(signature("a", Optional.empty(), SIGNATURE)));
    assertEquals(List.of(), body.fields(List.of(ProtocolVersion.DRAFT_00)));
    assertEquals(3, body.fields(BOTH).size());
  }

  @Test
  void construction_noneOrMoreThanThreeOrRepeatedKeys_refused() throws MalformedFieldException {
    assertThrows(IllegalArgumentException.class, () -> new SignedBody(DIGEST, List.of()));
    List<BodySignature> four =
        List.of(
            signature("a", SIGNATURE, SIGNATURE),
            signature("b", SIGNATURE, SIGNATURE),
            signature("c", SIGNATURE, SIGNATURE),
            signature("d", SIGNATURE, SIGNATURE));
    assertThrows(IllegalArgumentException.class, () -> new SignedBody(DIGEST, four));
    assertEquals(3, new SignedBody(DIGEST, four.subList(0, 3)).signatures().size());
    List<BodySignature> twice =
        List.of(
            signature("a", SIGNATURE, SIGNATURE), signature("a@example.com", SIGNATURE, SIGNATURE));
    assertThrows(IllegalArgumentException.class, () -> new SignedBody(DIGEST, twice));
  }

  @Test
  void bodySignature_wrongLengthOrNone_refused() {
    Optional<Bytes> tooLong = Optional.of(Bytes.of(new byte[65]));
    assertThrows(IllegalArgumentException.class, () -> signature("a", tooLong, Optional.empty()));
    assertThrows(IllegalArgumentException.class, () -> signature("a", Optional.empty(), tooLong));
    assertThrows(
        IllegalArgumentException.class, () -> signature("a", Optional.empty(), Optional.empty()));
  }
}
