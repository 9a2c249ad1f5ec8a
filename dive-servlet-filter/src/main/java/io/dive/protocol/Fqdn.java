// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A fully qualified host name, lower-case and without the final dot. Internationalised names are in
 * their ASCII form (RFC 5890); an IP address is not a name.
 *
 * @param name the name, at most 253 characters in labels of 1 to 63
 */
public record Fqdn(String name) {
  private static final int MAX_LENGTH = 253;
  private static final Pattern LABELS =
      Pattern.compile(
          "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*");
  private static final Pattern NUMERIC_LAST_LABEL = Pattern.compile("(.*\\.)?[0-9]+");

  /**
   * Checks the normal form; use {@link #parse} for text from outside.
   *
   * @throws IllegalArgumentException if the name is not in normal form
   */
  public Fqdn {
    if (!isNormal(name)) {
      throw new IllegalArgumentException("not a normalised domain name: " + name);
    }
  }

  private static boolean isNormal(String name) {
    return name.length() <= MAX_LENGTH
        && LABELS.matcher(name).matches()
        && !NUMERIC_LAST_LABEL.matcher(name).matches();
  }

  /**
   * Reads a host name; case and one final dot do not matter.
   *
   * @throws MalformedFieldException with {@link ErrorCode#MALFORMED_SYNTAX}
   */
  public static Fqdn parse(String text) throws MalformedFieldException {
    String name = requireNonNull(text, "text").toLowerCase(Locale.ROOT);
    if (name.endsWith(".")) {
      name = name.substring(0, name.length() - 1);
    }
    if (!isNormal(name)) {
      throw new MalformedFieldException(
          ErrorCode.MALFORMED_SYNTAX,
          "\""
              + Excerpt.of(text)
              + "\" is not a domain name: labels of 1 to 63 letters, digits, hyphens or underscores,"
              + " 253 characters in all, no IP address (write an international name in its xn-- form)");
    }
    return new Fqdn(name);
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
