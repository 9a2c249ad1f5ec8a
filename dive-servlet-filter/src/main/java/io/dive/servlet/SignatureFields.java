// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.FieldNames;
import io.dive.protocol.HeaderField;
import io.dive.sign.RememberedFields;
import jakarta.servlet.http.HttpServletResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Puts fields on a response that is not committed yet, and takes them back. */
final class SignatureFields {
  private static final String CACHE_CONTROL = "Cache-Control";
  static final String NO_TRANSFORM = "no-transform";
  private static final String CONTENT_TYPE = "Content-Type";

  private SignatureFields() {}

  /**
   * Sets our fields, beside what an application has set by the same names (decision 4), and forbids
   * changes on the way where that is wanted (decision 16).
   */
  static void set(HttpServletResponse response, List<HeaderField> ours, boolean noTransform) {
    if (ours instanceof RememberedFields remembered
        && remembered.in(ContainerFields.class, ContainerFields::of).putOn(response, noTransform)) {
      return;
    }
    for (HeaderField field : ApplicationFields.of(response).besides(ours)) {
      response.setHeader(field.name(), field.value());
    }
    if (noTransform) {
      addNoTransform(response);
    }
  }

  /** Adds {@code no-transform} (decision 16) beside what is there. */
  static void addNoTransform(HttpServletResponse response) {
    if (!response.containsHeader(CACHE_CONTROL) || !saysNoTransform(response)) {
      response.addHeader(CACHE_CONTROL, NO_TRANSFORM);
    }
  }

  private static boolean saysNoTransform(HttpServletResponse response) {
    for (String line : response.getHeaders(CACHE_CONTROL)) {
      if (line.toLowerCase(Locale.ROOT).contains(NO_TRANSFORM)) {
        return true;
      }
    }
    return false;
  }

  /** Removes the four fields; does nothing on a response that is committed. */
  @SuppressWarnings("NullAway") // null removes a field on Jetty and from Servlet 6.1 on
  static void remove(HttpServletResponse response) {
    FieldNames.SIGNED_RESPONSE.forEach(name -> response.setHeader(name, null));
    boolean remain = FieldNames.SIGNED_RESPONSE.stream().anyMatch(response::containsHeader);
    if (remain && !response.isCommitted()) {
      rebuildWithout(response);
    }
  }

  /** The only way in Servlet 6.0: reset everything and set all other fields again. */
  private static void rebuildWithout(HttpServletResponse response) {
    Map<String, List<String>> others = new LinkedHashMap<>();
    for (String name : response.getHeaderNames()) {
      if (!name.equalsIgnoreCase(CONTENT_TYPE)
          && FieldNames.SIGNED_RESPONSE.stream().noneMatch(name::equalsIgnoreCase)) {
        others.put(name, new ArrayList<>(response.getHeaders(name)));
      }
    }
    int status = response.getStatus();
    String contentType = response.getContentType();
    response.reset();
    response.setStatus(status);
    if (contentType != null) {
      response.setContentType(contentType);
    }
    others.forEach((name, values) -> values.forEach(value -> response.addHeader(name, value)));
  }
}
