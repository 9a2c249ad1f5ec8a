// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static io.dive.key.KeyFixture.assertContains;
import static io.dive.key.KeyFixture.ed25519;
import static io.dive.key.KeyFixture.ed448;
import static io.dive.key.KeyFixture.file;
import static io.dive.key.KeyFixture.mode;
import static io.dive.key.KeyFixture.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.SignatureAlgorithm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyFileTest {
  private Path directory;

  @BeforeEach
  void makeDirectory(@TempDir Path temporary) {
    directory = temporary;
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private SigningKey read(String content) throws IOException, KeyMaterialException {
    return KeyFile.of(file(directory, "key", content)).read();
  }

  private String refusedText(ErrorCode code, String content) throws IOException {
    Path path = file(directory, "key", content);
    String message = refused(code, () -> KeyFile.of(path).read());
    assertContains(path.toString(), message);
    return message;
  }

  private static byte[] ed25519SeedAndPublic() {
    byte[] both = Arrays.copyOf(KeyFixture.ED25519_SEED, 64);
    System.arraycopy(HexFormat.of().parseHex(KeyFixture.ED25519_PUBLIC), 0, both, 32, 32);
    return both;
  }

  @Nested
  class Base64Text {
    @Test
    void read_ed25519Seed_keyOfRfc8032() throws Exception {
      assertEquals(
          KeyFixture.ED25519_PUBLIC,
          read(base64(KeyFixture.ED25519_SEED)).publicKey().bytes().toString());
    }

    @Test
    void read_ed448Seed_keyOfRfc8032() throws Exception {
      SigningKey key = read(base64(KeyFixture.ED448_SEED) + "\n");
      assertEquals(SignatureAlgorithm.ED448, key.publicKey().algorithm());
      assertEquals(KeyFixture.ED448_PUBLIC, key.publicKey().bytes().toString());
    }

    @Test
    void read_seedAndPublicHalf_key() throws Exception {
      assertEquals(
          ed25519().publicKey(),
          read(" \r\n" + base64(ed25519SeedAndPublic()) + "\t\n").publicKey());
    }

    @Test
    void read_publicHalfOfAnotherKey_mismatch() throws Exception {
      byte[] both = ed25519SeedAndPublic();
      both[40] ^= 1;
      refusedText(ErrorCode.KEY_PAIR_MISMATCH, base64(both));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 33, 48, 56, 58, 63, 65})
    void read_otherLength_refused(int length) throws Exception {
      assertContains(
          "holds " + length + " bytes",
          refusedText(ErrorCode.KEY_FORMAT_UNKNOWN, base64(new byte[length])));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", "AAAA AAAA", "AAAA\nAAAA", "%%%%", "a key", "\u0000\u0001"})
    void read_noBase64_refused(String content) throws Exception {
      refusedText(ErrorCode.KEY_FORMAT_UNKNOWN, content);
    }

    @Test
    void read_paddingMissing_refused() throws Exception {
      refusedText(ErrorCode.KEY_FORMAT_UNKNOWN, base64(KeyFixture.ED25519_SEED).replace("=", ""));
    }
  }

  @Nested
  class Pem {
    private String pem(String label, byte[] der) {
      return new String(PemBlock.encode(label, der), StandardCharsets.US_ASCII);
    }

    private byte[] version2(byte[] publicHalf) throws IOException {
      return new PrivateKeyInfo(
              AlgorithmOid.of(SignatureAlgorithm.ED25519),
              new DEROctetString(KeyFixture.ED25519_SEED),
              null,
              publicHalf)
          .getEncoded();
    }

    /** RFC 8410 section 10.3, first example. */
    @Test
    void read_exampleOfRfc8410_key() throws Exception {
      SigningKey key =
          read(
              """
              -----BEGIN PRIVATE KEY-----
              MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
              -----END PRIVATE KEY-----
              """);
      assertEquals(
          "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=", key.publicKey().bytes().toBase64());
    }

    /** RFC 8410 section 10.3, second example: attributes and the public half. */
    @Test
    void read_exampleOfRfc8410WithPublicHalf_key() throws Exception {
      SigningKey key =
          read(
              """
              -----BEGIN PRIVATE KEY-----
              MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
              oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
              Z9w7lshQhqowtrbLDFw4rXAxZuE=
              -----END PRIVATE KEY-----
              """);
      assertEquals(
          "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=", key.publicKey().bytes().toBase64());
    }

    @Test
    void read_version2OfAnotherPublicHalf_mismatch() throws Exception {
      byte[] other = HexFormat.of().parseHex(KeyFixture.ED25519_PUBLIC);
      assertEquals(ed25519().publicKey(), read(pem("PRIVATE KEY", version2(other))).publicKey());
      other[0] ^= 1;
      refusedText(ErrorCode.KEY_PAIR_MISMATCH, pem("PRIVATE KEY", version2(other)));
      refusedText(ErrorCode.KEY_PAIR_MISMATCH, pem("PRIVATE KEY", version2(new byte[5])));
    }

    @Test
    void read_windowsLineEndsAndTextAround_key() throws Exception {
      String text =
          pem("PRIVATE KEY", Pkcs8.encode(SignatureAlgorithm.ED448, KeyFixture.ED448_SEED));
      assertEquals(
          ed448().publicKey(),
          read("made for the mirror\r\n" + text.replace("\n", "\r\n") + "end\r\n").publicKey());
    }

    @Test
    void read_severalBlocks_refused() throws Exception {
      String text =
          pem("PRIVATE KEY", Pkcs8.encode(SignatureAlgorithm.ED25519, KeyFixture.ED25519_SEED));
      assertContains("several", refusedText(ErrorCode.KEY_FORMAT_UNKNOWN, text + text));
      assertContains(
          "several",
          refusedText(
              ErrorCode.KEY_FORMAT_UNKNOWN, text + PublicKeyFile.pem(ed25519().publicKey())));
    }

    @Test
    void read_cutOff_refused() throws Exception {
      String text =
          pem("PRIVATE KEY", Pkcs8.encode(SignatureAlgorithm.ED25519, KeyFixture.ED25519_SEED));
      assertContains(
          "cut off",
          refusedText(ErrorCode.KEY_FORMAT_UNKNOWN, text.substring(0, text.indexOf("-----END"))));
    }

    @ParameterizedTest
    @CsvSource({
      "PUBLIC KEY, public key",
      "CERTIFICATE, certificate",
      "TRUSTED CERTIFICATE, certificate",
      "RSA PRIVATE KEY, RSA",
      "EC PRIVATE KEY, EC",
      "OPENSSH PRIVATE KEY, OpenSSH key"
    })
    void read_anotherLabel_refusedByName(String label, String named) throws Exception {
      assertContains(
          named, refusedText(ErrorCode.KEY_FORMAT_UNKNOWN, pem(label, new byte[] {5, 0})));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 31, 33, 57})
    void read_seedOfWrongLength_refused(int length) throws Exception {
      refusedText(
          ErrorCode.KEY_FORMAT_UNKNOWN,
          pem("PRIVATE KEY", Pkcs8.encode(SignatureAlgorithm.ED25519, new byte[length])));
    }

    @Test
    void read_trailingBytesOrNoBase64_refused() throws Exception {
      byte[] der = Pkcs8.encode(SignatureAlgorithm.ED25519, KeyFixture.ED25519_SEED);
      refusedText(
          ErrorCode.KEY_FORMAT_UNKNOWN, pem("PRIVATE KEY", Arrays.copyOf(der, der.length + 1)));
      refusedText(ErrorCode.KEY_FORMAT_UNKNOWN, pem("PRIVATE KEY", der).replaceFirst("MC", "M*"));
      Path encrypted = file(directory, "key", pem("ENCRYPTED PRIVATE KEY", der));
      refused(
          ErrorCode.KEY_FORMAT_UNKNOWN,
          () -> KeyFile.of(encrypted, new Passphrase.InEnvironment("PATH")).read());
    }
  }

  @Nested
  class Permissions {
    private Path key;

    @BeforeEach
    void posixOnly() throws IOException {
      assumeTrue(
          directory.getFileSystem().supportedFileAttributeViews().contains("posix"),
          "the file system has no POSIX permissions");
      key = file(directory, "key", base64(KeyFixture.ED25519_SEED));
    }

    @ParameterizedTest
    @CsvSource({
      "rw-r-----, 0640",
      "rw--w----, 0620",
      "rw----r--, 0604",
      "rw-----w-, 0602",
      "rwxrwxrwx, 0777"
    })
    void read_touchableByOthers_refusedWithModeAndRemedy(String permissions, String mode)
        throws Exception {
      mode(key, permissions);
      String message = refused(ErrorCode.KEY_FILE_EXPOSED, () -> KeyFile.of(key).read());
      assertContains(mode, message);
      assertContains("chmod 600 " + key, message);
      assertEquals(
          ed25519().publicKey(), new KeyFile(key, Optional.empty(), true).read().publicKey());
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "r--------", "rwx------"})
    void read_ownerOnly_key(String permissions) throws Exception {
      mode(key, permissions);
      assertEquals(ed25519().publicKey(), KeyFile.of(key).read().publicKey());
    }

    @Test
    void read_symbolicLinks_judgesTheirTarget() throws Exception {
      // As Kubernetes mounts secrets: key -> ..data/key, ..data -> ..2026
      Path version = Files.createDirectory(directory.resolve("..2026"));
      Path target = Files.move(key, version.resolve("key"));
      Files.createSymbolicLink(directory.resolve("..data"), Path.of("..2026"));
      Path link = Files.createSymbolicLink(key, Path.of("..data", "key"));
      assertEquals(ed25519().publicKey(), KeyFile.of(link).read().publicKey());
      mode(target, "rw-r--r--");
      refused(ErrorCode.KEY_FILE_EXPOSED, () -> KeyFile.of(link).read());
    }

    @Test
    void read_exposedPassphraseFile_refused() throws Exception {
      Path passphrase = mode(file(directory, "passphrase", "swordfish\n"), "rw-r--r--");
      Path encrypted = directory.resolve("encrypted");
      Passphrase source = new Passphrase.InFile(passphrase);
      assertContains(
          passphrase.toString(),
          refused(
              ErrorCode.KEY_FILE_EXPOSED, () -> KeyFile.of(encrypted, source).create(ed25519())));
      assertFalse(Files.exists(encrypted));
      KeyFile tolerant = new KeyFile(encrypted, Optional.of(source), true);
      tolerant.create(ed25519());
      assertEquals(ed25519().publicKey(), tolerant.read().publicKey());
      refused(ErrorCode.KEY_FILE_EXPOSED, () -> KeyFile.of(encrypted, source).read());
    }
  }

  @Nested
  class Unreadable {
    @Test
    void read_absentDirectoryOrLoop_unreadable() throws Exception {
      refused(ErrorCode.KEY_FILE_UNREADABLE, () -> KeyFile.of(directory.resolve("absent")).read());
      refused(ErrorCode.KEY_FILE_UNREADABLE, () -> KeyFile.of(directory).read());
      refused(
          ErrorCode.KEY_FILE_UNREADABLE,
          () -> new KeyFile(directory, Optional.empty(), true).read());
      Path loop = Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
      refused(ErrorCode.KEY_FILE_UNREADABLE, () -> KeyFile.of(loop).read());
    }

    @Test
    void read_moreThan64KiB_unreadable() throws Exception {
      String key = base64(KeyFixture.ED25519_SEED);
      assertEquals(
          ed25519().publicKey(),
          read(" ".repeat(SmallFile.MAX_BYTES - key.length()) + key).publicKey());
      refusedText(
          ErrorCode.KEY_FILE_UNREADABLE, " ".repeat(SmallFile.MAX_BYTES + 1 - key.length()) + key);
    }
  }

  @Nested
  class Create {
    @ParameterizedTest
    @EnumSource(SignatureAlgorithm.class)
    void create_plain_readsBackAndIsTheOwnersAlone(SignatureAlgorithm algorithm) throws Exception {
      SigningKey key = algorithm == SignatureAlgorithm.ED25519 ? ed25519() : ed448();
      KeyFile file = KeyFile.of(directory.resolve("new.pem"));
      file.create(key);
      SigningKey back = file.read();
      assertEquals(key.publicKey(), back.publicKey());
      assertArrayEquals(key.seed(), back.seed());
      assertOwnerOnly(file.path());
    }

    @ParameterizedTest
    @EnumSource(SignatureAlgorithm.class)
    void create_encrypted_opensWithItsPassphraseOnly(SignatureAlgorithm algorithm)
        throws Exception {
      SigningKey key = algorithm == SignatureAlgorithm.ED25519 ? ed25519() : ed448();
      Path secret = file(directory, "passphrase", "grüße, 鍵\nsecond line\n");
      KeyFile file = KeyFile.of(directory.resolve("new.pem"), new Passphrase.InFile(secret));
      file.create(key);
      assertOwnerOnly(file.path());
      assertArrayEquals(key.seed(), file.read().seed());
      file(directory, "passphrase", "grüße, 鍵 ");
      refused(ErrorCode.PASSPHRASE_WRONG, file::read);
      refused(ErrorCode.PASSPHRASE_MISSING, () -> KeyFile.of(file.path()).read());
    }

    @Test
    void create_existingFileOrDanglingLink_leftAlone() throws Exception {
      Path taken = file(directory, "taken", "precious");
      refused(ErrorCode.KEY_FILE_UNREADABLE, () -> KeyFile.of(taken).create(ed25519()));
      assertEquals("precious", Files.readString(taken));
      Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("elsewhere"));
      refused(ErrorCode.KEY_FILE_UNREADABLE, () -> KeyFile.of(link).create(ed25519()));
      assertFalse(Files.exists(directory.resolve("elsewhere")));
    }

    @Test
    void create_noDirectory_refused() {
      assertContains(
          "directory",
          refused(
              ErrorCode.KEY_FILE_UNREADABLE,
              () -> KeyFile.of(directory.resolve("no").resolve("key")).create(ed25519())));
    }

    private void assertOwnerOnly(Path path) throws IOException {
      if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        assertEquals(
            "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
      }
      assertTrue(Files.readString(path).endsWith("-----\n"));
    }
  }
}
