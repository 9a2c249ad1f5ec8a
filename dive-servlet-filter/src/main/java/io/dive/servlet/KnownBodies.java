// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dive.protocol.BodyDigest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Digests of dynamic bodies that were sent whole, by URL and strong ETag (RFC 9110 §8.8.1: it
 * changes whenever the bytes do), so that the same body need not be held back again. Bounded. Safe
 * for use by many threads.
 */
final class KnownBodies {
  /** A longer name is not worth the memory. */
  private static final int LONGEST_NAME = 2_000;

  /** A URL, in its parts, so that nothing is built for bodies that have no ETag. */
  record Url(String scheme, String server, int port, String path, @Nullable String query) {
    private static final Url UNNAMED = new Url("", "", 0, "", null);

    /** Whether nothing is remembered for it. */
    boolean isUnnamed() {
      return scheme.isEmpty();
    }

    private int length() {
      return server.length() + path.length() + (query == null ? 0 : query.length());
    }
  }

  /** A URL and the ETag of one of its bodies. */
  record Name(Url url, String etag) {}

  /**
   * A body sent before.
   *
   * @param coding its {@code Content-Encoding}, empty for none
   */
  record Body(BodyDigest digest, long length, String coding) {}

  private final boolean remembers;
  private final Cache<Name, Body> bodies;

  /** URLs whose ETags were not true. */
  private final Cache<Url, Boolean> unreliable;

  /**
   * Remembers nothing yet.
   *
   * @param entries most bodies remembered, 0 for none
   */
  KnownBodies(long entries) {
    remembers = entries > 0;
    bodies = Caffeine.newBuilder().maximumSize(entries).executor(Runnable::run).build();
    unreliable = Caffeine.newBuilder().maximumSize(entries).executor(Runnable::run).build();
  }

  /**
   * The URL of a request, to be asked for before the application has it: a forward changes it in
   * some containers. That of a HEAD is the one of its GET.
   */
  Url url(HttpServletRequest request) {
    String method = request.getMethod();
    if (!remembers || !(method.equals("GET") || method.equals("HEAD"))) {
      return Url.UNNAMED;
    }
    Url url =
        new Url(
            request.getScheme(),
            request.getServerName(),
            request.getServerPort(),
            request.getRequestURI(),
            request.getQueryString());
    return url.length() > LONGEST_NAME ? Url.UNNAMED : url;
  }

  /** The name of the body that goes out; empty where nothing is remembered under a name. */
  static Optional<Name> name(Url url, HttpServletResponse response) {
    String etag = url.isUnnamed() ? null : response.getHeader("ETag");
    return etag == null || !isStrong(etag) || etag.length() > LONGEST_NAME
        ? Optional.empty()
        : Optional.of(new Name(url, etag));
  }

  /** The content coding of the body that goes out, empty for none. */
  static String coding(HttpServletResponse response) {
    return String.join(", ", response.getHeaders("Content-Encoding"));
  }

  private static boolean isStrong(String etag) {
    return etag.length() >= 2 && etag.startsWith("\"") && etag.endsWith("\"");
  }

  /** The body of that name, unless its URL has broken its word before. */
  Optional<Body> find(Name name) {
    return unreliable.getIfPresent(name.url()) != null
        ? Optional.empty()
        : Optional.ofNullable(bodies.getIfPresent(name));
  }

  /** The body of a response was sent whole. */
  void remember(Url url, HttpServletResponse response, BodyDigest digest, long length) {
    Optional<Name> name = name(url, response);
    if (name.isEmpty()) {
      return;
    }
    Body body = new Body(digest, length, coding(response));
    // Looking is cheaper than writing the same again, and most often all there is to do.
    if (!body.equals(bodies.getIfPresent(name.get())) && unreliable.getIfPresent(url) == null) {
      bodies.put(name.get(), body);
    }
  }

  /**
   * Another body came under the name: forgets it, and trusts no ETag of its URL any more, for as
   * long as the bound of the memory allows.
   */
  void contradicted(Name name) {
    unreliable.put(name.url(), Boolean.TRUE);
    bodies.invalidate(name);
  }
}
