// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static io.dive.key.KeyFixture.assertContains;
import static io.dive.key.KeyFixture.ed25519;
import static io.dive.key.KeyFixture.ed448;
import static io.dive.key.KeyFixture.file;
import static io.dive.key.KeyFixture.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublicKeyFileTest {
  private Path directory;

  @BeforeEach
  void makeDirectory(@TempDir Path temporary) {
    directory = temporary;
  }

  private RawPublicKey read(String content) throws Exception {
    return new PublicKeyFile(KeyFixture.mode(file(directory, "key", content), "rw-r--r--")).read();
  }

  private String refusedText(String content) {
    return refused(ErrorCode.KEY_FORMAT_UNKNOWN, () -> read(content));
  }

  private static String spki(AlgorithmIdentifier algorithm, byte[] key) throws Exception {
    return new String(
        PemBlock.encode("PUBLIC KEY", new SubjectPublicKeyInfo(algorithm, key).getEncoded()),
        StandardCharsets.US_ASCII);
  }

  @Test
  void read_base64_key() throws Exception {
    for (SigningKey key : new SigningKey[] {ed25519(), ed448()}) {
      assertEquals(key.publicKey(), read(key.publicKey().bytes().toBase64() + "\n"));
    }
  }

  /** RFC 8410 section 10.1. */
  @Test
  void pem_exampleOfRfc8410_bothWays() throws Exception {
    String pem =
        """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
        -----END PUBLIC KEY-----
        """;
    RawPublicKey key = read(pem);
    assertEquals("Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=", key.bytes().toBase64());
    assertEquals(pem, PublicKeyFile.pem(key));
  }

  @Test
  void pem_ed448_readsBack() throws Exception {
    assertEquals(ed448().publicKey(), read(PublicKeyFile.pem(ed448().publicKey())));
  }

  @ParameterizedTest
  @CsvSource({
    "PRIVATE KEY, private key",
    "ENCRYPTED PRIVATE KEY, private key",
    "CERTIFICATE, certificate",
    "RSA PUBLIC KEY, RSA PUBLIC KEY"
  })
  void read_anotherLabel_refusedByName(String label, String named) {
    assertContains(
        named,
        refusedText(
            new String(PemBlock.encode(label, new byte[] {5, 0}), StandardCharsets.US_ASCII)));
  }

  @Test
  void read_anotherAlgorithm_refusedByName() throws Exception {
    assertContains(
        "X25519",
        refusedText(
            spki(new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.3.101.110")), new byte[32])));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 31, 33, 57})
  void read_wrongLength_refused(int length) throws Exception {
    refusedText(spki(AlgorithmOid.of(SignatureAlgorithm.ED25519), new byte[length]));
  }

  @Test
  void read_noPointOnTheCurve_refused() {
    byte[] noPoint = new byte[32];
    noPoint[0] = 2;
    refusedText(Base64.getEncoder().encodeToString(noPoint));
    byte[] tooLarge = new byte[57];
    Arrays.fill(tooLarge, (byte) 0xff);
    refusedText(PublicKeyFile.pem(new RawPublicKey(SignatureAlgorithm.ED448, Bytes.of(tooLarge))));
  }

  @Test
  void read_neitherFormat_refused() {
    refusedText("");
    refusedText("not a key");
    refusedText(Base64.getEncoder().encodeToString(new byte[44]));
    refusedText("-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n");
  }

  @Test
  void read_absent_unreadable() {
    refused(
        ErrorCode.KEY_FILE_UNREADABLE, () -> new PublicKeyFile(directory.resolve("absent")).read());
  }
}
