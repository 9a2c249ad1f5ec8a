// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static io.dive.key.KeyFixture.assertContains;
import static io.dive.key.KeyFixture.file;
import static io.dive.key.KeyFixture.mode;
import static io.dive.key.KeyFixture.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.SignatureAlgorithm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Key files and signatures, exchanged with the openssl program in both directions. */
@Tag("interop")
class OpensslInteropTest {
  private static final byte[] MESSAGE = "a response body".getBytes(StandardCharsets.UTF_8);

  private Path directory;
  private Path secretFile;
  private Passphrase secret;

  @BeforeEach
  void opensslIsInstalled(@TempDir Path temporary) throws Exception {
    directory = temporary;
    secretFile = file(directory, "passphrase", "grüße 42\n");
    secret = new Passphrase.InFile(secretFile);
    assumeTrue(isInstalled(), "openssl is not installed, or too old for Ed448 (1.1.1)");
  }

  private static boolean isInstalled() throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder("openssl", "genpkey", "-algorithm", "ed448")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException absent) {
      return false;
    }
  }

  /** Runs openssl in the directory and returns what it printed. */
  private String openssl(Object... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("openssl"));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> command + " hangs");
    String printed = Files.readString(output, StandardCharsets.ISO_8859_1);
    assertEquals(0, process.exitValue(), () -> command + ": " + printed);
    return printed;
  }

  private Path path(String name) throws IOException {
    return mode(directory.resolve(name), "rw-------");
  }

  private String publicPem(Object... from) throws Exception {
    List<Object> arguments = new ArrayList<>(List.of("pkey", "-pubout", "-in"));
    arguments.addAll(List.of(from));
    return openssl(arguments.toArray());
  }

  @ParameterizedTest
  @EnumSource(SignatureAlgorithm.class)
  void read_genpkey_sameKey(SignatureAlgorithm algorithm) throws Exception {
    openssl("genpkey", "-algorithm", algorithm, "-out", "key.pem");
    SigningKey key = KeyFile.of(path("key.pem")).read();
    assertEquals(algorithm, key.publicKey().algorithm());
    assertEquals(publicPem("key.pem"), PublicKeyFile.pem(key.publicKey()));
    file(directory, "pub.pem", publicPem("key.pem"));
    assertEquals(key.publicKey(), new PublicKeyFile(directory.resolve("pub.pem")).read());
  }

  @ParameterizedTest
  @EnumSource(SignatureAlgorithm.class)
  void read_genpkeyAes256_sameKey(SignatureAlgorithm algorithm) throws Exception {
    openssl(
        "genpkey", "-algorithm", algorithm, "-aes256", "-pass", "file:passphrase", "-out", "k.pem");
    SigningKey key = KeyFile.of(path("k.pem"), secret).read();
    assertEquals(
        publicPem("k.pem", "-passin", "file:passphrase"), PublicKeyFile.pem(key.publicKey()));
    refused(ErrorCode.PASSPHRASE_MISSING, () -> KeyFile.of(path("k.pem")).read());
    file(directory, "passphrase", "grüße 43\n");
    refused(ErrorCode.PASSPHRASE_WRONG, () -> KeyFile.of(path("k.pem"), secret).read());
  }

  @ParameterizedTest
  @CsvSource({
    "-scrypt, -scrypt",
    "-v2, aes-128-cbc",
    "-v2prf, hmacWithSHA1",
    "-v2prf, hmacWithSHA512",
    "-iter, 100000"
  })
  void read_pkcs8Variants_sameKey(String option, String value) throws Exception {
    openssl("genpkey", "-algorithm", "ed25519", "-out", "plain.pem");
    List<Object> convert =
        new ArrayList<>(
            List.of("pkcs8", "-topk8", "-in", "plain.pem", "-passout", "file:passphrase"));
    convert.addAll(List.of("-out", "k.pem", option));
    if (!option.equals(value)) {
      convert.add(value);
    }
    openssl(convert.toArray());
    assertEquals(
        publicPem("plain.pem"),
        PublicKeyFile.pem(KeyFile.of(path("k.pem"), secret).read().publicKey()));
  }

  @Test
  void read_passphraseInEnvironment_opens() throws Exception {
    assumeTrue(
        System.getenv("PATH").length() < 1000, "PATH is too long for a passphrase of openssl");
    openssl("genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "env:PATH", "-out", "k.pem");
    SigningKey key = KeyFile.of(path("k.pem"), new Passphrase.InEnvironment("PATH")).read();
    assertEquals(publicPem("k.pem", "-passin", "env:PATH"), PublicKeyFile.pem(key.publicKey()));
  }

  @Test
  void read_manyWrongPassphrases_alwaysWrongPassphrase() throws Exception {
    // One in 256 decrypts to something with padding that looks right.
    openssl(
        "genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "file:passphrase", "-out", "k.pem");
    KeyFile encrypted = KeyFile.of(path("k.pem"), secret);
    for (int i = 0; i < 600; i++) {
      Files.writeString(secretFile, "wrong" + i);
      refused(ErrorCode.PASSPHRASE_WRONG, encrypted::read);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "RSA, rsa_keygen_bits:2048, RSA",
    "RSA-PSS, rsa_keygen_bits:2048, RSA-PSS",
    "EC, ec_paramgen_curve:P-256, EC"
  })
  void read_anotherAlgorithm_refusedByName(String algorithm, String option, String name)
      throws Exception {
    openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", "key.pem");
    assertContains(
        "private key of " + name + ",",
        refused(ErrorCode.KEY_FORMAT_UNKNOWN, () -> KeyFile.of(path("key.pem")).read()));
    file(directory, "pub.pem", publicPem("key.pem"));
    assertContains(
        "public key of " + name + ",",
        refused(
            ErrorCode.KEY_FORMAT_UNKNOWN,
            () -> new PublicKeyFile(directory.resolve("pub.pem")).read()));
  }

  @Test
  void read_legacyEncryption_refusedWithRemedy() throws Exception {
    openssl("genpkey", "-algorithm", "ed25519", "-out", "plain.pem");
    openssl(
        "pkcs8",
        "-topk8",
        "-in",
        "plain.pem",
        "-v1",
        "PBE-SHA1-3DES",
        "-passout",
        "file:passphrase",
        "-out",
        "k.pem");
    assertContains(
        "openssl pkcs8 -topk8",
        refused(ErrorCode.KEY_FORMAT_UNKNOWN, () -> KeyFile.of(path("k.pem"), secret).read()));
  }

  @ParameterizedTest
  @EnumSource(SignatureAlgorithm.class)
  void create_plainAndEncrypted_readByOpenssl(SignatureAlgorithm algorithm) throws Exception {
    SigningKey key =
        algorithm == SignatureAlgorithm.ED25519 ? KeyFixture.ed25519() : KeyFixture.ed448();
    KeyFile.of(directory.resolve("plain.pem")).create(key);
    assertEquals(PublicKeyFile.pem(key.publicKey()), publicPem("plain.pem"));
    KeyFile.of(directory.resolve("encrypted.pem"), secret).create(key);
    assertEquals(
        PublicKeyFile.pem(key.publicKey()),
        publicPem("encrypted.pem", "-passin", "file:passphrase"));
    String structure = openssl("asn1parse", "-in", "encrypted.pem");
    for (String part : List.of("PBES2", "PBKDF2", "0927C0", "hmacWithSHA256", "aes-256-cbc")) {
      assertContains(part, structure);
    }
  }

  @ParameterizedTest
  @EnumSource(SignatureAlgorithm.class)
  void sign_verifiedByOpensslAndTheSameBytes(SignatureAlgorithm algorithm) throws Exception {
    openssl("genpkey", "-algorithm", algorithm, "-out", "key.pem");
    Files.write(directory.resolve("message"), MESSAGE);
    Bytes signature =
        KeyFile.of(path("key.pem")).read().signer(KeyReference.of(new KeyId("key1"))).sign(MESSAGE);
    Files.write(directory.resolve("ours"), signature.toByteArray());
    assertContains(
        "Verified Successfully",
        openssl(
            "pkeyutl",
            "-verify",
            "-rawin",
            "-inkey",
            "key.pem",
            "-in",
            "message",
            "-sigfile",
            "ours"));
    openssl("pkeyutl", "-sign", "-rawin", "-inkey", "key.pem", "-in", "message", "-out", "theirs");
    assertArrayEquals(Files.readAllBytes(directory.resolve("theirs")), signature.toByteArray());
  }
}
