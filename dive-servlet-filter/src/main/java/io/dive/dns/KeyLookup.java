// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.ProtocolVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds the key record a response names. Caches nothing. Safe for use by many threads.
 *
 * @see "draft-callec-dive-01 §Step 4; draft-callec-dive-00 §Step 4; decisions 8, 11, 22, 33, 34"
 */
public final class KeyLookup {
  private final TxtLookup dns;

  /** A look-up over the given DNS. */
  public KeyLookup(TxtLookup dns) {
    this.dns = requireNonNull(dns, "dns");
  }

  /**
   * Looks where the reference says, or else from the host up to the policy's level.
   *
   * @param policyLevel the host or one of its parents, where the policy was found
   * @throws IllegalArgumentException if the policy's level is neither
   */
  public KeyAnswer find(
      KeyReference reference,
      Fqdn host,
      Fqdn policyLevel,
      ProtocolVersion version,
      Deadline deadline) {
    if (!policyLevel.isSameOrParentOf(host)) {
      throw new IllegalArgumentException(policyLevel + " is no parent of " + host);
    }
    List<Fqdn> levels;
    if (reference.fqdn().isPresent()) {
      Fqdn only = reference.fqdn().orElseThrow();
      if (!only.isSameOrParentOf(host)) {
        return new KeyAnswer.Invalid(
            KeyAnswer.Flaw.NOT_A_PARENT,
            "key %s: %s is neither %s nor a parent of it".formatted(reference, only, host),
            List.of());
      }
      levels = List.of(only);
    } else {
      levels = host.selfAndParents().stream().filter(policyLevel::isSameOrParentOf).toList();
    }
    return walk(reference, levels, version, deadline);
  }

  private KeyAnswer walk(
      KeyReference reference, List<Fqdn> levels, ProtocolVersion version, Deadline deadline) {
    List<String> queried = new ArrayList<>();
    boolean insecureSeen = false;
    boolean proven = true;
    for (Fqdn level : levels) {
      String owner = KeyRecord.ownerName(reference.keyId(), level);
      queried.add(owner);
      TxtAnswer answer = dns.lookup(owner, deadline.remaining());
      if (answer instanceof TxtAnswer.Failed failed) {
        return new KeyAnswer.Failed(failed.code(), failed.sentence(), queried);
      } else if (answer instanceof TxtAnswer.Found found) {
        if (found.status() == DnssecStatus.SECURE) {
          return judge(owner, level, found, queried);
        }
        if (!version.insecureKeyIsAbsent()) {
          return new KeyAnswer.Invalid(
              KeyAnswer.Flaw.INSECURE, PolicyLookup.insecure(owner, found), queried);
        }
        insecureSeen = true;
      }
      proven &= answer instanceof TxtAnswer.Absent absent && absent.status() == DnssecStatus.SECURE;
    }
    return new KeyAnswer.Absent(insecureSeen, proven, queried);
  }

  private static KeyAnswer judge(
      String owner, Fqdn level, TxtAnswer.Found found, List<String> queried) {
    List<KeyRecord> keys = new ArrayList<>();
    Optional<MalformedFieldException> problem = Optional.empty();
    for (String value : found.values()) {
      try {
        keys.add(KeyRecord.parse(value));
      } catch (MalformedFieldException e) {
        problem = Optional.of(e);
      }
    }
    if (keys.size() == 1) {
      Duration ttl = found.ttl();
      return new KeyAnswer.Found(keys.get(0), level, ttl, found.signatureExpires(), queried);
    }
    return keys.isEmpty()
        ? new KeyAnswer.Invalid(
            KeyAnswer.Flaw.MALFORMED, owner + ": " + problem.orElseThrow().getMessage(), queried)
        : new KeyAnswer.Invalid(
            KeyAnswer.Flaw.AMBIGUOUS,
            owner + " has " + keys.size() + " key records, only one is allowed (decision 11)",
            queried);
  }
}
