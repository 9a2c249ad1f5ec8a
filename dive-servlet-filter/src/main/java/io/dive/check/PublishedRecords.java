// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import io.dive.protocol.CharacterStrings;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.PolicyRecord;
import io.dive.protocol.ProtocolVersion;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The records an operator has to publish, as lines of a zone file with the TTLs the drafts advise.
 */
public final class PublishedRecords {
  private PublishedRecords() {}

  /** One policy line per revision, the newest first, with the {@code strict} scope (decision 5). */
  public static List<String> policies(Fqdn domain, Set<ProtocolVersion> drafts) {
    return drafts.stream()
        .sorted(Comparator.reverseOrder())
        .map(draft -> PolicyRecord.strict(draft, PolicyRecord.ADVISED_TTL_SECONDS))
        .map(
            policy ->
                CharacterStrings.zoneFileLine(
                    PolicyRecord.ownerName(domain),
                    PolicyRecord.ADVISED_TTL_SECONDS,
                    policy.serialize()))
        .toList();
  }

  /**
   * The line of a key, which admits the given hash only.
   *
   * @param host where the key is published unless its reference names a domain
   */
  public static String key(CheckPlan.Key key, Fqdn host, HashAlgorithm hash) {
    Fqdn domain = key.reference().fqdn().orElse(host);
    return CharacterStrings.zoneFileLine(
        KeyRecord.ownerName(key.reference().keyId(), domain),
        KeyRecord.ADVISED_TTL_SECONDS,
        new KeyRecord(key.publicKey(), Optional.of(List.of(hash)), KeyRecord.ADVISED_TTL_SECONDS)
            .serialize());
  }

  /**
   * All lines for a plan: per host its policies, then its keys; a line that repeats stands once.
   */
  public static List<String> all(CheckPlan plan) {
    return plan.hosts().stream()
        .flatMap(
            host ->
                java.util.stream.Stream.concat(
                    policies(host.name(), plan.drafts()).stream(),
                    host.keys().stream().map(key -> key(key, host.name(), plan.hash()))))
        .distinct()
        .toList();
  }
}
