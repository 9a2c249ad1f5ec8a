// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.HeaderField;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * A response without its body.
 *
 * @param url what was asked for; absolute, http or https
 * @param method the request's
 * @param fields the header field lines, in the order received
 */
public record ReceivedResponse(URI url, String method, int status, List<HeaderField> fields) {
  private static final int OK = 200;

  /** Copies the list. */
  public ReceivedResponse {
    requireNonNull(url, "url");
    requireNonNull(method, "method");
    fields = List.copyOf(fields);
  }

  /** Whether there is a body that a signature can be about (drafts, Terminology: "Resource"). */
  boolean isResource() {
    return status == OK && !method.equals("HEAD") && !method.equals("CONNECT");
  }

  /**
   * The value of a field, its lines without surrounding blanks and joined (RFC 9110 §5.3); empty if
   * there is no line.
   */
  Optional<String> field(String name, String separator) {
    List<String> lines =
        fields.stream()
            .filter(field -> field.name().equalsIgnoreCase(name))
            .map(field -> stripBlanks(field.value()))
            .toList();
    return lines.isEmpty() ? Optional.empty() : Optional.of(String.join(separator, lines));
  }

  private static String stripBlanks(String line) {
    int from = 0;
    int to = line.length();
    while (from < to && isBlank(line.charAt(from))) {
      from++;
    }
    while (to > from && isBlank(line.charAt(to - 1))) {
      to--;
    }
    return line.substring(from, to);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }
}
