// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import io.dive.dns.Deadline;
import io.dive.dns.KeyAnswer;
import io.dive.dns.PolicyAnswer;
import io.dive.key.SignatureVerifier;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.Excerpt;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.SignatureAlgorithm;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Step 5: tries the signatures until one is right. Those whose key is cached come first, otherwise
 * the order of the response counts.
 *
 * @see "draft-callec-dive-01 §Key Identification, §Step 5; draft-callec-dive-00 §Step 5"
 */
final class SignatureVerification {
  /** Both drafts advise at most three; more must not make a client ask DNS without end. */
  static final int MAX_TRIED = 16;

  private static final Optional<FailureDetail> HASH_NOT_ALLOWED =
      Optional.of(FailureDetail.HASH_NOT_ALLOWED);
  private static final Optional<FailureDetail> SIGNATURE_WRONG =
      Optional.of(FailureDetail.SIGNATURE_WRONG);

  private final KeyResolver keys;
  private final Clock clock;
  private final Fqdn host;
  private final PolicyAnswer.Found policy;
  private final Map<HashAlgorithm, BodyDigest> computed;
  private final Deadline deadline;

  SignatureVerification(
      KeyResolver keys,
      Clock clock,
      Fqdn host,
      PolicyAnswer.Found policy,
      Map<HashAlgorithm, BodyDigest> computed,
      Deadline deadline) {
    this.keys = keys;
    this.clock = clock;
    this.host = host;
    this.policy = policy;
    this.computed = computed;
    this.deadline = deadline;
  }

  /** One signature's end: exactly one of the two is present. */
  private record Attempt(Optional<HashAlgorithm> right, Optional<KeyResolution> failure) {
    static Attempt failed(KeyResolution failure) {
      return new Attempt(Optional.empty(), Optional.of(failure));
    }
  }

  Verdict verify(List<SignatureClaim> claims) {
    List<KeyResolution> failures = new ArrayList<>();
    HashAlgorithm lastHash = claims.get(0).hashes().get(0);
    for (SignatureClaim claim : cachedFirst(claims)) {
      Attempt attempt = attempt(claim);
      if (attempt.right().isPresent()) {
        return new Verdict.Accepted(
            claim.key().orElseThrow(), attempt.right().orElseThrow(), policy.policy().version());
      }
      attempt.failure().ifPresent(failures::add);
      lastHash = claim.hashes().get(0);
    }
    return rejected(failures, SignatureClaim.Bodies.digest(computed, lastHash));
  }

  private List<SignatureClaim> cachedFirst(List<SignatureClaim> claims) {
    return claims.stream()
        .sorted(Comparator.comparing(claim -> !isCached(claim)))
        .limit(MAX_TRIED)
        .toList();
  }

  private boolean isCached(SignatureClaim claim) {
    return claim.key().flatMap(key -> keys.cached(key, host, policy)).isPresent();
  }

  private Attempt attempt(SignatureClaim claim) {
    if (claim.key().isEmpty()) {
      FailureDetail detail =
          claim.keyid().isEmpty() ? FailureDetail.KEYID_ABSENT : FailureDetail.KEYID_MALFORMED;
      return Attempt.failed(failure(claim, List.of(), detail, "so no key can be looked up"));
    }
    Optional<Attempt> withCachedKey =
        keys.cached(claim.key().orElseThrow(), host, policy).map(answer -> judge(claim, answer));
    if (withCachedKey.flatMap(Attempt::right).isPresent()) {
      return withCachedKey.orElseThrow();
    }
    // A cached record that does not help may have been replaced (draft-00 §Cache Management).
    return judge(claim, keys.fresh(claim.key().orElseThrow(), host, policy, deadline));
  }

  private Attempt judge(SignatureClaim claim, KeyAnswer answer) {
    if (answer instanceof KeyAnswer.Found found) {
      return check(claim, found);
    } else if (answer instanceof KeyAnswer.Invalid invalid) {
      return Attempt.failed(invalid(claim, invalid));
    } else if (answer instanceof KeyAnswer.Failed failed) {
      FailureDetail detail =
          failed.code().failsValidation()
              ? FailureDetail.KEY_BOGUS
              : FailureDetail.KEY_LOOKUP_FAILED;
      return Attempt.failed(failure(claim, failed.queried(), detail, failed.sentence()));
    }
    KeyAnswer.Absent absent = (KeyAnswer.Absent) answer;
    return Attempt.failed(
        new KeyResolution(
            claim.keyid(),
            absent.queried(),
            absent.insecureSeen(),
            !absent.insecureSeen(),
            Optional.empty(),
            absent.insecureSeen() ? FailureDetail.KEY_INSECURE : FailureDetail.KEY_ABSENT,
            "key " + claim.keyid() + ": no validated record at " + absent.queried()));
  }

