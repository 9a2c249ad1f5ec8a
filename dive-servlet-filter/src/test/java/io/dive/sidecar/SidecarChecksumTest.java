// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static io.dive.sidecar.SampleKeys.ED25519;
import static io.dive.sidecar.SampleKeys.ED25519_OTHER;
import static io.dive.sidecar.SampleKeys.ED448;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.Signer;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the checksum of a sidecar lets a second run leave alone, and what it does not. */
class SidecarChecksumTest extends TreeSignerSuite {
  private static final Sidecar.SignedState STATE =
      new Sidecar.SignedState(
          Instant.parse("2026-05-04T03:02:01.000000001Z"), Instant.ofEpochSecond(1_800_000_000), 7);

  private static SidecarChecksum checksum(HashAlgorithm hash, Signer... signers) {
    Map<KeyReference, RawPublicKey> keys = new LinkedHashMap<>();
    for (Signer signer : signers) {
      keys.put(signer.key(), signer.publicKey());
    }
    return new SidecarChecksum(hash, keys);
  }

  private static byte[] text(Signer... signers) throws Exception {
    Sidecar plain = SampleKeys.sidecar("content".getBytes(US_ASCII), signers);
    return new Sidecar(plain.fileSize(), plain.body(), plain.publicKeys(), Optional.of(STATE))
        .serialize();
  }

  @Test
  void sidecarWithItsChecksum_isConfirmed_andSaysWhatItSaidBefore() throws Exception {
    SidecarChecksum checksum = checksum(HashAlgorithm.SHA_256, ED25519, ED448);
    byte[] text = text(ED25519, ED448);
    byte[] whole = checksum.addTo(text, 7, STATE);
    assertTrue(checksum.confirms(whole, 7, STATE));
    assertEquals(Sidecar.parse(text), Sidecar.parse(whole));
    assertFalse(checksum.confirms(text, 7, STATE));
    assertThrows(
        IllegalArgumentException.class,
        () -> checksum.addTo(Arrays.copyOf(text, text.length - 1), 7, STATE));
  }

  @Test
  void sidecarWithOneOtherByte_orCutOff_isNotConfirmed() throws Exception {
    SidecarChecksum checksum = checksum(HashAlgorithm.SHA_256, ED25519);
    byte[] whole = checksum.addTo(text(ED25519), 7, STATE);
    for (int i = 0; i < whole.length; i++) {
      byte[] other = whole.clone();
      other[i] ^= 1;
      assertFalse(checksum.confirms(other, 7, STATE), "byte " + i);
      assertFalse(checksum.confirms(Arrays.copyOf(whole, i), 7, STATE), i + " bytes");
    }
    assertFalse(checksum.confirms(Arrays.copyOf(whole, whole.length + 1), 7, STATE));
  }

  @Test
  void otherKeysHashSizeOrState_isNotConfirmed() throws Exception {
    byte[] whole =
        checksum(HashAlgorithm.SHA_256, ED25519, ED448).addTo(text(ED25519, ED448), 7, STATE);
    Signer sameName = SampleKeys.signer(SignatureAlgorithm.ED25519, 9, "key1");
    Signer renamed = SampleKeys.signer(SignatureAlgorithm.ED25519, 1, "key1@example.com");
    for (SidecarChecksum other :
        List.of(
            checksum(HashAlgorithm.SHA_512, ED25519, ED448),
            checksum(HashAlgorithm.SHA_256, ED25519),
            checksum(HashAlgorithm.SHA_256, ED448, ED25519),
            checksum(HashAlgorithm.SHA_256, sameName, ED448),
            checksum(HashAlgorithm.SHA_256, renamed, ED448),
            checksum(HashAlgorithm.SHA_256, ED25519, ED25519_OTHER, ED448))) {
      assertFalse(other.confirms(whole, 7, STATE));
    }
    SidecarChecksum same = checksum(HashAlgorithm.SHA_256, ED25519, ED448);
    assertTrue(same.confirms(whole, 7, STATE));
    assertFalse(same.confirms(whole, 77, STATE));
    Instant later = Instant.ofEpochSecond(1_900_000_000);
    for (Sidecar.SignedState state :
        List.of(
            new Sidecar.SignedState(later, STATE.changed(), 7),
            new Sidecar.SignedState(STATE.modified(), later, 7),
            new Sidecar.SignedState(STATE.modified(), STATE.changed(), 77))) {
      assertFalse(same.confirms(whole, 7, state), state::toString);
    }
  }

