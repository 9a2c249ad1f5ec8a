// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the checks of this process have seen of keys in DNS: that a key was published, and that it
 * was taken away since. A run that could not tell changes nothing. Safe for use by many threads.
 */
public final class KeyHistory {
  /** Far above what one server has; who reloads ever new keys shall not fill the memory. */
  private static final int MAX_KEYS = 100_000;

  private enum Standing {
    PUBLISHED,
    REVOKED
  }

  private record HostKey(Fqdn host, CheckPlan.Key key) {}

  private final Map<HostKey, Standing> standings =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<HostKey, Standing> eldest) {
          return size() > MAX_KEYS;
        }
      };

  /** Nothing seen yet. */
  public KeyHistory() {}

  /** The key's record was seen, secure and with this very key. */
  synchronized void published(Fqdn host, CheckPlan.Key key) {
    standings.put(new HostKey(host, key), Standing.PUBLISHED);
  }

  /** The key's record is proven to be gone or to hold another key. */
  synchronized void revoked(Fqdn host, CheckPlan.Key key) {
    standings.put(new HostKey(host, key), Standing.REVOKED);
  }

  /** Whether the key was ever seen, revoked since or not. */
  synchronized boolean isKnown(Fqdn host, CheckPlan.Key key) {
    return standings.get(new HostKey(host, key)) != null;
  }

  /** Whether the key is revoked by what was seen last. */
  synchronized boolean isRevoked(Fqdn host, CheckPlan.Key key) {
    return standings.get(new HostKey(host, key)) == Standing.REVOKED;
  }

  /** All keys of a host that were ever seen, whatever the settings say of them now. */
  synchronized List<CheckPlan.Key> seenAt(Fqdn host) {
    return standings.keySet().stream()
        .filter(seen -> seen.host().equals(host))
        .map(HostKey::key)
        .toList();
  }

  /**
   * The revoked keys of a plan's hosts, each host's once. They need not be in the plan: stored
   * signatures outlive the settings. One whose Key ID another key of the plan has taken over, which
   * is not revoked, is not among them.
   */
  public synchronized List<CheckReport.RevokedKey> revokedOf(CheckPlan plan) {
    return plan.hosts().stream().flatMap(host -> revokedOf(host).stream()).distinct().toList();
  }

  private List<CheckReport.RevokedKey> revokedOf(CheckPlan.Host host) {
    Set<String> usable =
        host.keys().stream()
            .filter(key -> !isRevoked(host.name(), key))
            .map(key -> name(key.reference()))
            .collect(Collectors.toUnmodifiableSet());
    return standings.entrySet().stream()
        .filter(seen -> seen.getValue() == Standing.REVOKED)
        .filter(seen -> seen.getKey().host().equals(host.name()))
        .map(seen -> seen.getKey().key().reference())
        .filter(key -> !usable.contains(name(key)))
        .map(key -> new CheckReport.RevokedKey(host.name(), key))
        .toList();
  }

  /** As DNS tells Key IDs apart (decision 9). */
  private static String name(KeyReference key) {
    return key.keyId().value().toLowerCase(Locale.ROOT);
  }
}
