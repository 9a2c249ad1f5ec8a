// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The fields of a file that join the head of a response as its container sends it, where a
 * container lets them: the status and the length are known then, and nothing has to be taken back.
 * For many responses; safe for use by many threads.
 */
interface JoiningFields {
  /**
   * The fields of a file for the responses of the container that a request comes from. Empty where
   * it has no such way, or the application cannot see its classes, as a packed one cannot.
   */
  static Optional<JoiningFields> of(
      HttpServletRequest request, FileSignatures.Signed signed, boolean noTransform) {
    try {
      return ContainerFields.JETTY_IS_VISIBLE
          ? JettyJoiningFields.of(request, signed, noTransform)
          : Optional.empty();
    } catch (LinkageError e) {
      return Optional.empty(); // Some of its classes, or those of another version.
    }
  }

  /**
   * Lets them join the response to one request, unless it turns out to be another than the file's,
   * whole and as it is.
   *
   * @param outcomes hears once as what it was sent, when it is, on any thread
   * @return false if the request is of another kind than those before, or has one of {@link
   *     DirectAnswers#CONDITIONAL_FIELDS}; nothing was done then
   */
  boolean join(HttpServletRequest request, Consumer<ResponseOutcome> outcomes);
}
