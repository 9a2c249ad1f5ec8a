// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import io.dive.dns.PolicyAnswer;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.FailureReport;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.PolicyRecord;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import java.net.URI;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Step 6: what a rejection looks like as a report.
 *
 * @see "draft-callec-dive-01 §Step 6, draft-callec-dive-00 §Step 6"
 */
final class FailureReports {
  private FailureReports() {}

  static FailureReport of(
      Verdict.Rejected rejected,
      Decision decision,
      PolicyAnswer.Found policy,
      ReceivedResponse response,
      Instant now,
      Optional<String> userAgent) {
    ProtocolVersion version = rejected.version();
    Map<String, Optional<String>> headers = new LinkedHashMap<>();
    FailureReport.reportedHeaders(version)
        .forEach(name -> headers.put(name, response.field(name, ", ")));
    return new FailureReport(
        now.getEpochSecond(),
        userAgent,
        new FailureReport.Policy(
            Optional.of(policy.level().name()),
            Optional.of(response.url().getHost().toLowerCase(Locale.ROOT)),
            Optional.of(true)),
        new FailureReport.Resource(
            Optional.of(publicUrl(response.url())),
            Optional.of(response.method()),
            Optional.of((long) response.status()),
            Optional.of(PolicyRecord.SCOPE_STRICT)),
        headers,
        rejected.tried().stream().map(FailureReports::keyResolution).toList(),
        new FailureReport.Validation(
            rejected.computed().map(digest -> name(digest.algorithm(), version)),
            rejected.computed().map(BodyDigest::value).map(value -> value.toBase64()),
            Optional.of(false),
            Optional.of(rejected.reason().token()),
            Optional.of(decision.token())));
  }

  /** Without password and fragment, which are nobody else's business. */
  private static String publicUrl(URI url) {
    return url.getScheme()
        + "://"
        + url.getHost()
        + (url.getPort() < 0 ? "" : ":" + url.getPort())
        + url.getRawPath()
        + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery());
  }

  private static String name(HashAlgorithm hash, ProtocolVersion version) {
    return switch (version.headerForm()) {
      case DIVE_SIG -> hash.draftName();
      case MESSAGE_SIGNATURES -> hash.digestKey();
    };
  }

  private static FailureReport.KeyResolution keyResolution(KeyResolution tried) {
    int names = tried.queried().size();
    return new FailureReport.KeyResolution(
        tried.keyid().replaceFirst("@.*", ""),
        names == 0 ? Optional.empty() : Optional.of(tried.queried().get(names - 1)),
        Optional.of(tried.found()),
        Optional.of(tried.dnssecValidated()),
        tried.algorithm().map(SignatureAlgorithm::draftName));
  }
}
