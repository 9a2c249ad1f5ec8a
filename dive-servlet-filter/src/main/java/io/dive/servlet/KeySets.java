// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.dive.key.Signer;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.sign.ResponseSigner;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One {@link ResponseSigner}, and so one cache of signatures, for each selection of keys that some
 * host signs with: hosts with the same keys share it. Safe for use by many threads.
 */
final class KeySets {
  private final Set<ProtocolVersion> drafts;
  private final int cacheEntries;
  private final Map<List<KeyReference>, ResponseSigner> signers = new ConcurrentHashMap<>();

  /**
   * None yet.
   *
   * @param cacheEntries how many bodies' signatures are remembered for each selection
   */
  KeySets(Set<ProtocolVersion> drafts, int cacheEntries) {
    this.drafts = drafts;
    this.cacheEntries = cacheEntries;
  }

  /** The signer for these keys; empty for no key. */
  Optional<ResponseSigner> of(List<Signer> keys) {
    return keys.isEmpty()
        ? Optional.empty()
        : Optional.of(
            signers.computeIfAbsent(
                keys.stream().map(Signer::key).toList(),
                names -> new ResponseSigner(keys, drafts, cacheEntries)));
  }

  /** Hits, misses and evictions of all caches together. */
  CacheStats cacheStats() {
    return signers.values().stream()
        .map(ResponseSigner::cacheStats)
        .reduce(CacheStats.empty(), CacheStats::plus);
  }
}
