// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The servlet below {@link #PREFIX}: each path does what the running case has given it to do. */
final class Applications extends HttpServlet {
  private static final long serialVersionUID = 1;

  static final String PREFIX = "/app";

  private final transient Map<String, Application> byPath = new ConcurrentHashMap<>();

  void put(String path, Application application) {
    if (!path.startsWith(PREFIX + "/")) {
      throw new IllegalArgumentException("applications are below " + PREFIX + "/: " + path);
    }
    byPath.put(path, application);
  }

  void clear() {
    byPath.clear();
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    Object included = request.getAttribute(RequestDispatcher.INCLUDE_PATH_INFO);
    String path = PREFIX + (included != null ? included : request.getPathInfo());
    Application application = byPath.get(path);
    if (application == null) {
      throw new ServletException("no application at " + path);
    }
    application.service(request, response);
  }
}
