// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import io.dive.protocol.DiveException;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;

/**
 * What no filter of this kind can do without, and nothing else: it sets fields of a usual length,
 * the same on every response, and does the work that their values would have taken.
 */
enum MinimalFilter {
  /** The fields of both drafts, known beforehand. */
  FIELDS(true, false, false),
  /** The fields of both drafts, and a hash to find them by. */
  FIELDS_HASH(true, true, false),
  /** The fields of draft-callec-dive-01, a hash and a signature. */
  FIELDS_01_HASH_SIGN(false, true, true);

  private final boolean bothDrafts;
  private final boolean hashes;
  private final boolean signs;

  MinimalFilter(boolean bothDrafts, boolean hashes, boolean signs) {
    this.bothDrafts = bothDrafts;
    this.hashes = hashes;
    this.signs = signs;
  }

  Filter filter() throws DiveException {
    KnownWork work = new KnownWork();
    Map<String, String> fields = bothDrafts ? FixedFields.all() : FixedFields.ofDraft01();
    return (request, response, chain) -> {
      try {
        boolean done = (!hashes || work.hash() > 0) && (!signs || work.sign() > 0);
        if (!done) {
          throw new ServletException("a hash or a signature is empty");
        }
      } catch (DiveException e) {
        throw new ServletException(e);
      }
      fields.forEach(((HttpServletResponse) response)::setHeader);
      chain.doFilter(request, response);
    };
  }
}
