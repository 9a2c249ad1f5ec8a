// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** What a servlet does. */
@FunctionalInterface
interface Application {
  void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException;
}
