// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import io.dive.protocol.Excerpt;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads a JSON object of bounded shape. The parser beneath recurses, and takes quadratic time for
 * long numbers; both are ruled out before it sees the text.
 */
final class BoundedJson {
  private static final int MAX_DEPTH = 32;
  private static final int MAX_NUMBER_LENGTH = 64;

  private BoundedJson() {}

  /**
   * Parses strict UTF-8.
   *
   * @throws RejectedException with {@code NOT_UTF8} or {@code NOT_JSON}
   */
  static JsonObject parse(byte[] json) throws RejectedException {
    requireBounded(json);
    // A decoder, unlike a charset, reports malformed input.
    var reader =
        new InputStreamReader(new ByteArrayInputStream(json), StandardCharsets.UTF_8.newDecoder());
    try {
      return JsonParser.object().from(reader);
    } catch (JsonParserException e) {
      if (e.getCause() instanceof CharacterCodingException) {
        throw new RejectedException(UnusableReason.NOT_UTF8, "the text is not UTF-8");
      }
      throw new RejectedException(
          UnusableReason.NOT_JSON,
          "not a JSON object: " + Excerpt.of(String.valueOf(e.getMessage())));
    }
  }

  /** In UTF-8 no byte of a longer character looks like one of ASCII, so bytes are enough. */
  private static void requireBounded(byte[] json) throws RejectedException {
    int depth = 0;
    int numberLength = 0;
    boolean inString = false;
    for (int i = 0; i < json.length; i++) {
      byte c = json[i];
      if (inString) {
        if (c == '\\') {
          i++;
        } else if (c == '"') {
          inString = false;
        }
        continue;
      }
      numberLength = c >= '0' && c <= '9' ? numberLength + 1 : 0;
      if (c == '"') {
        inString = true;
      } else if (c == '{' || c == '[') {
        depth++;
      } else if (c == '}' || c == ']') {
        depth--;
      }
      if (depth > MAX_DEPTH || numberLength > MAX_NUMBER_LENGTH) {
        throw new RejectedException(
            UnusableReason.NOT_JSON, "nested too deeply, or a number of too many digits");
      }
    }
  }
}