  private Attempt check(SignatureClaim claim, KeyAnswer.Found found) {
    KeyRecord key = found.key();
    // Every stated digest matches, so one that the key admits is enough (decision 4).
    Optional<HashAlgorithm> allowed = claim.hashes().stream().filter(key::allows).findFirst();
    Optional<FailureDetail> defect =
        claim
            .defect(computed, key.publicKey(), clock.instant())
            .or(() -> allowed.isPresent() ? Optional.empty() : HASH_NOT_ALLOWED)
            .or(() -> isRight(claim, key) ? Optional.empty() : SIGNATURE_WRONG);
    return defect.isEmpty()
        ? new Attempt(allowed, Optional.empty())
        : Attempt.failed(
            new KeyResolution(
                claim.keyid(),
                found.queried(),
                true,
                true,
                Optional.of(key.publicKey().algorithm()),
                defect.orElseThrow(),
                sentence(claim, defect.orElseThrow(), "key published by " + found.level())));
  }

  private boolean isRight(SignatureClaim claim, KeyRecord key) {
    return SignatureVerifier.verify(
        key.publicKey(), claim.signedBytes(computed), claim.signature());
  }

  private static KeyResolution invalid(SignatureClaim claim, KeyAnswer.Invalid invalid) {
    FailureDetail detail =
        switch (invalid.flaw()) {
          case MALFORMED -> FailureDetail.KEY_MALFORMED;
          case AMBIGUOUS -> FailureDetail.KEY_AMBIGUOUS;
          case INSECURE -> FailureDetail.KEY_INSECURE;
          case NOT_A_PARENT -> FailureDetail.KEY_DOMAIN_NOT_PARENT;
        };
    boolean asked = invalid.flaw() != KeyAnswer.Flaw.NOT_A_PARENT;
    return new KeyResolution(
        claim.keyid(),
        invalid.queried(),
        asked,
        asked && invalid.flaw() != KeyAnswer.Flaw.INSECURE,
        Optional.<SignatureAlgorithm>empty(),
        detail,
        invalid.sentence());
  }

  private static KeyResolution failure(
      SignatureClaim claim, List<String> queried, FailureDetail detail, String more) {
    return new KeyResolution(
        claim.keyid(),
        queried,
        false,
        false,
        Optional.empty(),
        detail,
        sentence(claim, detail, more));
  }

  private static String sentence(SignatureClaim claim, FailureDetail detail, String more) {
    return "key "
        + Excerpt.of(claim.keyid())
        + ": "
        + words(detail)
        + " ("
        + Excerpt.of(more)
        + ")";
  }

  /** The findings about one signature that have no sentence of their own, for people. */
  private static String words(FailureDetail detail) {
    return switch (detail) {
      case DIGEST_MISMATCH -> "the body is not the one that was signed";
      case SIGNATURE_WRONG ->
          "the signature does not fit, so the body is not the one that was signed or another key"
              + " signed it";
      case COMPONENTS_MISMATCH -> "the signature covers something else than content-digest alone";
      case ALGORITHM_MISMATCH -> "alg is absent or is not the published key's algorithm";
      case SIGNATURE_EXPIRED -> "the signature has expired";
      case HASH_NOT_ALLOWED -> "the published key does not admit the digest's algorithm";
      case KEYID_ABSENT -> "the signature has no keyid";
      case KEYID_MALFORMED -> "the keyid is malformed";
      case KEY_BOGUS -> "its record fails DNSSEC validation";
      case KEY_LOOKUP_FAILED -> "its record could not be looked up";
      default -> detail.token();
    };
  }

  private Verdict rejected(List<KeyResolution> failures, BodyDigest last) {
    FailureDetail first = failures.get(0).detail();
    boolean oneReason = failures.stream().allMatch(f -> f.detail().reason() == first.reason());
    return new Verdict.Rejected(
        oneReason ? first : FailureDetail.SIGNATURES_DIFFER,
        String.join("; ", failures.stream().map(KeyResolution::sentence).toList()),
        policy.policy().version(),
        failures,
        Optional.of(last));
  }
}
