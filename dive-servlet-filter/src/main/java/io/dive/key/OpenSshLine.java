// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.RawPublicKey;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A public key as OpenSSH writes it: {@code ssh-ed25519 AAAA... comment} in one line.
 *
 * @see "RFC 4253 §6.6; RFC 8709 §4"
 */
final class OpenSshLine {
  /** Certificates, security keys and other algorithms too, to be refused by name. */
  private static final Pattern LINE =
      Pattern.compile(
          "\\s*((?:ssh-|ecdsa-|sk-)[a-z0-9@.-]{1,64})[ \\t]+([A-Za-z0-9+/=]+)([ \\t][^\\r\\n]*)?\\s*");

  private OpenSshLine() {}

  /** Whether the content is such a line, of whatever algorithm. */
  static boolean isIn(byte[] content) {
    return matcher(content).matches();
  }

  private static Matcher matcher(byte[] content) {
    return LINE.matcher(new String(content, StandardCharsets.ISO_8859_1));
  }

  /**
   * The key of a file's content.
   *
   * @throws KeyMaterialException with {@code KEY_FORMAT_UNKNOWN} if it is not Ed25519, or damaged
   */
  static RawPublicKey decode(Path path, byte[] content) throws KeyMaterialException {
    Matcher line = matcher(content);
    if (!line.matches()) {
      throw unknown(path, "is no line as OpenSSH writes it");
    }
    if (!line.group(1).equals(SshFields.ED25519)) {
      throw unknown(
          path,
          "holds a public key of %s; make one with ssh-keygen -t ed25519"
              .formatted(Excerpt.of(line.group(1))));
    }
    try {
      return SshFields.publicKey(Base64.getDecoder().decode(line.group(2)));
    } catch (IllegalArgumentException | ProtocolException e) {
      throw unknown(path, "holds a damaged public key of OpenSSH; restore the file");
    }
  }

  /** The line, with a line end. */
  static String encode(RawPublicKey key, String comment) {
    return "%s %s %s\n"
        .formatted(
            SshFields.ED25519,
            Base64.getEncoder().encodeToString(SshFields.publicKey(key)),
            comment);
  }

  private static KeyMaterialException unknown(Path path, String what) {
    return new KeyMaterialException(ErrorCode.KEY_FORMAT_UNKNOWN, path + " " + what);
  }
}
