// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.SignatureAlgorithm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import org.junit.jupiter.api.function.Executable;

/** Published test keys and small files of key tests. */
final class KeyFixture {
  /** RFC 8032 section 7.1, TEST 1. */
  static final byte[] ED25519_SEED =
      HexFormat.of().parseHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");

  /** RFC 8032 section 7.1, TEST 1. */
  static final String ED25519_PUBLIC =
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

  /** RFC 8032 section 7.4, Blank. */
  static final byte[] ED448_SEED =
      HexFormat.of()
          .parseHex(
              "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3"
                  + "528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b");

  /** RFC 8032 section 7.4, Blank. */
  static final String ED448_PUBLIC =
      "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778"
          + "edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180";

  private KeyFixture() {}

  static SigningKey ed25519() throws KeyMaterialException {
    return SigningKey.ofSeed(SignatureAlgorithm.ED25519, ED25519_SEED);
  }

  static SigningKey ed448() throws KeyMaterialException {
    return SigningKey.ofSeed(SignatureAlgorithm.ED448, ED448_SEED);
  }

  /** A file of mode 600. */
  static Path file(Path directory, String name, byte[] content) throws IOException {
    return mode(Files.write(directory.resolve(name), content), "rw-------");
  }

  /** A text file of mode 600. */
  static Path file(Path directory, String name, String content) throws IOException {
    return file(directory, name, content.getBytes(StandardCharsets.UTF_8));
  }

  static Path mode(Path file, String permissions) throws IOException {
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }
    return file;
  }

  /** Asserts the code and returns the message. */
  static String refused(ErrorCode code, Executable call) {
    KeyMaterialException e = assertThrows(KeyMaterialException.class, call);
    assertEquals(code, e.code(), e.getMessage());
    return String.valueOf(e.getMessage());
  }

  static void assertContains(String part, String text) {
    if (!text.contains(part)) {
      throw new AssertionError("\"" + part + "\" is not in: " + text);
    }
  }
}
