// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Optional;

/** A method of a response that Servlet 6.1 has added. */
record NewerMethod(Method method) {
  /** Empty where this container has none such. */
  static Optional<NewerMethod> of(String name, Class<?>... arguments) {
    try {
      return Optional.of(new NewerMethod(HttpServletResponse.class.getMethod(name, arguments)));
    } catch (NoSuchMethodException e) {
      return Optional.empty();
    }
  }

  /** Calls it; what it throws comes out as it is. */
  void on(HttpServletResponse response, Object... arguments) throws IOException {
    try {
      method.invoke(response, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IOException(e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
