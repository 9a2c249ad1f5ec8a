// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.dns.Deadline;
import io.dive.dns.KeyAnswer;
import io.dive.dns.KeyLookup;
import io.dive.dns.PolicyAnswer;
import io.dive.dns.PolicyLookup;
import io.dive.dns.TxtLookup;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RotationException;
import io.dive.rotation.RotationState.KeyPlace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Where the policies of hosts and the records of keys are published, as clients find them. */
final class KeyPlaces {
  private final TxtLookup resolver;
  private final ZoneView zones;
  private final Duration limit;

  KeyPlaces(TxtLookup resolver, ZoneView zones, Duration limit) {
    this.resolver = resolver;
    this.zones = zones;
    this.limit = limit;
  }

  private PolicyAnswer.Found policy(Fqdn host) throws RotationException {
    PolicyAnswer answer = new PolicyLookup(resolver).find(host, Deadline.in(limit));
    if (answer instanceof PolicyAnswer.Found found) {
      return found;
    }
    throw wrong("%s has no policy that clients accept; see what `dive check` says".formatted(host));
  }

  /** The domains whose policies apply to the hosts. */
  List<Fqdn> policies(Collection<Fqdn> hosts) throws RotationException {
    Set<Fqdn> domains = new LinkedHashSet<>();
    for (Fqdn host : hosts) {
      domains.add(policy(host).level());
    }
    return List.copyOf(domains);
  }

  /**
   * The domains that publish a key for the hosts, with the record there.
   *
   * @throws RotationException if no host finds it, or the servers do not agree
   */
  List<KeyPlace> of(KeyReference key, Collection<Fqdn> hosts) throws RotationException {
    Set<Fqdn> domains = new LinkedHashSet<>();
    for (Fqdn host : hosts) {
      PolicyAnswer.Found policy = policy(host);
      KeyAnswer answer =
          new KeyLookup(resolver)
              .find(key, host, policy.level(), policy.policy().version(), Deadline.in(limit));
      if (answer instanceof KeyAnswer.Found found) {
        domains.add(found.level());
      } else if (!(answer instanceof KeyAnswer.Absent)) {
        throw wrong(
            "the record of key %s for %s cannot be used; see what `dive check` says"
                .formatted(key, host));
      }
    }
    List<KeyPlace> places = new ArrayList<>();
    for (Fqdn domain : domains) {
      places.add(place(key.keyId(), domain));
    }
    return List.copyOf(places);
  }

  private KeyPlace place(KeyId key, Fqdn domain) throws RotationException {
    String owner = KeyRecord.ownerName(key, domain);
    Map<String, Set<String>> published = zones.published(owner);
    Set<Set<String>> different = new LinkedHashSet<>(published.values());
    if (different.size() != 1 || different.iterator().next().size() != 1) {
      throw wrong(
          "the servers of the zone do not all have one and the same record at %s: %s; put that right first"
              .formatted(owner, published));
    }
    Duration ttl = zones.ttl(owner).orElse(Duration.ofSeconds(KeyRecord.ADVISED_TTL_SECONDS));
    return new KeyPlace(domain, different.iterator().next().iterator().next(), ttl);
  }

  private static RotationException wrong(String sentence) {
    return new RotationException(ErrorCode.ROTATION_CHECK_FAILED, sentence);
  }
}
