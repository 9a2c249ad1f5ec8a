// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the format of {@link java.util.Properties#load(java.io.Reader)}, keeping what that loses:
 * line numbers and repeated keys. A last line with nothing but a backslash is no entry. For one
 * text.
 */
final class PropertiesReader {
  /**
   * One setting as written.
   *
   * @param line the first line it stands on, from 1
   */
  record Entry(String key, String value, int line) {}

  /**
   * A piece of the text, line ends included; all pieces together are the text.
   *
   * @param entry empty for a comment or a blank line
   */
  record Piece(String text, Optional<Entry> entry) {}

  private final String text;
  private int at;
  private int line = 1;

  private PropertiesReader(String text) {
    this.text = text;
  }

  /**
   * The entries in the order of the text.
   *
   * @throws IllegalArgumentException with the line, if a {@code \}{@code u} is not followed by four
   *     hexadecimal digits
   */
  static List<Entry> read(String text) {
    return pieces(text).stream().flatMap(piece -> piece.entry().stream()).toList();
  }

  /**
   * The text cut into its entries and what stands between them.
   *
   * @throws IllegalArgumentException as {@link #read}
   */
  static List<Piece> pieces(String text) {
    PropertiesReader reader = new PropertiesReader(text);
    List<Piece> pieces = new ArrayList<>();
    while (reader.at < text.length()) {
      int from = reader.at;
      Optional<Entry> entry = reader.readEntry();
      pieces.add(new Piece(text.substring(from, reader.at), entry));
    }
    return List.copyOf(pieces);
  }

  private Optional<Entry> readEntry() {
    skipBlanks();
    int firstLine = line;
    char first = at < text.length() ? text.charAt(at) : '\n';
    if (first == '#' || first == '!') {
      naturalLine();
      return Optional.empty();
    }
    return logicalLine().map(logical -> split(logical, firstLine));
  }

  private void skipBlanks() {
    while (at < text.length() && isBlank(text.charAt(at))) {
      at++;
    }
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\f';
  }

  /** Joins the lines that end in an odd number of backslashes with the next; empty for no entry. */
  private Optional<String> logicalLine() {
    StringBuilder logical = new StringBuilder();
    while (true) {
      String natural = naturalLine();
      int end = natural.length();
      while (end > 0 && natural.charAt(end - 1) == '\\') {
        end--;
      }
      if ((natural.length() - end) % 2 == 0) {
        logical.append(natural);
        return Optional.of(logical.toString()).filter(text -> !text.isEmpty());
      }
      logical.append(natural, 0, natural.length() - 1);
      if (logical.isEmpty()) {
        return Optional.empty();
      }
      if (at == text.length()) {
        return Optional.of(logical.toString());
      }
      skipBlanks();
    }
  }

  /** The characters up to the end of the line, which is consumed. */
  private String naturalLine() {
    int from = at;
    while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
      at++;
    }
    String natural = text.substring(from, at);
    if (text.startsWith("\r\n", at)) {
      at += 2;
      line++;
    } else if (at < text.length()) {
      at++;
      line++;
    }
    return natural;
  }

  private static Entry split(String logical, int line) {
    int end = 0;
    while (end < logical.length() && !endsKey(logical.charAt(end))) {
      end += logical.charAt(end) == '\\' ? 2 : 1;
    }
    end = Math.min(end, logical.length());
    int value = end;
    boolean separated = false;
    while (value < logical.length()) {
      char c = logical.charAt(value);
      boolean separator = c == '=' || c == ':';
      if (!isBlank(c) && (!separator || separated)) {
        break;
      }
      separated |= separator;
      value++;
    }
    return new Entry(
        unescape(logical.substring(0, end), line), unescape(logical.substring(value), line), line);
  }

  private static boolean endsKey(char c) {
    return c == '=' || c == ':' || isBlank(c);
  }

  private static String unescape(String text, int line) {
    StringBuilder plain = new StringBuilder(text.length());
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i++);
      if (c != '\\' || i == text.length()) {
        plain.append(c);
        continue;
      }
      char escaped = text.charAt(i++);
      switch (escaped) {
        case 't' -> plain.append('\t');
        case 'n' -> plain.append('\n');
        case 'r' -> plain.append('\r');
        case 'f' -> plain.append('\f');
        case 'u' -> {
          plain.append(codeUnit(text, i, line));
          i += 4;
        }
        default -> plain.append(escaped);
      }
    }
    return plain.toString();
  }

  private static char codeUnit(String text, int from, int line) {
    int value = 0;
    for (int i = from; i < from + 4; i++) {
      char c = i < text.length() ? text.charAt(i) : ' ';
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw new IllegalArgumentException(
            "line " + line + ": \\u must be followed by four hexadecimal digits");
      }
      value = value * 16 + digit;
    }
    return (char) value;
  }
}
