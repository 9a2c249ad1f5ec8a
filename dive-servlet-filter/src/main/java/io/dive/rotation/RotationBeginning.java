// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.check.CheckPlan;
import io.dive.key.FreshKeyId;
import io.dive.key.SigningKey;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.RotationException;
import io.dive.rotation.RotationState.KeyPlace;
import io.dive.rotation.RotationState.Phase;
import io.dive.rotation.RotationState.RevocationPhase;
import io.dive.rotation.RotationState.Running;
import io.dive.settings.DiveSettings;
import io.dive.settings.KeySettings;
import io.dive.sign.SignedBody;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** How a rotation begins: which key is replaced, whether that is possible, and by which Key ID. */
final class RotationBeginning {
  private static final int MAX_NAMES_TRIED = 20;

  private RotationBeginning() {}

  /**
   * Remembers a new rotation; nothing else is changed.
   *
   * @throws DiveException if the key cannot be replaced, or its records cannot be changed
   */
  static void begin(Run run, Optional<KeyId> key) throws DiveException, InterruptedException {
    DiveSettings settings = run.settingsFile.load();
    KeySettings old = old(settings, key);
    requireReplaceable(run, settings, old);
    List<Fqdn> hosts = Run.hosts(settings, Optional.of(old.id()));
    List<KeyPlace> places = run.places.of(old.reference(), hosts);
    if (places.isEmpty()) {
      throw new RotationException(
          ErrorCode.ROTATION_CHECK_FAILED,
          "key %s is not published where clients look; see what `dive check` says"
              .formatted(old.id()));
    }
    SigningKey oldKey = SettingsFile.keyFile(settings, old, old.file()).read();
    for (KeyPlace place : places) {
      if (!KeyRecord.parse(place.record()).publicKey().equals(oldKey.publicKey())) {
        throw new RotationException(
            ErrorCode.ROTATION_CHECK_FAILED,
            "%s publishes another key than %s holds; put that right first"
                .formatted(place.owner(old.id()), old.file()));
      }
    }
    RotationState known =
        run.state().withUsed(settings.keys().stream().map(KeySettings::id).toList());
    KeyId newKey = freshKeyId(run, known, old, lookedAt(run, settings, old, places));
    for (KeyPlace place : places) {
      run.setup.publisher.requirePermission(place.owner(newKey));
      run.setup.publisher.requirePermission(place.owner(old.id()));
    }
    Running running =
        new Running(
            old.id(),
            newKey,
            old.file(),
            SettingsFile.newFile(old, newKey),
            hosts,
            places,
            Phase.CREATE_KEY,
            Optional.empty());
    run.save(known.withUsed(List.of(newKey)).with(Optional.of(running)));
    run.passed("key %s is to follow %s".formatted(newKey, old.id()));
  }

  /**
   * Looks whether a key is one that can be replaced, as far as files say so.
   *
   * @throws RotationException with {@code ROTATION_IMPOSSIBLE} if it is not
   * @throws ConfigException if something is missing for it
   */
  static void requireReplaceable(Run run, DiveSettings settings, KeySettings old)
      throws DiveException {
    if (old.agent().isPresent()) {
      throw Rotation.impossible(
          "key %s is in an ssh-agent, and only keys in files are replaced here; rotate it by hand, as the documentation says (docs/rotation.md, Rotating by hand)"
              .formatted(old.id()));
    }
    if (run.state()
        .revocation(old.id())
        .filter(revoked -> revoked.phase() != RevocationPhase.REPLACE)
        .isPresent()) {
      throw Rotation.impossible(
          "key %s is revoked, so no client waits for its replacement: make a key with `dive keygen`, publish what `dive records` prints, and name it in %s instead"
              .formatted(old.id(), run.settingsFile));
    }
    run.settingsFile.requireInPlace();
    requireRoom(run, settings, old.id());
    run.urls(settings, old.hosts());
  }

  /** Both keys sign for a while, beside those that are there. */
  private static void requireRoom(Run run, DiveSettings settings, KeyId old) throws DiveException {
    for (SignedTrees.Tree tree : run.trees(settings).signed()) {
      if (tree.keys().stream().anyMatch(key -> key.id().equals(old))
          && tree.keys().size() >= SignedBody.MAX_KEYS) {
        throw Rotation.impossible(
            "%d keys sign for the hosts of %s together, and a sidecar holds %d (decision 6); take one out first, or give each host a root of its own"
                .formatted(tree.keys().size(), tree.path(), SignedBody.MAX_KEYS));
      }
    }
    int most = 0;
    for (CheckPlan.Host host : settings.checkPlan().hosts()) {
      if (host.keys().stream().anyMatch(key -> key.reference().keyId().equals(old))) {
        most = Math.max(most, host.keys().size());
      }
    }
    if (most >= SignedBody.MAX_KEYS) {
      throw Rotation.impossible(
          "%d keys sign already, and a response carries no more signatures (decision 6); take one out first"
              .formatted(most));
    }
  }

  private static KeySettings old(DiveSettings settings, Optional<KeyId> key)
      throws ConfigException {
    if (key.isPresent()) {
      return SettingsFile.key(settings, key.orElseThrow())
          .orElseThrow(
              () ->
                  new ConfigException(
                      ErrorCode.SETTING_INVALID,
                      "--key",
                      "the settings have no key %s to replace; they have %s"
                          .formatted(key.get(), names(settings))));
    }
    if (settings.keys().size() != 1) {
      throw new ConfigException(
          ErrorCode.SETTING_MISSING,
          "--key",
          settings.keys().isEmpty()
              ? "the settings name no key file; rotate where the private key is"
              : "the settings have several keys, %s; say which to replace, with --key"
                  .formatted(names(settings)));
    }
    return settings.keys().get(0);
  }

  private static String names(DiveSettings settings) {
    return settings.keys().isEmpty()
        ? "none"
        : String.join(", ", settings.keys().stream().map(key -> key.id().value()).toList());
  }

  /**
   * Wherever clients look for a key before or where they find it (decision 8): the places, and
   * without an fqdn each level from a host up to its policy.
   */
  private static Set<Fqdn> lookedAt(
      Run run, DiveSettings settings, KeySettings old, List<KeyPlace> places) throws DiveException {
    Set<Fqdn> domains = new LinkedHashSet<>();
    places.forEach(place -> domains.add(place.domain()));
    if (old.fqdn().isPresent()) {
      return domains;
    }
    for (Fqdn host : Run.hosts(settings, Optional.of(old.id()))) {
      Optional<Fqdn> policy = run.places.see(old.reference(), host).policy();
      host.selfAndParents().stream()
          .filter(level -> policy.stream().anyMatch(p -> p.isSameOrParentOf(level)))
          .forEach(domains::add);
    }
    return domains;
  }

  /** A Key ID that neither the state nor DNS nor the disk has seen. */
  private static KeyId freshKeyId(Run run, RotationState known, KeySettings old, Set<Fqdn> domains)
      throws RotationException {
    Set<KeyId> taken = new HashSet<>(known.usedKeyIds());
    for (int tried = 0; tried < MAX_NAMES_TRIED; tried++) {
      KeyId suggestion = FreshKeyId.suggest(run.setup.clock, taken);
      boolean free = !Files.exists(SettingsFile.newFile(old, suggestion));
      for (Fqdn domain : domains) {
        free &= !run.zones.isTaken(KeyRecord.ownerName(suggestion, domain));
      }
      if (free) {
        return suggestion;
      }
      taken.add(suggestion);
    }
    throw Rotation.impossible(
        "every Key ID tried has a record or a file already; is there a wildcard at *._divekey?");
  }
}
