// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.HeaderField;
import io.dive.verify.DiveClient;
import io.dive.verify.Fetched;
import io.dive.verify.Verdict;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Fetches one of the server's own downloads through the network as a client would, and verifies it;
 * if accepted, a second time asking for compression, to find what compresses between the filter and
 * the client (decision 16), whether asked to or not. Where the policy requires https it looks for
 * plain HTTP too (decision 35). Safe for use by many threads.
 */
public final class CanaryCheck {
  private final URI url;
  private final DiveClient plain;
  private final DiveClient compressing;
  private final Clock clock;
  private final PlainHttp plainHttp;

  /**
   * A check of one URL.
   *
   * @param plain asks for no content coding
   * @param compressing sends {@code Accept-Encoding: gzip}
   */
  public CanaryCheck(URI url, DiveClient plain, DiveClient compressing, Clock clock) {
    this(url, plain, compressing, clock, new PlainHttp(PlainHttp.STANDARD_PORT));
  }

  CanaryCheck(URI url, DiveClient plain, DiveClient compressing, Clock clock, PlainHttp plainHttp) {
    this.plainHttp = requireNonNull(plainHttp, "plainHttp");
    this.url = requireNonNull(url, "url");
    this.plain = requireNonNull(plain, "plain");
    this.compressing = requireNonNull(compressing, "compressing");
    this.clock = requireNonNull(clock, "clock");
  }

  /** Runs once. Whatever goes wrong is a finding. */
  public CheckReport run() {
    Instant start = clock.instant();
    List<Finding> findings = new ArrayList<>();
    try {
      Fetched fetched = plain.verify(url);
      findings.add(judge(fetched));
      Verdict verdict = fetched.outcome().verdict();
      if (verdict instanceof Verdict.Accepted) {
        compression(compressing.verify(url), "with Accept-Encoding: gzip").ifPresent(findings::add);
      } else if (verdict instanceof Verdict.Rejected) {
        compression(fetched, "though no coding was asked for").ifPresent(findings::add);
      }
      if (requiresHttps(fetched) && "https".equalsIgnoreCase(url.getScheme())) {
        plainHttp.serving(url).map(this::plainlyServed).ifPresent(findings::add);
      }
    } catch (IOException e) {
      findings.add(unreachable(String.valueOf(e.getMessage())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      findings.add(unreachable("interrupted"));
    }
    Instant end = clock.instant();
    return new CheckReport(end, Duration.between(start, end), findings);
  }

  private Finding unreachable(String sentence) {
    return new Finding(
        FindingCode.CANARY_UNREACHABLE,
        url.toString(),
        sentence,
        "Check dive.canary.url, the network and DNS between this server and itself.");
  }

  private static boolean requiresHttps(Fetched fetched) {
    return fetched.outcome().policy().filter(found -> found.policy().isHttpsRequired()).isPresent();
  }

  private Finding plainlyServed(URI http) {
    return new Finding(
        FindingCode.CANARY_PLAIN_HTTP,
        url.toString(),
        "the policy requires https, and " + http + " is served as well (decision 35)",
        "Have plain HTTP answer with a redirect to https, or not at all: a client without DIVE"
            + " takes what anybody on the way puts in its place.");
  }

  private Finding judge(Fetched fetched) {
    Verdict verdict = fetched.outcome().verdict();
    if (verdict instanceof Verdict.Accepted accepted) {
      return Finding.ok(
          FindingCode.CANARY_OK,
          url.toString(),
          "accepted with key %s, %s, %s"
              .formatted(accepted.key(), accepted.hash(), accepted.version().token()));
    } else if (verdict instanceof Verdict.Rejected rejected) {
      return refused(
          "%s (%s): %s"
              .formatted(
                  rejected.reason().token(), rejected.detail().token(), rejected.sentence()));
    } else if (verdict instanceof Verdict.NotCovered notCovered) {
      return new Finding(
          FindingCode.CANARY_NOT_COVERED,
          url.toString(),
          notCovered.sentence(),
          "Publish a policy that covers the URL's host, or choose another canary.");
    } else if (verdict instanceof Verdict.Undecided undecided) {
      return unreachable(undecided.sentence());
    }
    return new Finding(
        FindingCode.CANARY_REFUSED,
        url.toString(),
        "the policy of %s requires https (decision 35)"
            .formatted(((Verdict.HttpsRequired) verdict).level()),
        "Give dive.canary.url an https URL.");
  }

  private Finding refused(String sentence) {
    return new Finding(
        FindingCode.CANARY_REFUSED,
        url.toString(),
        sentence,
        "Clients refuse this download: compare the keys in DNS with the server's (`check`), and"
            + " look for what changes the body on its way.");
  }

  private Optional<Finding> compression(Fetched fetched, String asked) {
    boolean coded =
        fetched.fields().stream()
            .anyMatch(
                field ->
                    field.name().equalsIgnoreCase("Content-Encoding")
                        && !field.value().equalsIgnoreCase("identity"));
    if (!coded || fetched.outcome().verdict() instanceof Verdict.Accepted) {
      return Optional.empty();
    }
    return Optional.of(
        new Finding(
            FindingCode.CANARY_COMPRESSED,
            url.toString(),
            asked
                + " it arrives as "
                + codings(fetched.fields())
                + " and does not verify, so something after the filter compresses it",
            "Turn compression off for signed paths in the connector or the proxy."));
  }

  private static String codings(List<HeaderField> fields) {
    return fields.stream()
        .filter(field -> field.name().equalsIgnoreCase("Content-Encoding"))
        .map(HeaderField::value)
        .findFirst()
        .orElse("");
  }
}
