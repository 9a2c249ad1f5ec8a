// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertFalse;

import jakarta.servlet.DispatcherType;
import org.junit.jupiter.api.Test;

/** The filter is registered without asynchronous support. */
@MappedFor(
    value = {DispatcherType.REQUEST, DispatcherType.FORWARD, DispatcherType.ASYNC},
    asyncSupported = false)
class UnsupportedAsyncCases extends Conformance {
  /** The first request tells, whatever its application does. */
  @Test
  @Differs(
      in = {Kind.SPRING_BOOT_3, Kind.SPRING_BOOT_4},
      because = "Not looked at: the log of Spring Boot goes to a stream of its own")
  void whatItKeepsApplicationsFrom_isWarnedOfOnce() throws Throwable {
    application("/app/x", (request, response) -> response.getWriter().print("signed"));
    String log = logOf(() -> assertSigned(get("/app/x"), ascii("signed")));
    assertWarned(log, "async-supported");
    String later = logOf(() -> assertSigned(get("/app/x"), ascii("signed")));
    assertFalse(later.contains("WARN"), later);
  }
}
