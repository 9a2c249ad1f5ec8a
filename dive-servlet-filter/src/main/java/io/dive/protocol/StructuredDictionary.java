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
 * that asks for it.
 */
final class StructuredDictionary {
  private final String text;
  private final String document;
  private final Map<String, ListElement<? extends Object>> members;

  private StructuredDictionary(
      String text, String document, Map<String, ListElement<? extends Object>> members) {
    this.text = text;
    this.document = document;
    this.members = members;
  }

  /**
   * Parses strictly.
   *
   * @param document what the text is and where its rules stand, for messages
   * @throws MalformedFieldException with {@link ErrorCode#MALFORMED_SYNTAX} and the offset
   */
  static StructuredDictionary parse(String text, String document) throws MalformedFieldException {
    // RFC 9651 §4.2 step 2 discards leading blanks; the library does not.
    int blanks = 0;
    while (blanks < requireNonNull(text, "text").length() && text.charAt(blanks) == ' ') {
      blanks++;
    }
    try {
      Dictionary dictionary = new Parser(text.substring(blanks)).parseDictionary();
      return new StructuredDictionary(text, document, dictionary.get());
    } catch (ParseException e) {
      throw new MalformedFieldException(
          ErrorCode.MALFORMED_SYNTAX,
          document + ": not an RFC 9651 dictionary: " + Excerpt.of(String.valueOf(e.getMessage())),
          blanks + Math.max(0, e.getPosition()));
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
      return Optional.of(bytes(item, member));
    }
    throw wrongType(member, "a Byte Sequence");
  }

  private Bytes bytes(ByteSequenceItem item, String member) throws MalformedFieldException {
    ByteBuffer buffer = item.get();
    byte[] copy = new byte[buffer.remaining()];
    buffer.duplicate().get(copy);
    Bytes value = Bytes.of(copy);
    // The library forgives missing padding; decision 10 does not.
    if (!text.contains(":" + value.toBase64() + ":")) {
      throw error(ErrorCode.MALFORMED_BASE64, "member \"" + member + "\" is not canonical base64");
    }
    return value;
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
