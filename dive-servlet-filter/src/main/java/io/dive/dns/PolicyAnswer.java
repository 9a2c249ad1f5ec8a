// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.PolicyRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What {@link PolicyLookup} finds for a host. */
public sealed interface PolicyAnswer {
  /** Why a domain's policy record means that DIVE is not supported there. */
  enum Obstacle {
    /** The record was not validated: insecure, or covered by no trust anchor (decision 34). */
    INSECURE,
    /** No record is a policy record. */
    MALFORMED,
    /** A {@code v} that names no known revision (decision 24). */
    UNKNOWN_VERSION,
    /** Two records of one revision, and no other one (decision 5). */
    AMBIGUOUS
  }

  /**
   * A validated policy.
   *
   * @param policy of the newest revision known here
   * @param level the domain whose policy it is: the host or one of its parents
   * @param all every usable policy record at that level, the newest revision first
   * @param ttl as DNS gave it, not the policy's {@code cache}
   * @param signatureExpires when the first of the RRSIGs over the records ends
   */
  record Found(
      PolicyRecord policy,
      Fqdn level,
      List<PolicyRecord> all,
      Duration ttl,
      Optional<Instant> signatureExpires)
      implements PolicyAnswer {
    /** Copies the list. */
    public Found {
      requireNonNull(policy, "policy");
      requireNonNull(level, "level");
      all = List.copyOf(all);
      requireNonNull(ttl, "ttl");
      requireNonNull(signatureExpires, "signatureExpires");
    }
  }

  /**
   * No policy at any level.
   *
   * @param secure whether the absence is proven at every level
   */
  record None(boolean secure) implements PolicyAnswer {}

  /**
   * There is something at a level which does not make a policy; the walk stops there.
   *
   * @param sentence the problem, for people
   */
  record NotSupported(Fqdn level, Obstacle obstacle, String sentence) implements PolicyAnswer {
    /** No component may be null. */
    public NotSupported {
      requireNonNull(level, "level");
      requireNonNull(obstacle, "obstacle");
      requireNonNull(sentence, "sentence");
    }
  }

  /**
   * A level gave no answer that could be judged, so the walk stopped (decision 22).
   *
   * @param code as in {@link TxtAnswer.Failed}
   * @param sentence the problem, for people
   */
  record Failed(Fqdn level, ErrorCode code, String sentence) implements PolicyAnswer {
    /** No component may be null. */
    public Failed {
      requireNonNull(level, "level");
      requireNonNull(code, "code");
      requireNonNull(sentence, "sentence");
    }
  }
}
