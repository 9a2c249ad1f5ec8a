// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.protocol.DiveException;
import io.dive.protocol.KeyId;
import io.dive.rotation.RotationState.Phase;
import io.dive.rotation.RotationState.Running;
import io.dive.settings.DiveSettings;
import io.dive.settings.HostPattern;
import io.dive.settings.KeySettings;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What clients accept instead of a key that is to be revoked.
 *
 * @param others keys that sign already for every host the key signs for; empty where a rotation
 *     replaces the key
 * @param inUse the key in the settings; empty when they no longer have it
 */
record Replacement(
    Run run, KeyId key, DiveSettings settings, List<KeyId> others, Optional<KeySettings> inUse) {
  static Replacement of(Run run, KeyId key) throws DiveException {
    DiveSettings settings = run.settingsFile.load();
    return new Replacement(
        run,
        key,
        settings,
        isBeingReplaced(run, key) ? List.of() : others(run, settings, key),
        SettingsFile.key(settings, key));
  }

  private static boolean isBeingReplaced(Run run, KeyId key) {
    return run.state().running().filter(r -> r.oldKey().equals(key)).isPresent();
  }

  /** The keys that sign for every host that the key signs for, and may go on to. */
  private static List<KeyId> others(Run run, DiveSettings settings, KeyId key)
      throws DiveException {
    List<Set<KeyId>> keysOfHosts =
        settings.checkPlan().hosts().stream()
            .map(
                host ->
                    host.keys().stream()
                        .map(k -> k.reference().keyId())
                        .collect(Collectors.toUnmodifiableSet()))
            .toList();
    boolean known = SettingsFile.key(settings, key).isPresent();
    return settings.keys().stream()
        .map(KeySettings::id)
        .filter(id -> !id.equals(key) && run.state().revocation(id).isEmpty())
        .filter(
            id ->
                keysOfHosts.stream()
                    .filter(keys -> !known || keys.contains(key))
                    .allMatch(keys -> keys.contains(id)))
        .toList();
  }

  private Set<HostPattern> hosts() {
    return inUse.map(KeySettings::hosts).orElse(Set.of());
  }

  /**
   * Looks whether files let it be made and seen, before anything is begun.
   *
   * @throws DiveException if not; the message says what to do
   */
  void requirePossible() throws DiveException {
    if (!others.isEmpty()) {
      run.urls(settings, hosts());
    } else if (inUse.isPresent() && !isBeingReplaced(run, key)) {
      Optional<Running> other = run.state().running().filter(r -> !r.newKey().equals(key));
      if (other.isPresent()) {
        Rotation.requireOf(other.orElseThrow(), key);
      }
      RotationBeginning.requireReplaceable(run, settings, inUse.orElseThrow());
    }
  }

  /** What is awaited until clients accept what is served without the key; empty if they do. */
  Optional<Progress> advance() throws DiveException, InterruptedException {
    if (!others.isEmpty()) {
      return served();
    }
    if (inUse.isEmpty() && !isBeingReplaced(run, key)) {
      return Optional.empty(); // nothing here signs with it
    }
    Progress progress = Rotation.advance(run, Optional.of(key), Optional.of(Phase.OVERLAP));
    return progress.isDone() ? Optional.empty() : Optional.of(progress);
  }

  private Optional<Progress> served() throws DiveException, InterruptedException {
    return run.served(
            settings,
            hosts(),
            response -> {
              for (KeyId other : others) {
                if (response.problemOf(other).isEmpty()) {
                  return Optional.empty();
                }
              }
              return Optional.of(
                  "a signature of %s that clients accept; sign with it, or go on without replacement"
                      .formatted(others));
            })
        .map(Progress::awaiting);
  }
}
