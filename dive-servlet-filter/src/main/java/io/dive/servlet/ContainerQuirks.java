// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** What single containers do otherwise than the others; known by the class of their response. */
final class ContainerQuirks {
  private static final String TOMCAT = "org.apache.catalina.connector.ResponseFacade";
  private static final String UNDERTOW = "io.undertow.servlet.spec.HttpServletResponseImpl";

  private ContainerQuirks() {}

  private static String innermostClass(HttpServletResponse response) {
    ServletResponse innermost = response;
    while (innermost instanceof ServletResponseWrapper wrapper) {
      innermost = wrapper.getResponse();
    }
    return innermost.getClass().getName();
  }

  /**
   * A response that its container cannot end behind the back of a wrapper. Tomcat does after each
   * forward, always in version 11 and by a setting in 10.1: it looks for its own object below all
   * wrappers and lets it ignore whatever they write later. Where it finds none, it closes the
   * outermost stream as the others do.
   */
  static HttpServletResponse keptOpen(HttpServletResponse response) {
    if (!innermostClass(response).equals(TOMCAT)) {
      return response;
    }
    return (HttpServletResponse)
        Proxy.newProxyInstance(
            HttpServletResponse.class.getClassLoader(),
            new Class<?>[] {HttpServletResponse.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("equals")) {
                return proxy == arguments[0];
              }
              try {
                return method.invoke(response, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  /**
   * Whether a connection goes on after an asynchronous cycle that completed before its body was
   * whole. Tomcat has the client wait for the rest, as long as it keeps idle connections.
   */
  static boolean keepsBrokenConnection(HttpServletResponse response) {
    return innermostClass(response).equals(TOMCAT);
  }

  /**
   * Whether a body of unknown length is sent in chunks, which alone can have trailers. Undertow
   * sends it as it is where the connection is closed afterwards.
   */
  static boolean sendsChunks(HttpServletRequest request, HttpServletResponse response) {
    return !innermostClass(response).equals(UNDERTOW)
        || !(closes(Collections.list(request.getHeaders("Connection")))
            || closes(List.copyOf(response.getHeaders("Connection"))));
  }

  private static boolean closes(List<String> lines) {
    return lines.stream()
        .flatMap(line -> Arrays.stream(line.split(",", -1)))
        .anyMatch(option -> option.strip().toLowerCase(Locale.ROOT).equals("close"));
  }
}
