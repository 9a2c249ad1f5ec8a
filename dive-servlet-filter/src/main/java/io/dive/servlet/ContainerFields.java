// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.HeaderField;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;

/**
 * Fields as a container keeps them itself, for many responses: names need not be looked up and
 * values not be encoded for each. Safe for use by many threads.
 */
interface ContainerFields {
  boolean JETTY_IS_VISIBLE = isVisible("org.eclipse.jetty.server.HttpStream");

  /** Where the container has no such form, or the application cannot see its classes. */
  ContainerFields NONE = (response, noTransform) -> false;

  /** The form for the container whose classes the application can see, as a packed one cannot. */
  static ContainerFields of(List<HeaderField> fields) {
    try {
      return JETTY_IS_VISIBLE ? new JettyFields(fields) : NONE;
    } catch (LinkageError e) {
      return NONE; // Some of its classes, or those of another version.
    }
  }

  private static boolean isVisible(String className) {
    try {
      Class.forName(className, false, ContainerFields.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  /**
   * Puts them on a response that is not committed, as {@link SignatureFields#set} does.
   *
   * @return false if the response is not the container's own, is one of another version, or has a
   *     field of one of our names already; nothing was done then
   */
  boolean putOn(HttpServletResponse response, boolean noTransform);
}
