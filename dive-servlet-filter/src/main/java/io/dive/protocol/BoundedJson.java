// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.IntUnaryOperator;

/**
 * Reads a JSON object of bounded shape from a peer or a file. The parser beneath recurses, and
 * takes quadratic time for long numbers; both are ruled out before it sees the text. Stateless.
 */
public final class BoundedJson {
  private static final int MAX_DEPTH = 32;
  private static final int MAX_NUMBER_LENGTH = 64;

  private BoundedJson() {}

  /**
   * Parses strict UTF-8; bounding the length is for the caller.
   *
   * @param document what the text is, for messages
   * @throws MalformedFieldException with {@link ErrorCode#NOT_UTF8}, {@link ErrorCode#TOO_LARGE}
   *     (nested deeper than 32, or a number of more than 64 digits) or {@link
   *     ErrorCode#MALFORMED_SYNTAX}
   */
  public static JsonObject parse(byte[] json, String document) throws MalformedFieldException {
    // In UTF-8 no byte of a longer character looks like one of ASCII, so bytes are enough.
    requireBounded(json.length, i -> json[i], document);
    // A decoder, unlike a charset, reports malformed input.
    return parse(
        new InputStreamReader(new ByteArrayInputStream(json), StandardCharsets.UTF_8.newDecoder()),
        document);
  }

  /**
   * Parses a text; bounding the length is for the caller.
   *
   * @param document what the text is, for messages
   * @throws MalformedFieldException with {@link ErrorCode#TOO_LARGE} or {@link
   *     ErrorCode#MALFORMED_SYNTAX}
   */
  static JsonObject parse(String text, String document) throws MalformedFieldException {
    requireBounded(text.length(), text::charAt, document);
    return parse(new StringReader(text), document);
  }

  private static JsonObject parse(Reader reader, String document) throws MalformedFieldException {
    try {
      return JsonParser.object().from(reader);
    } catch (JsonParserException e) {
      if (e.getCause() instanceof CharacterCodingException) {
        throw new MalformedFieldException(ErrorCode.NOT_UTF8, document + ": not UTF-8");
      }
      throw new MalformedFieldException(
          ErrorCode.MALFORMED_SYNTAX,
          document + ": not a JSON object: " + Excerpt.of(String.valueOf(e.getMessage())),
          Math.max(0, e.getCharPosition() - 1));
    }
  }

  private static void requireBounded(int length, IntUnaryOperator at, String document)
      throws MalformedFieldException {
    int depth = 0;
    int numberLength = 0;
    boolean inString = false;
    for (int i = 0; i < length; i++) {
      int c = at.applyAsInt(i);
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
        throw new MalformedFieldException(
            ErrorCode.TOO_LARGE,
            document + ": nested too deeply, or a number of too many digits",
            i);
      }
    }
  }
}
