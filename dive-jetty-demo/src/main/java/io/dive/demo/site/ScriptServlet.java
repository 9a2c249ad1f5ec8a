// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.site;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serial;

/** Serves the script of the status page from the jar. */
final class ScriptServlet extends HttpServlet {
  @Serial private static final long serialVersionUID = 1;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    try (InputStream script = ScriptServlet.class.getResourceAsStream("status.js")) {
      if (script == null) {
        response.sendError(HttpServletResponse.SC_NOT_FOUND);
        return;
      }
      response.setContentType("text/javascript;charset=utf-8");
      script.transferTo(response.getOutputStream());
    }
  }
}
