// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.Collections;
import java.util.Enumeration;

/** A request without {@code Accept-Encoding}, so that nobody codes the body (decision 16). */
final class PlainRequest extends HttpServletRequestWrapper {
  private static final String ACCEPT_ENCODING = "Accept-Encoding";

  private PlainRequest(HttpServletRequest request) {
    super(request);
  }

  /** The request itself where it allows no coding but identity. */
  static HttpServletRequest of(HttpServletRequest request) {
    Enumeration<String> lines = request.getHeaders(ACCEPT_ENCODING);
    while (lines != null && lines.hasMoreElements()) {
      if (allowsCoding(lines.nextElement())) {
        return new PlainRequest(request);
      }
    }
    return request;
  }

  private static boolean allowsCoding(String line) {
    for (String element : line.split(",", -1)) {
      String[] parts = element.split(";", 2);
      String coding = parts[0].strip();
      boolean refused = parts.length == 2 && parts[1].strip().matches("[qQ]\\s*=\\s*0(\\.0*)?");
      if (!coding.isEmpty() && !coding.equalsIgnoreCase("identity") && !refused) {
        return true;
      }
    }
    return false;
  }

  @Override
  @SuppressWarnings("NullAway") // null is how the Servlet API says "absent"
  public String getHeader(String name) {
    return ACCEPT_ENCODING.equalsIgnoreCase(name) ? null : super.getHeader(name);
  }

  @Override
  public Enumeration<String> getHeaders(String name) {
    return ACCEPT_ENCODING.equalsIgnoreCase(name)
        ? Collections.emptyEnumeration()
        : super.getHeaders(name);
  }

  @Override
  public Enumeration<String> getHeaderNames() {
    return Collections.enumeration(
        Collections.list(super.getHeaderNames()).stream()
            .filter(name -> !ACCEPT_ENCODING.equalsIgnoreCase(name))
            .toList());
  }
}
