// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.Bytes;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SignatureVerifierTest {
  private static final byte[] MESSAGE = "sha256:a digest".getBytes(StandardCharsets.US_ASCII);

  private static SigningKey key(SignatureAlgorithm algorithm, int seedByte)
      throws KeyMaterialException {
    byte[] seed = new byte[algorithm.keyLength()];
    Arrays.fill(seed, (byte) seedByte);
    return SigningKey.ofSeed(algorithm, seed);
  }

  private static Bytes sign(SigningKey key) throws KeyMaterialException {
    return key.signer(KeyReference.of(new KeyId("key1"))).sign(MESSAGE);
  }

  /** The positions of the single-bit changes of the bytes that the predicate accepts. */
  private static List<Integer> acceptedFlips(Bytes bytes, Predicate<Bytes> accepts) {
    List<Integer> accepted = new ArrayList<>();
    for (int bit = 0; bit < bytes.length() * 8; bit++) {
      byte[] changed = bytes.toByteArray();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      if (accepts.test(Bytes.of(changed))) {
        accepted.add(bit);
      }
    }
    return accepted;
  }

  @ParameterizedTest
  @EnumSource
  void verify_anyBitOfTheSignatureFlipped_refused(SignatureAlgorithm algorithm)
      throws KeyMaterialException {
    RawPublicKey key = key(algorithm, 7).publicKey();
    Bytes signature = sign(key(algorithm, 7));
    assertTrue(SignatureVerifier.verify(key, MESSAGE, signature));
    assertEquals(
        List.of(),
        acceptedFlips(signature, changed -> SignatureVerifier.verify(key, MESSAGE, changed)));
  }

  @ParameterizedTest
  @EnumSource
  void verify_anyBitOfTheMessageFlipped_refused(SignatureAlgorithm algorithm)
      throws KeyMaterialException {
    RawPublicKey key = key(algorithm, 7).publicKey();
    Bytes signature = sign(key(algorithm, 7));
    assertEquals(
        List.of(),
        acceptedFlips(
            Bytes.of(MESSAGE),
            changed -> SignatureVerifier.verify(key, changed.toByteArray(), signature)));
  }

  @ParameterizedTest
  @EnumSource
  void verify_anyBitOfTheKeyFlipped_refused(SignatureAlgorithm algorithm)
      throws KeyMaterialException {
    Bytes signature = sign(key(algorithm, 7));
    assertEquals(
        List.of(),
        acceptedFlips(
            key(algorithm, 7).publicKey().bytes(),
            changed ->
                SignatureVerifier.verify(
                    new RawPublicKey(algorithm, changed), MESSAGE, signature)));
  }

  @ParameterizedTest
  @EnumSource
  void verify_anotherKey_refused(SignatureAlgorithm algorithm) throws KeyMaterialException {
    assertFalse(
        SignatureVerifier.verify(key(algorithm, 8).publicKey(), MESSAGE, sign(key(algorithm, 7))));
  }

  @ParameterizedTest
  @EnumSource
  void verify_wrongLength_refused(SignatureAlgorithm algorithm) throws KeyMaterialException {
    RawPublicKey key = key(algorithm, 7).publicKey();
    byte[] signature = sign(key(algorithm, 7)).toByteArray();
    for (int length : new int[] {0, 1, signature.length - 1, signature.length + 1}) {
      assertFalse(
          SignatureVerifier.verify(key, MESSAGE, Bytes.of(Arrays.copyOf(signature, length))));
    }
  }

  @ParameterizedTest
  @EnumSource
  void verify_keyThatIsNoPoint_refused(SignatureAlgorithm algorithm) throws KeyMaterialException {
    byte[] noPoint = new byte[algorithm.keyLength()];
    Arrays.fill(noPoint, (byte) 0xff);
    assertFalse(
        SignatureVerifier.verify(
            new RawPublicKey(algorithm, Bytes.of(noPoint)), MESSAGE, sign(key(algorithm, 7))));
  }

  @ParameterizedTest
  @EnumSource
  void rawPublicKey_wrongLength_isRefused(SignatureAlgorithm algorithm) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new RawPublicKey(algorithm, Bytes.of(new byte[algorithm.keyLength() + 1])));
  }
}
