// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import io.dive.protocol.Fqdn;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

  /** The revoked ones among the keys of a plan, each host's once. */
  public List<CheckReport.RevokedKey> revokedOf(CheckPlan plan) {
    return plan.hosts().stream()
        .flatMap(
            host ->
                host.keys().stream()
                    .filter(key -> isRevoked(host.name(), key))
                    .map(key -> new CheckReport.RevokedKey(host.name(), key.reference())))
        .distinct()
        .toList();
  }
}
