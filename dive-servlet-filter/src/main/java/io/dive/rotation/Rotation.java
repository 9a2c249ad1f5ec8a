// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import static java.util.Objects.requireNonNull;

import io.dive.check.CheckPlan;
import io.dive.dns.RecordChange;
import io.dive.key.FreshKeyId;
import io.dive.key.SigningKey;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Replaces a signing key by a new one so that no client refuses a download meanwhile. Each step is
 * checked where clients look, remembered in the state file, and may be repeated: after a crash at
 * any moment the next run goes on. For one thread.
 *
 * @see "draft-callec-dive-01 §Key Rotation"
 */
public final class Rotation {
  private static final int MAX_NAMES_TRIED = 20;

  private final RotationSetup setup;
  private final Set<RecordChange> requested = new HashSet<>();

  /** A rotation, new or under way by its state file. */
  public Rotation(RotationSetup setup) {
    this.setup = requireNonNull(setup, "setup");
  }

  /**
   * Goes as far as is possible now.
   *
   * @param key the key to replace; empty to go on with the rotation under way, or else to replace
   *     the only key there is. A key that was replaced already is done.
   * @return what is awaited, or that it is done
   * @throws RotationException with {@code ROTATION_CHECK_FAILED} if a check found something that
   *     waiting does not cure, {@code ROTATION_IMPOSSIBLE} or {@code ROTATION_STATE_UNUSABLE}
   * @throws DiveException if a key file, the settings or the publisher fails
   */
  public Progress advance(Optional<KeyId> key) throws DiveException, InterruptedException {
    try (Run run = new Run(setup, requested)) {
      return advance(run, key, Optional.empty());
    }
  }

  /** The same, waiting until it is done. */
  public Progress finish(Optional<KeyId> key, RotationSetup.Waiter waiter)
      throws DiveException, InterruptedException {
    return Waiting.until(setup, waiter, () -> advance(key));
  }

  /**
   * What is under way by a state file, in sentences; empty when nothing is.
   *
   * @throws RotationException with {@code ROTATION_STATE_UNUSABLE}
   */
  public static List<String> underWay(Path stateFile) throws RotationException {
    RotationState state = RotationStateFile.read(stateFile);
    List<String> sentences = new ArrayList<>();
    state
        .running()
        .ifPresent(
            r ->
                sentences.add(
                    "rotation from %s to %s: at step %s%s"
                        .formatted(
                            r.oldKey(),
                            r.newKey(),
                            RotationStateJson.word(r.phase()),
                            r.due()
                                .map(due -> ", until " + Progress.wholeSecond(due))
                                .orElse(""))));
    state.revocations().stream()
        .filter(r -> r.phase() != RevocationPhase.OVER)
        .forEach(
            r ->
                sentences.add(
                    "revocation of %s: at step %s%s"
                        .formatted(
                            r.key(),
                            RotationStateJson.word(r.phase()),
                            r.due()
                                .map(due -> ", until " + Progress.wholeSecond(due))
                                .orElse(""))));
    return List.copyOf(sentences);
  }

  /**
   * Every Key ID that a state file remembers, in small letters; empty when there is no such file.
   *
   * @throws RotationException with {@code ROTATION_STATE_UNUSABLE}
   */
  public static Set<KeyId> usedKeyIds(Path stateFile) throws RotationException {
    return RotationStateFile.read(stateFile).usedKeyIds();
  }

  /**
   * Goes on within a run.
   *
   * @param until a phase to stop before
   */
  static Progress advance(Run run, Optional<KeyId> key, Optional<Phase> until)
      throws DiveException, InterruptedException {
    if (key.isPresent() && wasReplaced(run, key.orElseThrow())) {
      return Progress.DONE;
    }
    if (run.state().running().isEmpty()) {
      begin(run, key);
    }
    DiveSettings settings = run.settingsFile.load();
    run.trees(settings).signed();
    Optional<KeySettings> signing = signing(run, settings);
    if (signing.isPresent()) {
      run.urls(settings, signing.orElseThrow().hosts());
    }
    while (run.state().running().isPresent()) {
      Running running = run.state().running().orElseThrow();
      if (key.isPresent() && !key.orElseThrow().equals(running.oldKey())) {
        throw impossible(
            "a rotation from %s to %s is under way; finish it before that of %s"
                .formatted(running.oldKey(), running.newKey(), key.orElseThrow()));
      }
      if (until.isPresent() && running.phase().compareTo(until.orElseThrow()) >= 0) {
        return Progress.DONE;
      }
      Optional<Progress> awaited = new RotationSteps(run, running).step();
      if (awaited.isPresent()) {
        return awaited.orElseThrow();
      }
    }
    return Progress.DONE;
  }

  /** The key that signs during the rotation under way, the new one as soon as it does. */
  private static Optional<KeySettings> signing(Run run, DiveSettings settings) {
    return run.state()
        .running()
        .flatMap(
            running ->
                SettingsFile.key(settings, running.newKey())
                    .or(() -> SettingsFile.key(settings, running.oldKey())));
  }

  private static boolean wasReplaced(Run run, KeyId key) throws DiveException {
    return run.state().finished().stream().anyMatch(f -> f.oldKey().equals(key))
        && SettingsFile.key(run.settingsFile.load(), key).isEmpty();
  }

  static RotationException impossible(String sentence) {
    return new RotationException(ErrorCode.ROTATION_IMPOSSIBLE, sentence);
  }

  private static void begin(Run run, Optional<KeyId> key)
      throws DiveException, InterruptedException {
    DiveSettings settings = run.settingsFile.load();
    KeySettings old = old(settings, key);
    if (old.agent().isPresent()) {
      throw impossible(
          "key %s is in an ssh-agent, and only keys in files are replaced here; rotate it by hand, as the documentation says (docs/rotation.md, Rotating by hand)"
              .formatted(old.id()));
    }
    run.settingsFile.requireInPlace();
    requireRoom(run, settings, old.id());
    run.urls(settings, old.hosts());
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

  /** Both keys sign for a while, beside those that are there. */
  private static void requireRoom(Run run, DiveSettings settings, KeyId old) throws DiveException {
    for (SignedTrees.Tree tree : run.trees(settings).signed()) {
      if (tree.keys().stream().anyMatch(key -> key.id().equals(old))
          && tree.keys().size() >= SignedBody.MAX_KEYS) {
        throw impossible(
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
      throw impossible(
          "%d keys sign already, and a response carries no more signatures (decision 6); take one out first"
              .formatted(most));
    }
  }

  private static KeySettings old(DiveSettings settings, Optional<KeyId> key)
      throws RotationException {
    if (key.isPresent()) {
      return SettingsFile.key(settings, key.orElseThrow())
          .orElseThrow(
              () -> impossible("the settings have no key %s to replace".formatted(key.get())));
    }
    if (settings.keys().size() != 1) {
      throw impossible(
          settings.keys().isEmpty()
              ? "the settings name no key file; rotate where the private key is"
              : "the settings have several keys; say which to replace, with --key");
    }
    return settings.keys().get(0);
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
    throw impossible(
        "every Key ID tried has a record or a file already; is there a wildcard at *._divekey?");
  }
}
