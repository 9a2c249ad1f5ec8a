// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.PolicyRecord;
import io.dive.protocol.ProtocolVersion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the policy that applies to a host: the record at {@code _dive.<host>} or else at the
 * closest parent that has one. Caches nothing. Safe for use by many threads.
 *
 * @see "draft-callec-dive-01 §Step 1; draft-callec-dive-00 §Step 1; decisions 5, 21, 22, 24, 34"
 */
public final class PolicyLookup {
  private final TxtLookup dns;

  /** A look-up over the given DNS. */
  public PolicyLookup(TxtLookup dns) {
    this.dns = requireNonNull(dns, "dns");
  }

  /** Walks up from the host to the last label, within the deadline. */
  public PolicyAnswer find(Fqdn host, Deadline deadline) {
    boolean secure = true;
    for (Fqdn level : host.selfAndParents()) {
      TxtAnswer answer = dns.lookup(PolicyRecord.ownerName(level), deadline.remaining());
      if (answer instanceof TxtAnswer.Found found) {
        return judge(level, found);
      } else if (answer instanceof TxtAnswer.Failed failed) {
        return new PolicyAnswer.Failed(level, failed.code(), failed.sentence());
      } else if (answer instanceof TxtAnswer.Absent absent) {
        secure &= absent.status() == DnssecStatus.SECURE;
      }
    }
    return new PolicyAnswer.None(secure);
  }

  private static PolicyAnswer judge(Fqdn level, TxtAnswer.Found found) {
    if (found.status() != DnssecStatus.SECURE) {
      return new PolicyAnswer.NotSupported(
          level, PolicyAnswer.Obstacle.INSECURE, insecure(PolicyRecord.ownerName(level), found));
    }
    Map<ProtocolVersion, PolicyRecord> usable = new EnumMap<>(ProtocolVersion.class);
    List<ProtocolVersion> ambiguous = new ArrayList<>();
    Optional<MalformedFieldException> problem = Optional.empty();
    for (String value : found.values()) {
      try {
        PolicyRecord policy = PolicyRecord.parse(value);
        if (usable.put(policy.version(), policy) != null) {
          ambiguous.add(policy.version());
        }
      } catch (MalformedFieldException e) {
        // An unknown revision says more than a record that may not be meant for DIVE at all.
        problem =
            problem.filter(p -> p.code() == ErrorCode.UNKNOWN_VERSION).or(() -> Optional.of(e));
      }
    }
    ambiguous.forEach(usable::remove);
    List<PolicyRecord> all =
        usable.values().stream()
            .sorted(Comparator.comparing(PolicyRecord::version).reversed())
            .toList();
    return all.isEmpty()
        ? unusable(level, ambiguous, problem)
        : new PolicyAnswer.Found(all.get(0), level, all, found.ttl(), found.signatureExpires());
  }

  static String insecure(String ownerName, TxtAnswer.Found found) {
    return "the record at %s is not validated by DNSSEC (%s)"
        .formatted(
            ownerName,
            found.status() == DnssecStatus.INSECURE
                ? "insecure: its zone is proven to be unsigned"
                : "indeterminate: no trust anchor covers it");
  }

  private static PolicyAnswer unusable(
      Fqdn level, List<ProtocolVersion> ambiguous, Optional<MalformedFieldException> problem) {
    String owner = PolicyRecord.ownerName(level);
    if (!ambiguous.isEmpty()) {
      return new PolicyAnswer.NotSupported(
          level,
          PolicyAnswer.Obstacle.AMBIGUOUS,
          owner + " has more than one record of " + ambiguous.get(0).token() + " (decision 5)");
    }
    MalformedFieldException cause = problem.orElseThrow();
    return new PolicyAnswer.NotSupported(
        level,
        cause.code() == ErrorCode.UNKNOWN_VERSION
            ? PolicyAnswer.Obstacle.UNKNOWN_VERSION
            : PolicyAnswer.Obstacle.MALFORMED,
        owner + ": " + cause.getMessage());
  }
}
