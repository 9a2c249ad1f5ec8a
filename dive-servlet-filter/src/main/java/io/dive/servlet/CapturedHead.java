// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNullElse;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The head of a response whose body is captured. Status and headers go to the container at once,
 * except Content-Length, which is only noted. From the application's own flush or close on it
 * behaves as committed: what comes later is ignored or refused as by a container.
 */
abstract class CapturedHead extends HttpServletResponseWrapper {
  private static final String CONTENT_LENGTH = "Content-Length";
  private static final String CONTENT_TYPE = "Content-Type";
  private static final Pattern CHARSET_PARAMETER =
      Pattern.compile(";\\s*charset\\s*=\\s*(\"[^\"]*\"|[^;]*)", Pattern.CASE_INSENSITIVE);

  private final Capture capture;
  private @Nullable ServletRequest request;
  private int includes;
  private boolean usesWriter;
  private String charset = "";

  CapturedHead(HttpServletResponse target, Capture capture) {
    super(target);
    this.capture = capture;
  }

  final Capture capture() {
    return capture;
  }

  /** The request as the application has it. */
  final void answers(ServletRequest asked) {
    request = asked;
  }

  final void includeBegins() {
    includes++;
  }

  final void includeEnds() {
    includes--;
  }

  /**
   * Whether an included resource is at work, which cannot change the head (Servlet 6.0 §9.3).
   * Containers see to that in responses of their own, beneath or above this one. The dispatcher
   * need not be ours: an application may ask its ServletContext for one.
   */
  final boolean including() {
    return includes > 0
        || (request != null && request.getAttribute(RequestDispatcher.INCLUDE_REQUEST_URI) != null);
  }

  @Override
  public boolean isCommitted() {
    return capture.committed();
  }

  final void requireUncommitted() {
    if (isCommitted()) {
      throw new IllegalStateException("the response is committed");
    }
  }

  @Override
  public void setStatus(int status) {
    if (!isCommitted()) {
      super.setStatus(status);
    }
  }

  // Content-Length.

  @Override
  public void setContentLength(int length) {
    setContentLengthLong(length);
  }

  @Override
  public void setContentLengthLong(long length) {
    if (!capture.headIsFixed() && !including()) {
      capture.declareLength(length);
    }
  }

  private boolean notesLength(String name) {
    return capture.capturing() && CONTENT_LENGTH.equalsIgnoreCase(name);
  }

  /** A value that is no number is the container's to judge, and what follows is not signed. */
  private boolean noteLength(String value) {
    try {
      setContentLengthLong(value == null ? -1 : Long.parseLong(value.trim()));
      return true;
    } catch (NumberFormatException e) {
      capture.judgement().spoil(StreamMode.UnsignedReason.LENGTH_MISMATCH);
      return false;
    }
  }

  private boolean hasNotedLength(String name) {
    return notesLength(name) && capture.declaredLength() >= 0;
  }

  // Header fields.

  @Override
  public void setHeader(String name, String value) {
    if (capture.headIsFixed() || (notesLength(name) && noteLength(value))) {
      return;
    }
    if (CONTENT_TYPE.equalsIgnoreCase(name)) {
      setContentType(value);
    } else {
      super.setHeader(name, value);
    }
  }

  @Override
  public void addHeader(String name, String value) {
    if (notesLength(name) || CONTENT_TYPE.equalsIgnoreCase(name)) {
      setHeader(name, value);
    } else if (!capture.headIsFixed()) {
      super.addHeader(name, value);
    }
  }

  @Override
  public void setIntHeader(String name, int value) {
    if (notesLength(name)) {
      setContentLengthLong(value);
    } else if (!isCommitted()) {
      super.setIntHeader(name, value);
    }
  }

  @Override
  public void addIntHeader(String name, int value) {
    if (notesLength(name)) {
      setContentLengthLong(value);
    } else if (!isCommitted()) {
      super.addIntHeader(name, value);
    }
  }

  @Override
  public void setDateHeader(String name, long date) {
    if (!isCommitted()) {
      super.setDateHeader(name, date);
    }
  }

  @Override
  public void addDateHeader(String name, long date) {
    if (!isCommitted()) {
      super.addDateHeader(name, date);
    }
  }

  @Override
  public void addCookie(Cookie cookie) {
    if (!isCommitted()) {
      super.addCookie(cookie);
    }
  }

  @Override
  public boolean containsHeader(String name) {
    return hasNotedLength(name) || super.containsHeader(name);
  }

  @Override
  public @Nullable String getHeader(String name) {
    return hasNotedLength(name) ? Long.toString(capture.declaredLength()) : super.getHeader(name);
  }

  @Override
  public Collection<String> getHeaders(String name) {
    return hasNotedLength(name)
        ? List.of(Long.toString(capture.declaredLength()))
        : super.getHeaders(name);
  }

  @Override
  public Collection<String> getHeaderNames() {
    if (!hasNotedLength(CONTENT_LENGTH)) {
      return super.getHeaderNames();
    }
    List<String> names = new ArrayList<>(super.getHeaderNames());
    names.add(CONTENT_LENGTH);
    return names;
  }

  @Override
  public void setTrailerFields(Supplier<Map<String, String>> supplier) {
    requireUncommitted();
    super.setTrailerFields(supplier);
  }

  // Type, charset, language.

  @Override
  public void setContentType(String type) {
    if (capture.headIsFixed()) {
      return;
    }
    if (usesWriter && type != null) {
      // Too late for another charset.
      super.setContentType(CHARSET_PARAMETER.matcher(type).replaceAll(""));
      showCharset();
    } else {
      super.setContentType(type);
    }
  }

  @Override
  public void setCharacterEncoding(String encoding) {
    if (!isCommitted() && !usesWriter) {
      super.setCharacterEncoding(encoding);
    }
  }

  /** Overrides where Servlet is 6.1; 6.0 does not have it. */
  public void setCharacterEncoding(Charset encoding) {
    setCharacterEncoding(encoding.name());
  }

  @Override
  public void setLocale(Locale locale) {
    if (!isCommitted()) {
      super.setLocale(locale);
    }
  }

  /** Whether the application has a writer, so that the charset cannot change any more. */
  final boolean usesWriter() {
    return usesWriter;
  }

  /** The application gets a writer of this charset. */
  final void fixCharset(String named) {
    charset = named;
    showCharset();
    usesWriter = true;
  }

  /** The application may begin anew. */
  final void releaseCharset() {
    usesWriter = false;
  }

  /**
   * Makes the container send the charset, as its own getWriter would. Jetty does not for images,
   * which have none, nor for the JSON types, whose charset it takes for granted.
   */
  private void showCharset() {
    String type = requireNonNullElse(getContentType(), "");
    boolean shown = CHARSET_PARAMETER.matcher(type).find();
    boolean assumed =
        type.toLowerCase(Locale.ROOT).trim().endsWith("json") && charset.equalsIgnoreCase("utf-8");
    if (!charset.isEmpty() && !shown && !assumed) {
      super.setCharacterEncoding(charset);
    }
  }
}
