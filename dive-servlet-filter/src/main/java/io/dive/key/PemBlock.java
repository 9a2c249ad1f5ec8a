// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One block of RFC 7468 text. Not a record: its text form must not show the content.
 *
 * @see "RFC 7468 §2, §3"
 */
final class PemBlock {
  private static final Pattern BEGIN = Pattern.compile("-----BEGIN ([^-\r\n]{1,64})-----");
  private static final int LINE_LENGTH = 64;

  private final Path path;
  private final String label;
  private final String base64;

  private PemBlock(Path path, String label, String base64) {
    this.path = path;
    this.label = label;
    this.base64 = base64;
  }

  /** Whether there is a begin line. */
  static boolean isIn(byte[] content) {
    return BEGIN.matcher(latin1(content)).find();
  }

  /**
   * The only block of a file's content. Text before and after it is ignored.
   *
   * @throws KeyMaterialException with {@code KEY_FORMAT_UNKNOWN} if there is not exactly one
   */
  static PemBlock only(Path path, byte[] content) throws KeyMaterialException {
    String text = latin1(content);
    Matcher begin = BEGIN.matcher(text);
    if (!begin.find()) {
      throw unknown(path, "has no PEM begin line");
    }
    String label = begin.group(1);
    int bodyStart = begin.end();
    if (begin.find()) {
      throw unknown(path, "holds several PEM blocks; keep the one with the key");
    }
    int bodyEnd = text.indexOf("-----END " + label + "-----", bodyStart);
    if (bodyEnd < 0) {
      throw unknown(path, "has no line -----END " + label + "-----; it seems cut off");
    }
    return new PemBlock(path, label, text.substring(bodyStart, bodyEnd));
  }

  private static String latin1(byte[] content) {
    return new String(content, StandardCharsets.ISO_8859_1);
  }

  /** What the begin line calls the content. */
  String label() {
    return label;
  }

  /**
   * The decoded content.
   *
   * @throws KeyMaterialException with {@code KEY_FORMAT_UNKNOWN} if it is not base64
   */
  byte[] decode() throws KeyMaterialException {
    try {
      return Base64.getDecoder().decode(base64.replaceAll("[ \t\r\n]", ""));
    } catch (IllegalArgumentException e) {
      // Without the cause: its message quotes the content.
      throw unknown(path, "has a PEM block that is not base64; restore the file");
    }
  }

  private static KeyMaterialException unknown(Path path, String what) {
    return new KeyMaterialException(ErrorCode.KEY_FORMAT_UNKNOWN, path + " " + what);
  }

  /** The text of a block, lines of 64 characters. */
  static byte[] encode(String label, byte[] der) {
    byte[] base64 = Base64.getMimeEncoder(LINE_LENGTH, new byte[] {'\n'}).encode(der);
    ByteArrayOutputStream text = new ByteArrayOutputStream(base64.length + 100);
    text.writeBytes(("-----BEGIN " + label + "-----\n").getBytes(StandardCharsets.US_ASCII));
    text.writeBytes(base64);
    text.writeBytes(("\n-----END " + label + "-----\n").getBytes(StandardCharsets.US_ASCII));
    Arrays.fill(base64, (byte) 0);
    return text.toByteArray();
  }
}
