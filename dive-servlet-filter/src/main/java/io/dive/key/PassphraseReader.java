// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/** Fetches a passphrase when it is needed. The caller overwrites the array after use. */
final class PassphraseReader {
  private PassphraseReader() {}

  /**
   * The passphrase, at least one character.
   *
   * @throws KeyMaterialException with {@code PASSPHRASE_MISSING} if there is none or it is empty,
   *     {@code PASSPHRASE_WRONG} if it is not UTF-8, {@code KEY_FILE_EXPOSED} for its file
   */
  static char[] read(Passphrase source, boolean allowExposed) throws KeyMaterialException {
    char[] passphrase =
        source instanceof Passphrase.InFile file
            ? firstLine(file.path(), allowExposed)
            : variable(((Passphrase.InEnvironment) source).variable());
    if (passphrase.length == 0) {
      throw missing("the passphrase in " + source + " is empty; put it there");
    }
    return passphrase;
  }

  private static char[] variable(String name) throws KeyMaterialException {
    String value = System.getenv(name);
    if (value == null) {
      throw missing("environment variable " + name + " with the passphrase is not set; set it");
    }
    return value.toCharArray();
  }

  private static char[] firstLine(Path path, boolean allowExposed) throws KeyMaterialException {
    byte[] content = content(path, allowExposed);
    int end = 0;
    while (end < content.length && content[end] != '\n' && content[end] != '\r') {
      end++;
    }
    try {
      CharBuffer decoded =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content, 0, end));
      char[] line = Arrays.copyOf(decoded.array(), decoded.limit());
      Arrays.fill(decoded.array(), '\0');
      return line;
    } catch (CharacterCodingException e) {
      throw new KeyMaterialException(
          ErrorCode.PASSPHRASE_WRONG,
          "the passphrase in file " + path + " is not UTF-8 text; save it as UTF-8");
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  private static byte[] content(Path path, boolean allowExposed) throws KeyMaterialException {
    try {
      return allowExposed ? SmallFile.read(path) : SmallFile.readOwnerOnly(path);
    } catch (KeyMaterialException e) {
      throw e.code() == ErrorCode.KEY_FILE_UNREADABLE
          ? new KeyMaterialException(
              ErrorCode.PASSPHRASE_MISSING, "passphrase file: " + e.getMessage(), e)
          : e;
    }
  }

  private static KeyMaterialException missing(String message) {
    return new KeyMaterialException(ErrorCode.PASSPHRASE_MISSING, message);
  }
}
