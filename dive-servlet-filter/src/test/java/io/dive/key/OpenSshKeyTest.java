// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static io.dive.key.KeyFixture.assertContains;
import static io.dive.key.KeyFixture.ed25519;
import static io.dive.key.KeyFixture.ed448;
import static io.dive.key.KeyFixture.file;
import static io.dive.key.KeyFixture.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.RawPublicKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.util.OpenSSHPrivateKeyUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OpenSSH's formats of private and public keys; its programs are in the interop test. */
class OpenSshKeyTest {
  private static final String SECRET = HexFormat.of().formatHex(KeyFixture.ED25519_SEED);

  private final Path directory;
  private final Path path;

  OpenSshKeyTest(@TempDir Path directory) {
    this.directory = directory;
    this.path = directory.resolve("id");
  }

  @Test
  void encode_anotherReader_sameKey() throws Exception {
    byte[] content = OpenSshKey.encode(ed25519(), "comment");
    Ed25519PrivateKeyParameters read =
        (Ed25519PrivateKeyParameters) OpenSSHPrivateKeyUtil.parsePrivateKeyBlob(content);
    assertEquals(SECRET, HexFormat.of().formatHex(read.getEncoded()));
  }

  @Test
  void decode_anotherWriter_sameKey() throws Exception {
    byte[] content =
        OpenSSHPrivateKeyUtil.encodePrivateKey(
            new Ed25519PrivateKeyParameters(KeyFixture.ED25519_SEED));
    assertEquals(ed25519().publicKey(), OpenSshKey.decode(path, content).publicKey());
  }

  @Test
  void decode_anyByteChangedOrCutOff_refusedWithoutSecrets() throws Exception {
    byte[] content = OpenSshKey.encode(ed25519(), "");
    for (int i = 0; i < content.length; i++) {
      byte[] changed = content.clone();
      changed[i] ^= 1;
      assertRefused(changed);
      assertRefused(Arrays.copyOf(content, i));
    }
    assertRefused(Arrays.copyOf(content, content.length + 1));
  }

  private void assertRefused(byte[] content) {
    KeyMaterialException e =
        assertThrows(KeyMaterialException.class, () -> OpenSshKey.decode(path, content));
    assertTrue(
        List.of(ErrorCode.KEY_FORMAT_UNKNOWN, ErrorCode.KEY_PAIR_MISMATCH).contains(e.code()));
    assertFalse(e.toString().contains(SECRET));
  }

  @Test
  void createOpenSsh_makesBothFiles_orNone() throws Exception {
    KeyFile file = KeyFile.of(path);
    file.createOpenSsh(ed25519(), "dive k1");
    assertEquals(directory.resolve("id.pub"), file.publicFile());
    if (Files.getFileStore(directory).supportsFileAttributeView("posix")) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    }
    assertEquals(ed25519().publicKey(), file.read().publicKey());
    assertEquals(ed25519().publicKey(), new PublicKeyFile(file.publicFile()).read());
    String line = Files.readString(file.publicFile());
    assertTrue(line.startsWith("ssh-ed25519 AAAA") && line.endsWith(" dive k1\n"), line);

    refused(ErrorCode.KEY_FILE_UNREADABLE, () -> file.createOpenSsh(ed25519(), "again"));
    assertEquals(line, Files.readString(file.publicFile()), "left as it was");
    Files.delete(file.publicFile());
    refused(ErrorCode.KEY_FILE_UNREADABLE, () -> file.createOpenSsh(ed25519(), "again"));
    assertFalse(Files.exists(file.publicFile()), "not left behind");
    assertThrows(
        IllegalArgumentException.class,
        () -> KeyFile.of(directory.resolve("x")).createOpenSsh(ed448(), ""));
    assertThrows(
        IllegalArgumentException.class,
        () -> KeyFile.of(directory.resolve("x")).createOpenSsh(ed25519(), "two\nlines"));
  }

  @Test
  void publicLine_readLeniently_keyStrictly() throws Exception {
    String line = OpenSshLine.encode(ed25519().publicKey(), "c");
    String key = line.split(" ", -1)[1];
    for (String good :
        List.of(line, "ssh-ed25519 " + key, "\n ssh-ed25519\t" + key + " a b c \r\n")) {
      assertEquals(ed25519().publicKey(), read(good));
    }
    for (String bad :
        List.of(
            line + line,
            "ssh-ed25519 " + key.substring(0, key.length() - 4),
            "ssh-ed25519 " + key + "AAAA",
            "ssh-ed25519 " + key.replace("AAAAC3Nz", "AAAAC3Nx"),
            "ssh-ed25519",
            "ssh-rsa " + key,
            "ssh-ed25519-cert-v01@openssh.com " + key,
            "restrict " + line)) {
      refused(ErrorCode.KEY_FORMAT_UNKNOWN, () -> read(bad));
    }
    assertContains("ssh-rsa", refused(ErrorCode.KEY_FORMAT_UNKNOWN, () -> read("ssh-rsa " + key)));
  }

  private RawPublicKey read(String content) throws Exception {
    return new PublicKeyFile(file(directory, "key", content.getBytes(StandardCharsets.UTF_8)))
        .read();
  }
}