  @Test
  void sidecarThatWasWrittenBySign_isConfirmedForItsFile() throws Exception {
    Path file = signed("file", "content");
    byte[] sidecar = Files.readAllBytes(Sidecar.pathFor(file));
    Sidecar.SignedState state = sidecarOf(file).signedState().orElseThrow();
    assertTrue(checksum(HashAlgorithm.SHA_256, ED25519).confirms(sidecar, 7, state));
  }

  @Test
  void sidecarOfAnotherFile_isReplaced() throws Exception {
    Path file = signed("file", "content");
    Path other = signed("other", "CONTENT");
    Files.copy(Sidecar.pathFor(other), Sidecar.pathFor(file), StandardCopyOption.REPLACE_EXISTING);
    SigningSummary summary = sign(ED25519);
    assertEquals(1, summary.signed());
    assertEquals(1, summary.unchanged());
    requireRight(file, ED25519);
  }

  @Test
  void sidecarsOfTwoFilesThatWereSwapped_areReplaced() throws Exception {
    Path file = signed("file", "content");
    Path other = signed("other", "CONTENT");
    Path between = tree.resolve("between");
    Files.move(file, between);
    Files.move(other, file);
    Files.move(between, other);
    assertEquals(2, sign(ED25519).signed());
    requireRight(file, ED25519);
    requireRight(other, ED25519);
  }

  @Test
  void signatureOfAnotherKeyInTheText_isReplaced() throws Exception {
    Path file = signed("file", "content");
    byte[] right = Files.readAllBytes(Sidecar.pathFor(file));
    Signer sameName = SampleKeys.signer(SignatureAlgorithm.ED25519, 9, "key1");
    sign(sameName);
    assertEquals(1, sign(ED25519).signed(), "a foreign sidecar, whole");
    requireRight(file, ED25519);
    String foreign =
        SampleKeys.sidecar("content".getBytes(US_ASCII), sameName)
            .body()
            .signatures()
            .get(0)
            .draft01()
            .orElseThrow()
            .toBase64();
    String own = sidecarOf(file).body().signatures().get(0).draft01().orElseThrow().toBase64();
    Files.writeString(
        Sidecar.pathFor(file), new String(right, US_ASCII).replace(own, foreign), US_ASCII);
    assertEquals(1, sign(ED25519).signed(), "a foreign signature in a sidecar of our own");
    requireRight(file, ED25519);
  }

  @Test
  void rightSidecarWithoutChecksum_isKeptAndGetsOne() throws Exception {
    Path file = signed("file", "content");
    Path sidecar = Sidecar.pathFor(file);
    byte[] whole = Files.readAllBytes(sidecar);
    Sidecar said = sidecarOf(file);
    String reformatted = new String(whole, US_ASCII).replace("\n", "\r\n");
    for (byte[] odd : List.of(said.serialize(), reformatted.getBytes(US_ASCII))) {
      Files.write(sidecar, odd);
      SigningSummary summary = sign(ED25519);
      assertEquals(1, summary.unchanged());
      assertEquals(0, summary.bytesHashed());
      assertArrayEquals(whole, Files.readAllBytes(sidecar));
    }
  }

  /** The trade: such a sidecar stays until the next {@code --force}, and no server sends it. */
  @Test
  void wrongSignatureUnderARightChecksum_isRefusedByServers_andReplacedByForce() throws Exception {
    Path file = signed("file", "content");
    Sidecar said = sidecarOf(file);
    String own = said.body().signatures().get(0).draft00().orElseThrow().toBase64();
    char other = own.charAt(0) == 'A' ? 'B' : 'A';
    String forged = new String(said.serialize(), US_ASCII).replace(own, other + own.substring(1));
    Files.write(
        Sidecar.pathFor(file),
        checksum(HashAlgorithm.SHA_256, ED25519)
            .addTo(forged.getBytes(US_ASCII), 7, said.signedState().orElseThrow()));
    assertEquals(1, sign(ED25519).unchanged());
    Unusable verdict =
        assertInstanceOf(
            Unusable.class,
            new SidecarFiles(SampleKeys.BOTH, 10, SidecarListener.NONE)
                .find(file, FileAttributes.read(file)));
    assertEquals(UnusableReason.SIGNATURE_MISMATCH, verdict.reason());
    assertEquals(1, sign(new TreeSigner.Options(true, false, 1), ED25519).signed());
    requireRight(file, ED25519);
  }

  private Path signed(String name, String content) throws IOException, InterruptedException {
    Path file = write(name, content);
    awaitTick();
    assertEquals(1, sign(ED25519).signed());
    return file;
  }
}
