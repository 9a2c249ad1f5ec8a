// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.SignatureAlgorithm;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/** Files of raw bytes in base64 (decision 10), with white space around it. */
final class Base64Line {
  private Base64Line() {}

  /**
   * The decoded bytes.
   *
   * @throws KeyMaterialException with {@code KEY_FORMAT_UNKNOWN} if it is not canonical base64
   */
  static byte[] decode(Path path, byte[] content) throws KeyMaterialException {
    int start = 0;
    int end = content.length;
    while (start < end && isBlank(content[start])) {
      start++;
    }
    while (end > start && isBlank(content[end - 1])) {
      end--;
    }
    if (start == end) {
      throw unknown(path, "is empty; put the key there");
    }
    byte[] line = Arrays.copyOfRange(content, start, end);
    try {
      byte[] decoded = Base64.getDecoder().decode(line);
      if (!MessageDigest.isEqual(Base64.getEncoder().encode(decoded), line)) {
        throw unknown(path, "is not canonical base64: padding is missing or unused bits are set");
      }
      return decoded;
    } catch (IllegalArgumentException e) {
      // Without the cause: its message quotes the content.
      throw unknown(
          path,
          "is neither PEM nor one line of base64; convert a DER file with openssl pkey -inform"
              + " DER");
    } finally {
      Arrays.fill(line, (byte) 0);
    }
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t' || b == '\r' || b == '\n';
  }

  /** The algorithm whose seeds and public keys have that many bytes. */
  static Optional<SignatureAlgorithm> algorithmOfLength(int length) {
    return Arrays.stream(SignatureAlgorithm.values())
        .filter(algorithm -> algorithm.keyLength() == length)
        .findFirst();
  }

  private static KeyMaterialException unknown(Path path, String what) {
    return new KeyMaterialException(ErrorCode.KEY_FORMAT_UNKNOWN, path + " " + what);
  }
}
