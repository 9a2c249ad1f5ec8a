// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import io.dive.dns.Deadline;
import io.dive.dns.PolicyAnswer;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.PolicyRecord;
import io.dive.sign.BodyDigester;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One response on its way to a verdict. The body passes through without being kept; it must not be
 * used before {@link #finish}. For one thread at a time.
 */
public final class Verification {
  private final Discovery discovery;
  private final ReceivedResponse response;
  private final KeyResolver keys;
  private final Clock clock;
  private final Duration dnsLimit;
  private final Optional<String> userAgent;
  private final Optional<Verdict> early;
  private final List<SignatureClaim> claims;
  private final Map<HashAlgorithm, BodyDigester> digesters = new EnumMap<>(HashAlgorithm.class);

  Verification(
      Discovery discovery,
      ReceivedResponse response,
      KeyResolver keys,
      Clock clock,
      Duration dnsLimit,
      Optional<String> userAgent) {
    this.discovery = discovery;
    this.response = response;
    this.keys = keys;
    this.clock = clock;
    this.dnsLimit = dnsLimit;
    this.userAgent = userAgent;
    Optional<Verdict> known = discovery.verdict().or(this::notAResource);
    if (known.isPresent()) {
      this.early = known;
      this.claims = List.of();
    } else {
      HeaderValidation.Result fields =
          HeaderValidation.validate(response, discovery.policy().orElseThrow().policy().version());
      this.early = fields.failure().map(rejected -> rejected);
      this.claims = fields.claims();
      fields.hashes().forEach(hash -> digesters.put(hash, new BodyDigester(hash)));
    }
  }

  private Optional<Verdict> notAResource() {
    return response.isResource()
        ? Optional.empty()
        : Optional.of(
            new Verdict.NotCovered(
                NotCoveredCause.NOT_A_RESOURCE,
                "%s answered with status %d has no body that is signed"
                    .formatted(response.method(), response.status())));
  }

  /** The digests that the verdict depends on; none if it is known without the body. */
  public Set<HashAlgorithm> hashes() {
    return Set.copyOf(digesters.keySet());
  }

  /** Takes the next part of the body, as received, content coding and all (decision 16). */
  public void update(byte[] bytes, int offset, int count) {
    digesters.values().forEach(digester -> digester.update(bytes, offset, count));
  }

  /** Takes the remaining bytes of the buffer; its position stays. */
  public void update(ByteBuffer bytes) {
    digesters.values().forEach(digester -> digester.update(bytes.duplicate()));
  }

  /** Ends the body and gives the verdict; asks DNS for keys. To be called once. */
  public Outcome finish() {
    return finish(digesters.values().stream().map(BodyDigester::finish).toList());
  }

  /**
   * Gives the verdict for a body that was digested elsewhere.
   *
   * @param digests at least those of {@link #hashes}
   * @throws IllegalArgumentException if one is missing
   */
  public Outcome finish(Collection<BodyDigest> digests) {
    Map<HashAlgorithm, BodyDigest> computed = new EnumMap<>(HashAlgorithm.class);
    digests.forEach(digest -> computed.put(digest.algorithm(), digest));
    if (!computed.keySet().containsAll(digesters.keySet())) {
      throw new IllegalArgumentException("needed are the digests " + digesters.keySet());
    }
    Verdict verdict = early.orElseGet(() -> verify(computed));
    Optional<PolicyAnswer.Found> policy = discovery.policy();
    Optional<PolicyRecord> record = policy.map(PolicyAnswer.Found::policy);
    Decision decision = Decision.of(verdict, record);
    return new Outcome(
        verdict,
        decision,
        policy,
        verdict instanceof Verdict.Rejected rejected
            ? policy.map(
                p -> FailureReports.of(rejected, decision, p, response, clock.instant(), userAgent))
            : Optional.empty());
  }

  private Verdict verify(Map<HashAlgorithm, BodyDigest> computed) {
    try {
      return new SignatureVerification(
              keys,
              clock,
              PolicyDiscovery.host(response.url()),
              discovery.policy().orElseThrow(),
              computed,
              Deadline.in(dnsLimit))
          .verify(claims);
    } catch (MalformedFieldException e) {
      throw new IllegalStateException("a host with a policy is a domain name", e);
    }
  }
}
