// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.dive.key.Signer;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import io.dive.settings.DiveSettings;
import io.dive.settings.RuleSettings;
import io.dive.sidecar.SidecarFiles;
import io.dive.sidecar.SidecarListener;
import io.dive.sidecar.SidecarStore;
import io.dive.sidecar.SignaturesJson;
import io.dive.sidecar.UnusableSidecars;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Makes the stores of the rules with mode {@code sidecar}. All rules share one store of sidecar
 * files, and so its bound.
 */
final class SidecarStores {
  private final DiveSettings settings;
  private final Map<KeyReference, RawPublicKey> knownKeys;
  private final SidecarListener listener;
  private final UnusableSidecars unusable;
  private final SidecarFiles files;

  SidecarStores(
      DiveSettings settings,
      List<Signer> signers,
      ResponseMetrics metrics,
      UnusableSidecars unusable) {
    this.settings = settings;
    this.knownKeys = signers.stream().collect(Collectors.toMap(Signer::key, Signer::publicKey));
    this.listener = new SidecarMeters(metrics);
    this.unusable = unusable;
    this.files =
        new SidecarFiles(settings.drafts(), settings.sidecars().cacheEntries(), listener, unusable);
  }

  /** Hits, misses and evictions of the store of sidecar files. */
  CacheStats cacheStats() {
    return files.cacheStats();
  }

  SidecarStore store(RuleSettings rule, Path root) {
    return rule.signaturesJson().isEmpty()
        ? settings.sidecarStore().orElse(files)
        : new SignaturesJson(
            rule.signaturesJson().orElseThrow(),
            root,
            settings.drafts(),
            settings.sidecars().cacheEntries(),
            key -> Optional.ofNullable(knownKeys.get(key)),
            listener,
            unusable);
  }
}
