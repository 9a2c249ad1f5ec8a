// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.greenbytes.http.sfv.ByteSequenceItem;
import org.greenbytes.http.sfv.Dictionary;
import org.greenbytes.http.sfv.InnerList;
import org.greenbytes.http.sfv.IntegerItem;
import org.greenbytes.http.sfv.Item;
import org.greenbytes.http.sfv.ListElement;
import org.greenbytes.http.sfv.ParseException;
import org.greenbytes.http.sfv.Parser;
import org.greenbytes.http.sfv.StringItem;

/**
 * A parsed RFC 9651 dictionary with typed look-ups. Every failure names the member and the document
 * that asks for it. The library is of RFC 8941: a Date or a Display String, which none of the
 * documents uses, is malformed.
 */
final class StructuredDictionary {
  private final String document;
  private final Map<String, ListElement<? extends Object>> members;

  private StructuredDictionary(
      String document, Map<String, ListElement<? extends Object>> members) {
    this.document = document;
    this.members = members;
  }

  /**
   * Parses strictly, base64 included, also in members nobody asks for (decision 10).
   *
   * @param document what the text is and where its rules stand, for messages
   * @throws MalformedFieldException with {@link ErrorCode#MALFORMED_SYNTAX} or {@link
   *     ErrorCode#MALFORMED_BASE64} and the offset
   */
  static StructuredDictionary parse(String text, String document) throws MalformedFieldException {
    // RFC 9651 §4.2 step 2 discards leading blanks; the library does not.
    int blanks = 0;
    while (blanks < requireNonNull(text, "text").length() && text.charAt(blanks) == ' ') {
      blanks++;
    }
    try {
      Dictionary dictionary = new Parser(text.substring(blanks)).parseDictionary();
      requireCanonicalBase64(text, document);
      return new StructuredDictionary(document, dictionary.get());
    } catch (ParseException e) {
      throw new MalformedFieldException(
          ErrorCode.MALFORMED_SYNTAX,
          document + ": not an RFC 9651 dictionary: " + Excerpt.of(String.valueOf(e.getMessage())),
          blanks + Math.max(0, e.getPosition()));
    }
  }

  /**
   * Checks what the library forgives: missing padding and unused bits that are set.
   *
   * @param text a well-formed dictionary
   */
  private static void requireCanonicalBase64(String text, String document)
      throws MalformedFieldException {
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '"') {
        i = closingQuote(text, i);
      } else if (c == ':' && "=( ".indexOf(text.charAt(i - 1)) >= 0) {
        // A colon inside a token never follows one of these three.
        int end = text.indexOf(':', i + 1);
        try {
          Bytes.parseBase64(text.substring(i + 1, end));
        } catch (MalformedFieldException e) {
          throw e.within(document, i + 1);
        }
        i = end;
      }
      i++;
    }
  }

  private static int closingQuote(String text, int openingQuote) {
    int i = openingQuote + 1;
    while (text.charAt(i) != '"') {
      i += text.charAt(i) == '\\' ? 2 : 1;
    }
    return i;
  }

  /**
   * Checks that a text can stand in a String (RFC 9651 §3.3.3).
   *
   * @throws IllegalArgumentException if it holds something else than printable ASCII
   */
  static void requireString(String component, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < 0x20 || text.charAt(i) >= 0x7f) {
        throw new IllegalArgumentException(
            component + " holds something else than printable ASCII: " + Excerpt.of(text));
      }
    }
  }

  /** The members in order of first appearance, duplicates resolved to the last (decision 12). */
  Map<String, ListElement<? extends Object>> members() {
    return members;
  }

  MalformedFieldException error(ErrorCode code, String problem) {
    return new MalformedFieldException(code, document + ": " + problem);
  }

  private MalformedFieldException wrongType(String member, String expected) {
    return error(ErrorCode.WRONG_TYPE, "member \"" + member + "\" is not " + expected);
  }

  MalformedFieldException missing(String member) {
    return error(ErrorCode.MISSING_MEMBER, "member \"" + member + "\" is missing");
  }

  Optional<String> string(String member) throws MalformedFieldException {
    ListElement<?> element = members.get(member);
    if (element == null) {
      return Optional.empty();
    }
    if (element instanceof StringItem item) {
      return Optional.of(item.get());
    }
    throw wrongType(member, "a String");
  }

  Optional<Long> integer(String member) throws MalformedFieldException {
    ListElement<?> element = members.get(member);
    if (element == null) {
      return Optional.empty();
    }
    if (element instanceof IntegerItem item) {
      return Optional.of(item.getAsLong());
    }
    throw wrongType(member, "an Integer");
  }

  Optional<Bytes> byteSequence(String member) throws MalformedFieldException {
    ListElement<?> element = members.get(member);
    if (element == null) {
      return Optional.empty();
    }
    if (element instanceof ByteSequenceItem item) {
      return Optional.of(bytes(item));
    }
    throw wrongType(member, "a Byte Sequence");
  }

  private static Bytes bytes(ByteSequenceItem item) {
    ByteBuffer buffer = item.get().duplicate();
    byte[] copy = new byte[buffer.remaining()];
    buffer.get(copy);
    return Bytes.of(copy);
  }

  Optional<InnerList> innerList(String member) throws MalformedFieldException {
    ListElement<?> element = members.get(member);
    if (element == null) {
      return Optional.empty();
    }
    if (element instanceof InnerList list) {
      return Optional.of(list);
    }
    throw wrongType(member, "an Inner List");
  }

  /** An inner list of strings; in both drafts "List" means this (decision 7). */
  Optional<List<String>> strings(String member) throws MalformedFieldException {
    Optional<InnerList> list = innerList(member);
    if (list.isEmpty()) {
      return Optional.empty();
    }
    List<String> strings = new ArrayList<>();
    for (Item<? extends Object> item : list.orElseThrow().get()) {
      if (!(item instanceof StringItem string)) {
        throw wrongType(member, "an Inner List of Strings");
      }
      strings.add(string.get());
    }
    return Optional.of(List.copyOf(strings));
  }
}
