// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.SignatureAlgorithm;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/**
 * Object identifiers of key algorithms.
 *
 * @see "RFC 8410 §3"
 */
final class AlgorithmOid {
  private static final Map<ASN1ObjectIdentifier, String> UNSUPPORTED =
      Map.of(
          PKCSObjectIdentifiers.rsaEncryption, "RSA",
          PKCSObjectIdentifiers.id_RSASSA_PSS, "RSA-PSS",
          X9ObjectIdentifiers.id_ecPublicKey, "EC",
          X9ObjectIdentifiers.id_dsa, "DSA",
          EdECObjectIdentifiers.id_X25519, "X25519",
          EdECObjectIdentifiers.id_X448, "X448");

  private AlgorithmOid() {}

  /** The identifier, which has no parameters. */
  static AlgorithmIdentifier of(SignatureAlgorithm algorithm) {
    return new AlgorithmIdentifier(
        switch (algorithm) {
          case ED25519 -> EdECObjectIdentifiers.id_Ed25519;
          case ED448 -> EdECObjectIdentifiers.id_Ed448;
        });
  }

  /** The algorithm; empty if DIVE does not permit it or there are parameters. */
  static Optional<SignatureAlgorithm> algorithm(AlgorithmIdentifier identifier) {
    return Arrays.stream(SignatureAlgorithm.values())
        .filter(algorithm -> of(algorithm).equals(identifier))
        .findFirst();
  }

  /** What people call an algorithm that is not permitted. */
  static String name(AlgorithmIdentifier identifier) {
    ASN1ObjectIdentifier oid = identifier.getAlgorithm();
    return UNSUPPORTED.getOrDefault(oid, "algorithm " + oid.getId());
  }
}
