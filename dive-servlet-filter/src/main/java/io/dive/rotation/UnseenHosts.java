// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.protocol.DiveException;
import io.dive.protocol.Fqdn;
import io.dive.protocol.RotationException;
import io.dive.rotation.RotationState.KeyPlace;
import io.dive.rotation.RotationState.Revoked;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A look at the hosts of a revoked key that were not seen before. What is wrong with one does not
 * keep the key from being withdrawn for the others.
 *
 * @param revoked with what was found
 * @param problems of the hosts that are still unseen; empty when none is
 */
record UnseenHosts(Revoked revoked, List<String> problems) {
  UnseenHosts {
    problems = List.copyOf(problems);
  }

  static UnseenHosts look(Run run, Revoked revoked) throws DiveException {
    Set<Fqdn> policies = new LinkedHashSet<>(revoked.policies());
    Map<Fqdn, KeyPlace> places = new LinkedHashMap<>();
    revoked.places().forEach(place -> places.put(place.domain(), place));
    List<Fqdn> unseen = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (Fqdn host : revoked.unseen()) {
      try {
        KeyPlaces.Seen seen = run.places.see(revoked.reference(), host);
        if (seen.key().isPresent() && !places.containsKey(seen.key().orElseThrow())) {
          Fqdn domain = seen.key().orElseThrow();
          places.put(domain, run.places.place(revoked.key(), domain));
        }
        if (seen.policy().isEmpty()) {
          run.passed(
              "%s has no policy, so nothing is to be taken back there; if %s has a record for it, remove that by hand"
                  .formatted(host, revoked.key()));
        }
        seen.policy().ifPresent(policies::add);
      } catch (RotationException e) {
        unseen.add(host);
        problems.add(e.getMessage());
      }
    }
    return new UnseenHosts(
        revoked.found(unseen, List.copyOf(places.values()), List.copyOf(policies)), problems);
  }

  /** Whether there is more to withdraw than before. */
  boolean hasMoreThan(Revoked before) {
    return !revoked.places().equals(before.places())
        || !revoked.policies().equals(before.policies());
  }
}
