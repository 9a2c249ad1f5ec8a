// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import io.dive.Vectors;
import io.dive.protocol.Bytes;
import io.dive.protocol.DiveException;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Signing and verifying against RFC 8032, RFC 9421 and Project Wycheproof. */
class SignatureVectorsTest {
  private static final KeyReference KEY = KeyReference.of(new KeyId("key1"));

  @Test
  void rfc8032_seedGivesPublicKeyAndSignature() throws KeyMaterialException {
    List<String> failures = new ArrayList<>();
    int ran = 0;
    for (JsonObject vector : Vectors.array("rfc8032/rfc8032.json")) {
      SignatureAlgorithm algorithm =
          SignatureAlgorithm.fromDraftName(vector.getString("alg")).orElseThrow();
      String id = algorithm + " " + vector.getString("name");
      SigningKey key = SigningKey.ofSeed(algorithm, hex(vector, "seed"));
      byte[] message = hex(vector, "message");
      Bytes signature = Bytes.of(hex(vector, "signature"));
      if (!key.publicKey().bytes().equals(Bytes.of(hex(vector, "public")))) {
        failures.add(id + ": public key");
      }
      if (!key.signer(KEY).sign(message).equals(signature)) {
        failures.add(id + ": signature");
      }
      if (!SignatureVerifier.verify(key.publicKey(), message, signature)) {
        failures.add(id + ": verification");
      }
      ran++;
    }
    assertEquals(List.of(), failures);
    assertEquals(13, ran);
  }

  @ParameterizedTest
  @CsvSource({"ed25519, 151, 88", "ed448, 87, 17"})
  void wycheproof_acceptsExactlyTheValidOnes(String name, int cases, int valid) {
    SignatureAlgorithm algorithm = SignatureAlgorithm.fromDraftName(name).orElseThrow();
    List<String> failures = new ArrayList<>();
    int ran = 0;
    int accepted = 0;
    JsonObject file = Vectors.object("wycheproof/" + name + "_test.json");
    for (JsonObject group : Vectors.objects(file.getArray("testGroups"))) {
      RawPublicKey key =
          new RawPublicKey(algorithm, Bytes.of(hex(group.getObject("publicKey"), "pk")));
      for (JsonObject test : Vectors.objects(group.getArray("tests"))) {
        boolean verified =
            SignatureVerifier.verify(key, hex(test, "msg"), Bytes.of(hex(test, "sig")));
        if (verified != test.getString("result").equals("valid")) {
          failures.add("tcId " + test.getInt("tcId") + " (" + test.getString("comment") + ")");
        }
        accepted += verified ? 1 : 0;
        ran++;
      }
    }
    assertEquals(List.of(), failures);
    assertEquals(cases, ran);
    assertEquals(valid, accepted);
  }

  @Test
  void rfc9421B26_parametersAndSignatureAreTheExamples() throws DiveException {
    JsonObject example = Vectors.object("rfc9421/rfc9421-b26.json");
    SigningKey key =
        SigningKey.ofSeed(
            SignatureAlgorithm.ED25519,
            Bytes.parseBase64(example.getString("private_seed_b64")).toByteArray());
    assertEquals(example.getString("public_b64"), key.publicKey().bytes().toBase64());
    List<MessageSignature> parsed =
        MessageSignature.parse(
            example.getString("signature_input"), example.getString("signature_header"));
    assertEquals(1, parsed.size());
    MessageSignature signature = parsed.get(0);
    assertEquals(example.getString("label"), signature.label());
    assertEquals(example.getString("signature_params"), signature.signatureParams());
    assertEquals(Optional.of(example.getString("key_id")), signature.keyid());
    assertEquals(Optional.empty(), signature.alg());
    assertEquals(6, signature.coveredComponents().size());
    assertEquals(example.getString("signature_input"), MessageSignature.serializeInputs(parsed));
    assertEquals(
        example.getString("signature_header"), MessageSignature.serializeSignatures(parsed));
    byte[] base = example.getString("signature_base").getBytes(StandardCharsets.US_ASCII);
    assertTrue(SignatureVerifier.verify(key.publicKey(), base, signature.signature()));
    assertEquals(signature.signature(), key.signer(KEY).sign(base));
  }

  private static byte[] hex(JsonObject object, String name) {
    return HexFormat.of().parseHex(object.getString(name));
  }
}
