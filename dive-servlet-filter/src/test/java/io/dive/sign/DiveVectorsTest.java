// SPDX-License-Identifier: Apache-2.0
package io.dive.sign;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.grack.nanojson.JsonObject;
import io.dive.Vectors;
import io.dive.key.SignatureVerifier;
import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.Bytes;
import io.dive.protocol.ContentDigest;
import io.dive.protocol.DiveException;
import io.dive.protocol.DiveSig;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The project's own vectors for both drafts, signed and verified back. */
class DiveVectorsTest {
  private final List<String> failures = new ArrayList<>();

  @Test
  void signingGivesTheseVeryBytes() throws DiveException {
    int ran = 0;
    for (JsonObject vector : Vectors.array("dive/signing.json")) {
      check(new Case(vector));
      ran++;
    }
    assertEquals(List.of(), failures);
    assertEquals(36, ran);
  }

  private record Case(JsonObject json) {
    String name() {
      return json.getString("name");
    }

    JsonObject draft00() {
      return json.getObject("draft00");
    }

    JsonObject draft01() {
      return json.getObject("draft01");
    }
  }

  private void expect(Case vector, String what, Object expected, Object actual) {
    if (!Objects.equals(expected, actual)) {
      failures.add(vector.name() + ": " + what + " is " + actual + ", not " + expected);
    }
  }

  private void check(Case vector) throws DiveException {
    SignatureAlgorithm algorithm =
        SignatureAlgorithm.fromDraftName(vector.json().getString("alg")).orElseThrow();
    HashAlgorithm hash = HashAlgorithm.fromDraftName(vector.json().getString("hash")).orElseThrow();
    SigningKey key = SigningKey.ofSeed(algorithm, base64(vector.json(), "seed_b64").toByteArray());
    expect(vector, "public key", base64(vector.json(), "public_b64"), key.publicKey().bytes());
    Signer signer = key.signer(KeyReference.parse(vector.json().getString("key_id")));

    Bytes body = base64(vector.json(), "body_b64");
    expect(vector, "body length", vector.json().getInt("body_length"), body.length());
    BodyDigest digest = BodyDigester.digest(hash, body.toByteArray());
    expect(vector, "digest", base64(vector.json(), "digest_b64"), digest.value());

    checkInputs(vector, digest, signer);
    ResponseSigner responses =
        new ResponseSigner(List.of(signer), EnumSet.allOf(ProtocolVersion.class), 0);
    checkSignatures(vector, responses.sign(digest));
    expect(vector, "fields", fields(vector), responses.fields(digest));
    verifyBack(vector, responses.fields(digest), digest, signer);
  }

  private void checkInputs(Case vector, BodyDigest digest, Signer signer)
      throws MalformedFieldException {
    expect(
        vector,
        "draft-00 signed bytes",
        base64(vector.draft00(), "signed_b64"),
        Bytes.of(digest.draft00SignedBytes()));
    expect(
        vector,
        "digest key",
        vector.draft01().getString("digest_algorithm"),
        digest.algorithm().digestKey());
    expect(vector, "label", vector.draft01().getString("label"), MessageSignature.labelAt(0));
    expect(
        vector,
        "signature base",
        vector.draft01().getString("signature_base"),
        new String(
            MessageSignature.signatureBase(
                digest.contentDigest(),
                MessageSignature.signatureParams(signer.key(), signer.publicKey().algorithm())),
            StandardCharsets.US_ASCII));
  }

  private void checkSignatures(Case vector, SignedBody signed) throws MalformedFieldException {
    BodySignature signature = signed.signatures().get(0);
    expect(
        vector,
        "draft-00 signature",
        base64(vector.draft00(), "signature_b64"),
        signature.draft00().orElseThrow());
    expect(
        vector,
        "draft-01 signature",
        base64(vector.draft01(), "signature_b64"),
        signature.draft01().orElseThrow());
  }

  private static List<HeaderField> fields(Case vector) {
    return List.of(
        new HeaderField("Content-Digest", vector.draft01().getString("content_digest")),
        new HeaderField("Signature-Input", vector.draft01().getString("signature_input")),
        new HeaderField("Signature", vector.draft01().getString("signature")),
        new HeaderField("DIVE-Sig", vector.draft00().getString("dive_sig")));
  }

  /** From the field values alone, as a client has them. */
  private void verifyBack(Case vector, List<HeaderField> fields, BodyDigest digest, Signer signer)
      throws MalformedFieldException {
    ContentDigest contentDigest = ContentDigest.parse(fields.get(0).value());
    expect(vector, "parsed digest", List.of(digest), contentDigest.permitted());
    List<MessageSignature> signatures =
        MessageSignature.parse(fields.get(1).value(), fields.get(2).value());
    expect(vector, "number of signatures", 1, signatures.size());
    byte[] base =
        MessageSignature.signatureBase(
            contentDigest.serialize(), signatures.get(0).signatureParams());
    expect(
        vector,
        "draft-01 verification",
        true,
        SignatureVerifier.verify(signer.publicKey(), base, signatures.get(0).signature()));
    DiveSig diveSig = DiveSig.parse(fields.get(3).value());
    expect(vector, "DIVE-Sig hash", digest.algorithm(), diveSig.entries().get(0).hash());
    expect(
        vector,
        "draft-00 verification",
        true,
        SignatureVerifier.verify(
            signer.publicKey(), digest.draft00SignedBytes(), diveSig.entries().get(0).signature()));
  }

  private static Bytes base64(JsonObject object, String name) throws MalformedFieldException {
    return Bytes.parseBase64(object.getString(name));
  }
}
