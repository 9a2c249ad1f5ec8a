// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.verify.Decision;
import io.dive.verify.Fetched;
import io.dive.verify.Verdict;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A verdict in words and as JSON. */
final class FetchResult {
  private FetchResult() {}

  static boolean isVerified(Fetched fetched) {
    return fetched.outcome().verdict() instanceof Verdict.Accepted;
  }

  static String text(Fetched fetched) {
    Verdict verdict = fetched.outcome().verdict();
    String url = fetched.url().toString();
    if (verdict instanceof Verdict.Accepted accepted) {
      return String.format(
          Locale.ROOT,
          "accepted: %s (%,d bytes, key %s, %s, %s)",
          url,
          fetched.bodyBytes(),
          accepted.key(),
          accepted.hash(),
          accepted.version().token());
    } else if (verdict instanceof Verdict.Rejected rejected) {
      return "%s: %s: %s (%s): %s"
          .formatted(
              fetched.outcome().decision() == Decision.ALLOWED_REPORT_ONLY
                  ? "failed, allowed by report-only"
                  : "refused",
              url,
              rejected.reason().token(),
              rejected.detail().token(),
              rejected.sentence());
    } else if (verdict instanceof Verdict.NotCovered notCovered) {
      return "not verified: %s: %s (%s)"
          .formatted(url, notCovered.sentence(), notCovered.cause().token());
    } else if (verdict instanceof Verdict.Undecided undecided) {
      return "undecided: %s: %s (%s)"
          .formatted(url, undecided.sentence(), undecided.code().token());
    }
    return "refused: %s: the policy of %s requires https"
        .formatted(url, ((Verdict.HttpsRequired) verdict).level());
  }

  static Map<String, @Nullable Object> json(Fetched fetched) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    Verdict verdict = fetched.outcome().verdict();
    json.put("url", fetched.url().toString());
    json.put("status", fetched.status().orElse(null));
    json.put("bytes", fetched.bodyBytes());
    json.put("verified", isVerified(fetched));
    json.put("decision", fetched.outcome().decision().token());
    if (verdict instanceof Verdict.Accepted accepted) {
      json.put("verdict", "accepted");
      json.put("key", accepted.key().serialize());
      json.put("hash", accepted.hash().draftName());
      json.put("version", accepted.version().token());
    } else if (verdict instanceof Verdict.Rejected rejected) {
      json.put("verdict", "rejected");
      json.put("reason", rejected.reason().token());
      json.put("detail", rejected.detail().token());
      json.put("sentence", rejected.sentence());
    } else if (verdict instanceof Verdict.NotCovered notCovered) {
      json.put("verdict", "not-covered");
      json.put("reason", notCovered.cause().token());
      json.put("sentence", notCovered.sentence());
    } else if (verdict instanceof Verdict.Undecided undecided) {
      json.put("verdict", "undecided");
      json.put("reason", undecided.code().token());
      json.put("sentence", undecided.sentence());
    } else {
      json.put("verdict", "https-required");
    }
    fetched.reportDelivered().ifPresent(delivered -> json.put("report-delivered", delivered));
    return json;
  }
}
