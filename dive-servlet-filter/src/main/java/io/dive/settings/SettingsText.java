// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of a settings file, in which keys are put and taken away. Everything else in it stays as
 * it is, character for character. Immutable.
 */
public final class SettingsText {
  private static final Pattern KEY = Pattern.compile("dive\\.key\\.([1-9][0-9]{0,3})\\.(.+)");
  private static final String BYTE_ORDER_MARK = "\ufeff";

  private final String mark;
  private final List<PropertiesReader.Piece> pieces;

  private SettingsText(String mark, List<PropertiesReader.Piece> pieces) {
    this.mark = mark;
    this.pieces = pieces;
  }

  /**
   * Reads a text in the format of {@link java.util.Properties}.
   *
   * @throws ConfigException with {@code SETTING_INVALID} if it is not in that format
   */
  public static SettingsText parse(String text) throws ConfigException {
    String mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
    try {
      return new SettingsText(mark, PropertiesReader.pieces(text.substring(mark.length())));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(ErrorCode.SETTING_INVALID, "", String.valueOf(e.getMessage()));
    }
  }

  /** The number in the name of a key's setting; empty for another setting or none. */
  private static Optional<Matcher> keySetting(PropertiesReader.Piece piece) {
    return piece.entry().map(entry -> KEY.matcher(entry.key())).filter(Matcher::matches);
  }

  private static Optional<Integer> number(PropertiesReader.Piece piece) {
    return keySetting(piece).map(matcher -> Integer.valueOf(matcher.group(1)));
  }

  /**
   * The settings of a key as they are written, without {@code dive.key.N.} before their names, in
   * order.
   *
   * @param number the N; of another number than those in the text there are none
   */
  public Map<String, String> key(int number) {
    Map<String, String> settings = new LinkedHashMap<>();
    for (PropertiesReader.Piece piece : pieces) {
      keySetting(piece)
          .filter(matcher -> Integer.parseInt(matcher.group(1)) == number)
          .ifPresent(
              matcher -> settings.put(matcher.group(2), piece.entry().orElseThrow().value()));
    }
    return settings;
  }

  /**
   * The text with another key, in signing order before one that is there. Keys are numbered anew
   * from 1 on.
   *
   * @param number the N of the key that is there
   * @param settings the new key's, without {@code dive.key.N.} before their names
   * @throws IllegalArgumentException if there is no key of that number
   */
  public SettingsText withKeyBefore(int number, Map<String, String> settings) {
    NavigableMap<Integer, Integer> numbers = numbers();
    if (!numbers.containsKey(number)) {
      throw new IllegalArgumentException("no key of number " + number);
    }
    int newNumber = requireNonNull(numbers.get(number), "just seen");
    numbers.tailMap(number, true).replaceAll((old, next) -> next + 1);
    StringBuilder inserted = new StringBuilder();
    settings.forEach((name, value) -> inserted.append(line(newNumber, name, value, lineEnd())));
    List<PropertiesReader.Piece> edited = new ArrayList<>();
    for (PropertiesReader.Piece piece : pieces) {
      if (!inserted.isEmpty() && number(piece).equals(Optional.of(number))) {
        edited.addAll(PropertiesReader.pieces(inserted.toString()));
        inserted.setLength(0);
      }
      edited.add(renumbered(piece, numbers::get));
    }
    return new SettingsText(mark, List.copyOf(edited));
  }

  /**
   * The text without a key. The others are numbered anew from 1 on.
   *
   * @param number the N; of another number than those in the text only numbers change
   */
  public SettingsText withoutKey(int number) {
    NavigableMap<Integer, Integer> numbers = numbers();
    if (numbers.remove(number) != null) {
      numbers.tailMap(number).replaceAll((old, next) -> next - 1);
    }
    return new SettingsText(
        mark,
        pieces.stream()
            .filter(piece -> !number(piece).equals(Optional.of(number)))
            .map(piece -> renumbered(piece, numbers::get))
            .toList());
  }

  /** What each number becomes when the keys are numbered from 1 on. */
  private NavigableMap<Integer, Integer> numbers() {
    NavigableMap<Integer, Integer> numbers = new TreeMap<>();
    pieces.forEach(piece -> number(piece).ifPresent(n -> numbers.put(n, 0)));
    int next = 1;
    for (Map.Entry<Integer, Integer> number : numbers.entrySet()) {
      number.setValue(next++);
    }
    return numbers;
  }

  private PropertiesReader.Piece renumbered(
      PropertiesReader.Piece piece, Function<Integer, Integer> numbers) {
    Optional<Matcher> setting = keySetting(piece);
    if (setting.isEmpty()) {
      return piece;
    }
    int number = Integer.parseInt(setting.orElseThrow().group(1));
    int next = numbers.apply(number);
    if (next == number) {
      return piece;
    }
    PropertiesReader.Entry entry = piece.entry().orElseThrow();
    String name = setting.orElseThrow().group(2);
    String text = piece.text();
    int blanks = text.length() - text.replaceFirst("^[ \\t\\f]+", "").length();
    String edited =
        text.startsWith(entry.key(), blanks)
            ? text.substring(0, blanks)
                + keyName(next, name)
                + text.substring(blanks + entry.key().length())
            : line(next, name, entry.value(), lineEndOf(text)); // a name written with escapes
    return PropertiesReader.pieces(edited).get(0);
  }

  private static String keyName(int number, String name) {
    return "dive.key." + number + "." + name;
  }

  private static String line(int number, String name, String value, String lineEnd) {
    return keyName(number, name) + " = " + escaped(value) + lineEnd;
  }

  private static String escaped(String value) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> escaped.append("\\\\");
        case '\t' -> escaped.append("\\t");
        case '\n' -> escaped.append("\\n");
        case '\r' -> escaped.append("\\r");
        case '\f' -> escaped.append("\\f");
        case ' ' -> escaped.append(escaped.isEmpty() ? "\\ " : " ");
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }

  private String lineEnd() {
    return pieces.stream()
        .map(piece -> lineEndOf(piece.text()))
        .filter(end -> !end.isEmpty())
        .findFirst()
        .orElse("\n");
  }

  private static String lineEndOf(String text) {
    if (text.endsWith("\r\n")) {
      return "\r\n";
    }
    return text.endsWith("\n") ? "\n" : text.endsWith("\r") ? "\r" : "";
  }

  /** The text. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(mark);
    pieces.forEach(piece -> text.append(piece.text()));
    return text.toString();
  }
}
