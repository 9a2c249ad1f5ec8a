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
import java.util.Optional;
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

  /**
   * What the clients of a host find.
   *
   * @param policy the domain of the policy; empty when there is none, so that they verify nothing
   * @param key the domain that publishes the key; empty when none does
   */
  record Seen(Optional<Fqdn> policy, Optional<Fqdn> key) {}

  /**
   * Looks as a client of a host does.
   *
   * @throws RotationException with a {@code DNS_} code if there was no answer, else if something is
   *     there that clients do not accept
   */
  Seen see(KeyReference key, Fqdn host) throws RotationException {
    PolicyAnswer answer = new PolicyLookup(resolver).find(host, Deadline.in(limit));
    if (answer instanceof PolicyAnswer.Failed failed) {
      throw failed("the policy of " + host, failed.code(), failed.sentence());
    } else if (answer instanceof PolicyAnswer.NotSupported unusable) {
      throw wrong(
          "the policy of %s cannot be used: %s; put that right"
              .formatted(host, unusable.sentence()));
    }
    return answer instanceof PolicyAnswer.Found found
        ? new Seen(Optional.of(found.level()), key(key, host, found))
        : new Seen(Optional.empty(), Optional.empty());
  }

  private Optional<Fqdn> key(KeyReference key, Fqdn host, PolicyAnswer.Found policy)
      throws RotationException {
    KeyAnswer answer =
        new KeyLookup(resolver)
            .find(key, host, policy.level(), policy.policy().version(), Deadline.in(limit));
    if (answer instanceof KeyAnswer.Failed failed) {
      throw failed("key %s of %s".formatted(key, host), failed.code(), failed.sentence());
    } else if (answer instanceof KeyAnswer.Invalid invalid
        && invalid.flaw() != KeyAnswer.Flaw.NOT_A_PARENT) {
      throw wrong(
          "the record of key %s for %s cannot be used: %s; put that right"
              .formatted(key, host, invalid.sentence()));
    }
    return answer instanceof KeyAnswer.Found found ? Optional.of(found.level()) : Optional.empty();
  }

  private static RotationException failed(String what, ErrorCode code, String sentence) {
    return new RotationException(
        code.failsValidation() ? ErrorCode.ROTATION_CHECK_FAILED : code,
        "%s could not be looked up: %s; run this again".formatted(what, sentence));
  }

  /**
   * The domains that publish a key for the hosts, with the record there; none if no host finds it.
   *
   * @throws RotationException if a host has no policy, the servers do not agree, or as {@link #see}
   */
  List<KeyPlace> of(KeyReference key, Collection<Fqdn> hosts) throws RotationException {
    Set<Fqdn> domains = new LinkedHashSet<>();
    for (Fqdn host : hosts) {
      Seen seen = see(key, host);
      if (seen.policy().isEmpty()) {
        throw wrong(
            "%s has no policy that clients accept; see what `dive check` says".formatted(host));
      }
      seen.key().ifPresent(domains::add);
    }
    List<KeyPlace> places = new ArrayList<>();
    for (Fqdn domain : domains) {
      places.add(place(key.keyId(), domain));
    }
    return List.copyOf(places);
  }

  /**
   * The record of a key at a domain that publishes it.
   *
   * @throws RotationException if the servers do not agree, or with a {@code DNS_} code if none
   *     answers
   */
  KeyPlace place(KeyId key, Fqdn domain) throws RotationException {
    String owner = KeyRecord.ownerName(key, domain);
    Map<String, Set<String>> published = zones.published(owner);
    Set<Set<String>> different = new LinkedHashSet<>(published.values());
    if (different.size() != 1) {
      throw ZoneView.differ(owner, published);
    } else if (different.iterator().next().size() != 1) {
      throw wrong(
          "the servers of the zone have not exactly one record at %s: %s; put that right first"
              .formatted(owner, published));
    }
    Duration ttl = zones.ttl(owner).orElse(Duration.ofSeconds(KeyRecord.ADVISED_TTL_SECONDS));
    return new KeyPlace(domain, different.iterator().next().iterator().next(), ttl);
  }

  private static RotationException wrong(String sentence) {
    return new RotationException(ErrorCode.ROTATION_CHECK_FAILED, sentence);
  }
}
