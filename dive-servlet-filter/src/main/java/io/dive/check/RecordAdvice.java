// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How long a published record lasts: its TTL against the drafts' advice, and its RRSIG's end.
 *
 * @param now decides how much time is left
 */
record RecordAdvice(Instant now) {
  /** With less left, a signer that has stopped is a matter for today. */
  private static final Duration SOON = Duration.ofDays(3);

  /** Below it resolvers hardly keep a record. */
  private static final Duration LOW_TTL = Duration.ofSeconds(30);

  /** What is to be mended soon. */
  List<Finding> of(
      String owner, Duration ttl, long advisedTtlSeconds, Optional<Instant> signatureExpires) {
    List<Finding> findings = new ArrayList<>();
    if (ttl.toSeconds() > advisedTtlSeconds) {
      findings.add(
          new Finding(
              FindingCode.TTL_ABOVE_ADVICE,
              owner,
              "its TTL is %d s, so a change takes that long to reach every client; the drafts advise %d s"
                  .formatted(ttl.toSeconds(), advisedTtlSeconds),
              "Publish it with a TTL of %d s.".formatted(advisedTtlSeconds)));
    }
    signatureExpires
        .filter(end -> end.isBefore(now.plus(SOON)))
        .ifPresent(
            end ->
                findings.add(
                    new Finding(
                        FindingCode.SIGNATURE_EXPIRES_SOON,
                        owner,
                        "its DNSSEC signature ends at %s, %s; then every client refuses the record"
                            .formatted(end, left(end)),
                        "See that the zone's signer runs, and sign the zone again.")));
    return findings;
  }

  /** What only an authoritative server can tell, as a resolver's TTL counts down. */
  Optional<Finding> lowTtl(String owner, Duration ttl, long advisedTtlSeconds) {
    return ttl.compareTo(LOW_TTL) < 0
        ? Optional.of(
            new Finding(
                FindingCode.TTL_VERY_LOW,
                owner,
                "its TTL is %d s, so nearly every download waits for DNS; the drafts advise %d s"
                    .formatted(ttl.toSeconds(), advisedTtlSeconds),
                "Publish it with a TTL of %d s.".formatted(advisedTtlSeconds)))
        : Optional.empty();
  }

  /** TTL and time left, for a sentence that goes on. */
  String state(Duration ttl, Optional<Instant> signatureExpires) {
    return ", TTL %d s".formatted(ttl.toSeconds())
        + signatureExpires.map(end -> ", signature ends " + left(end)).orElse("");
  }

  private String left(Instant end) {
    Duration left = Duration.between(now, end);
    return left.compareTo(Duration.ofDays(2)) < 0
        ? "in " + Math.max(0, left.toHours()) + " hours"
        : "in " + left.toDays() + " days";
  }
}
