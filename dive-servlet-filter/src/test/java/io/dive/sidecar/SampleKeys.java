// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.sign.BodyDigester;
import io.dive.sign.ResponseSigner;
import io.dive.sign.SignedBody;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Signers with fixed keys, and sidecars made with them. */
final class SampleKeys {
  static final Set<ProtocolVersion> BOTH = EnumSet.allOf(ProtocolVersion.class);
  static final Signer ED25519 = signer(SignatureAlgorithm.ED25519, 1, "key1");
  static final Signer ED25519_OTHER = signer(SignatureAlgorithm.ED25519, 2, "key2");
  static final Signer ED448 = signer(SignatureAlgorithm.ED448, 3, "key3@example.com");

  private SampleKeys() {}

  static Signer signer(SignatureAlgorithm algorithm, int seed, String key) {
    byte[] bytes = new byte[algorithm.keyLength()];
    Arrays.fill(bytes, (byte) seed);
    try {
      return SigningKey.ofSeed(algorithm, bytes).signer(KeyReference.parse(key));
    } catch (io.dive.protocol.DiveException e) {
      throw new IllegalStateException(e);
    }
  }

  static SignedBody sign(byte[] content, Signer... signers) throws Exception {
    return new ResponseSigner(List.of(signers), BOTH, 0)
        .sign(BodyDigester.digest(HashAlgorithm.SHA_256, content));
  }

  static Sidecar sidecar(byte[] content, Signer... signers) throws Exception {
    Map<KeyReference, RawPublicKey> publicKeys = new LinkedHashMap<>();
    for (Signer signer : signers) {
      publicKeys.put(signer.key(), signer.publicKey());
    }
    return new Sidecar(content.length, sign(content, signers), publicKeys, Optional.empty());
  }

  /** Writes the sidecar as any tool would, without a rename. */
  static void writeSidecar(Path file, Signer... signers) throws Exception {
    Files.write(Sidecar.pathFor(file), sidecar(Files.readAllBytes(file), signers).serialize());
  }
}
