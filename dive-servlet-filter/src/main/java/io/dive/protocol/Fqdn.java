// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A fully qualified host name, lower-case and without the final dot. Internationalised names are in
 * their ASCII form (RFC 5890); an IP address is not a name.
 *
 * @param name the name, at most 253 characters in labels of 1 to 63
 */
public record Fqdn(String name) {
  private static final int MAX_LENGTH = 253;
  private static final int MAX_LABEL_LENGTH = 63;

  /**
   * Checks the normal form; use {@link #parse} for text from outside.
   *
   * @throws IllegalArgumentException if the name is not in normal form
   */
  public Fqdn {
    if (!isNormalized(name)) {
      throw new IllegalArgumentException("not a normalised domain name: " + Excerpt.of(name));
    }
  }

  /** Whether a text is a name as this record holds it. */
  public static boolean isNormalized(String name) {
    if (name.length() > MAX_LENGTH) {
      return false;
    }
    int start = 0;
    for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', start)) {
      if (!isLabel(name, start, dot)) {
        return false;
      }
      start = dot + 1;
    }
    return isLabel(name, start, name.length()) && !isNumber(name.substring(start));
  }

  private static boolean isLabel(String name, int start, int end) {
    if (start == end
        || end - start > MAX_LABEL_LENGTH
        || name.charAt(start) == '-'
        || name.charAt(end - 1) == '-') {
      return false;
    }
    for (int i = start; i < end; i++) {
      char c = name.charAt(i);
      if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) {
        return false;
      }
    }
    return true;
  }

  /** Whether a name with this last label is an IPv4 address in one of its many spellings. */
  private static boolean isNumber(String label) {
    return label.startsWith("0x")
        ? label.chars().skip(2).allMatch(c -> Character.digit(c, 16) >= 0)
        : label.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /**
   * Reads a host name; case and one final dot do not matter.
   *
   * @throws MalformedFieldException with {@link ErrorCode#MALFORMED_SYNTAX}
   */
  public static Fqdn parse(String text) throws MalformedFieldException {
    String name = requireNonNull(text, "text").endsWith(".") ? withoutLast(text) : text;
    // ASCII first: the lower-case form of the Kelvin sign is the letter k.
    if (name.length() <= MAX_LENGTH && name.chars().allMatch(c -> c < 0x80)) {
      name = name.toLowerCase(Locale.ROOT);
    }
    if (!isNormalized(name)) {
      throw new MalformedFieldException(
          ErrorCode.MALFORMED_SYNTAX,
          "\""
              + Excerpt.of(text)
              + "\" is not a domain name: labels of 1 to 63 letters, digits, hyphens or underscores,"
              + " 253 characters in all, no IP address (write an international name in its xn-- form)");
    }
    return new Fqdn(name);
  }

  private static String withoutLast(String text) {
    return text.substring(0, text.length() - 1);
  }

  /** The name one label up; empty when this is the last label (the root has no name here). */
  public Optional<Fqdn> parent() {
    int dot = name.indexOf('.');
    return dot < 0 ? Optional.empty() : Optional.of(new Fqdn(name.substring(dot + 1)));
  }

  /** This name, its parent and so on up to and including the last label (decision 22). */
  public List<Fqdn> selfAndParents() {
    List<Fqdn> names = new ArrayList<>();
    for (Optional<Fqdn> level = Optional.of(this);
        level.isPresent();
        level = level.orElseThrow().parent()) {
      names.add(level.orElseThrow());
    }
    return List.copyOf(names);
  }

  /** Whether the other name is this one or lies below it. */
  public boolean isSameOrParentOf(Fqdn other) {
    return other.name.equals(name) || other.name.endsWith("." + name);
  }

  /** The name, without a final dot. */
  @Override
  public String toString() {
    return name;
  }
}
