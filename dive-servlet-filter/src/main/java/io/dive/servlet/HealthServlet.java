// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import com.grack.nanojson.JsonWriter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says in the wire format of MicroProfile Health how downloads are: 200 with status UP, or 503 with
 * status DOWN. It reads what the checks found last and does no look-up of its own, so it may be
 * asked often. Belongs into the web application of a {@link DiveFilter}. Below its mapping:
 *
 * <ul>
 *   <li>{@code /live}: UP as long as the process answers, with no entry.
 *   <li>{@code /ready}: UP once a filter has started, which reads its settings and key files, and
 *       with {@code dive.check = enforce} finds them confirmed by DNS; its only entry, {@code
 *       dive-filter}, names the hosts. It stays UP until the filter stops, whatever the checks find
 *       and whether or not keys in an agent sign. DOWN where no filter has started.
 *   <li>the bare path: everything that is known. Beside {@code dive-filter} there is {@code
 *       dive-signer} for each key outside the process, {@code dive-dns}, {@code dive-zone} and
 *       {@code dive-canary} for each finding of a check, {@code dive-sidecars}, {@code
 *       dive-warm-up}, and {@code dive-settings}, which is never DOWN. No entry has a path of this
 *       machine.
 * </ul>
 */
public final class HealthServlet extends HttpServlet {
  @Serial private static final long serialVersionUID = 1;

  /** Made by the container. */
  public HealthServlet() {}

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String path = request.getPathInfo();
    @Nullable List<HealthCheck> checks = checks(path == null ? "/" : path);
    if (checks == null) {
      response.sendError(HttpServletResponse.SC_NOT_FOUND);
      return;
    }
    boolean up = checks.stream().allMatch(HealthCheck::up);
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("status", HealthCheck.status(up));
    answer.put("checks", checks.stream().map(HealthCheck::toJson).toList());
    byte[] body = JsonWriter.string(answer).getBytes(StandardCharsets.UTF_8);
    response.setStatus(up ? HttpServletResponse.SC_OK : HttpServletResponse.SC_SERVICE_UNAVAILABLE);
    response.setContentType("application/json");
    response.setHeader("Cache-Control", "no-store");
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  private @Nullable List<HealthCheck> checks(String path) {
    if (path.equals("/live")) {
      return List.of();
    }
    if (!path.equals("/") && !path.equals("/ready")) {
      return null;
    }
    if (!(getServletContext().getAttribute(HealthSource.ATTRIBUTE)
        instanceof HealthSource source)) {
      return List.of(HealthCheck.ofAbsentFilter());
    }
    return path.equals("/ready") ? source.readiness() : source.health();
  }
}
