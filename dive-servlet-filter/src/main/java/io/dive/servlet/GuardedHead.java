// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The head of a guarded response. What tells which body is sent can be set in many ways, and late;
 * whichever is taken, {@link #headChanges} hears of it first.
 */
abstract class GuardedHead extends HttpServletResponseWrapper {
  static final String LAST_MODIFIED = "Last-Modified";
  static final String CONTENT_ENCODING = "Content-Encoding";
  private static final String CONTENT_LENGTH = "Content-Length";
  private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

  /** As it was set, in whatever way; negative for none. */
  private volatile long declaredLength = -1;

  GuardedHead(HttpServletResponse target) {
    super(target);
  }

  /** Something that tells which body is sent may change now. */
  abstract void headChanges();

  /** Whether a body of that length is announced. */
  final boolean announces(long length) {
    String field = getHeader(CONTENT_LENGTH);
    // Before 11.0.20, Tomcat does not show it.
    return field == null ? declaredLength == length : field.equals(Long.toString(length));
  }

  private void beforeHeader(String name) {
    if (CONTENT_LENGTH.equalsIgnoreCase(name)
        || LAST_MODIFIED.equalsIgnoreCase(name)
        || CONTENT_ENCODING.equalsIgnoreCase(name)) {
      headChanges();
    }
  }

  private void beforeHeader(String name, @Nullable String value) {
    beforeHeader(name);
    if (CONTENT_LENGTH.equalsIgnoreCase(name)) {
      declaredLength =
          value == null || !LENGTH.matcher(value).matches() ? -1 : Long.parseLong(value);
    }
  }

  @Override
  public void reset() {
    super.reset();
    declaredLength = -1;
  }

  @Override
  public void setStatus(int status) {
    if (status != getStatus()) {
      headChanges();
    }
    super.setStatus(status);
  }

  @Override
  public void setContentLength(int length) {
    setContentLengthLong(length);
  }

  @Override
  public void setContentLengthLong(long length) {
    headChanges();
    declaredLength = length;
    super.setContentLengthLong(length);
  }

  @Override
  public void setHeader(String name, String value) {
    beforeHeader(name, value);
    super.setHeader(name, value);
  }

  @Override
  public void addHeader(String name, String value) {
    beforeHeader(name, value);
    super.addHeader(name, value);
  }

  @Override
  public void setIntHeader(String name, int value) {
    beforeHeader(name, Integer.toString(value));
    super.setIntHeader(name, value);
  }

  @Override
  public void addIntHeader(String name, int value) {
    beforeHeader(name, Integer.toString(value));
    super.addIntHeader(name, value);
  }

  @Override
  public void setDateHeader(String name, long value) {
    beforeHeader(name);
    super.setDateHeader(name, value);
  }

  @Override
  public void addDateHeader(String name, long value) {
    beforeHeader(name);
    super.addDateHeader(name, value);
  }
}
