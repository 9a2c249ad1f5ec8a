// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dive.protocol.BodyDigest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Optional;
import java.util.Set;

/**
 * Digests of dynamic bodies that were sent whole, by URL and strong ETag (RFC 9110 §8.8.1: it
 * changes whenever the bytes do), so that the same body need not be held back again. Bounded. Safe
 * for use by many threads.
 */
final class KnownBodies {
  /** A longer name is not worth the memory. */
  private static final int LONGEST_NAME = 2_000;

  private static final Set<String> METHODS = Set.of("GET", "HEAD");

  /**
   * A URL and the ETag of one of its bodies.
   *
   * @param url with its query
   */
  record Name(String url, String etag) {}

  /**
   * A body sent before.
   *
   * @param coding its {@code Content-Encoding}, empty for none
   */
  record Body(BodyDigest digest, long length, String coding) {}

  private final boolean remembers;
  private final Cache<Name, Body> bodies;

  /** URLs whose ETags were not true. */
  private final Cache<String, Boolean> unreliable;

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
   * some containers. Empty where nothing is remembered for it. That of a HEAD is the one of its
   * GET.
   */
  String url(HttpServletRequest request) {
    if (!remembers || !METHODS.contains(request.getMethod())) {
      return "";
    }
    StringBuffer url = request.getRequestURL();
    if (request.getQueryString() != null) {
      url.append('?').append(request.getQueryString());
    }
    return url.length() > LONGEST_NAME ? "" : url.toString();
  }

  /** The name of the body that goes out; empty where nothing is remembered under a name. */
  static Optional<Name> name(String url, HttpServletResponse response) {
    String etag = url.isEmpty() ? null : response.getHeader("ETag");
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
  void remember(String url, HttpServletResponse response, BodyDigest digest, long length) {
    name(url, response)
        .filter(name -> unreliable.getIfPresent(name.url()) == null)
        .ifPresent(name -> bodies.put(name, new Body(digest, length, coding(response))));
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
