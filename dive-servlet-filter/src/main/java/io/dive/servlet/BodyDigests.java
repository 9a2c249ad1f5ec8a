// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HashAlgorithm;
import io.dive.sign.BodyDigester;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;

/**
 * The digest of a body as it is written, and those by other algorithms that the application claims
 * before it writes (decision 4). Used under the lock of its capture.
 */
final class BodyDigests {
  private final HttpServletResponse target;
  private final HashAlgorithm hash;
  private BodyDigester digester;
  private List<BodyDigester> claimed = List.of();
  private long written;

  BodyDigests(HttpServletResponse target, HashAlgorithm hash) {
    this.target = target;
    this.hash = hash;
    this.digester = new BodyDigester(hash);
  }

  /** The algorithm of the digest that clients are promised. */
  HashAlgorithm hash() {
    return hash;
  }

  /** Bytes digested so far. */
  long written() {
    return written;
  }

  void update(byte[] bytes, int offset, int count) {
    if (written == 0) {
      claimed = claims();
    }
    digester.update(bytes, offset, count);
    for (BodyDigester other : claimed) {
      other.update(bytes, offset, count);
    }
    written += count;
  }

  private List<BodyDigester> claims() {
    if (!target.containsHeader(FieldNames.CONTENT_DIGEST)) {
      return List.of();
    }
    return ApplicationFields.of(target).claims().stream()
        .map(BodyDigest::algorithm)
        .filter(algorithm -> algorithm != hash)
        .map(BodyDigester::new)
        .toList();
  }

  /** Begins anew. */
  void clear() {
    digester = new BodyDigester(hash);
    claimed = List.of();
    written = 0;
  }

  /** The digest of everything written; once. */
  BodyDigest finish() {
    return digester.finish();
  }

  /** The claims that everything written has proven; once. */
  List<BodyDigest> provenClaims() {
    List<BodyDigester> digesters = written == 0 ? claims() : claimed;
    if (digesters.isEmpty()) {
      return List.of();
    }
    List<BodyDigest> claims = ApplicationFields.of(target).claims();
    return digesters.stream().map(BodyDigester::finish).filter(claims::contains).toList();
  }
}
