// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyId;
import io.dive.protocol.RotationException;
import io.dive.rotation.RotationState.Phase;
import io.dive.rotation.RotationState.RevocationPhase;
import io.dive.rotation.RotationState.Revoked;
import io.dive.rotation.RotationState.Running;
import io.dive.settings.DiveSettings;
import io.dive.settings.KeySettings;
import java.nio.file.Path;
import java.time.Instant;
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
  private final RotationSetup setup;
  private final Said said;

  /** A rotation, new or under way by its state file. */
  public Rotation(RotationSetup setup) {
    this.setup = requireNonNull(setup, "setup");
    this.said = new Said(setup.listener);
  }

  /**
   * Goes as far as is possible now.
   *
   * @param key the key to replace; empty to go on with the rotation under way, or else to replace
   *     the only key there is. A key that was replaced already is done.
   * @return what is awaited, a server that does not answer included, or that it is done
   * @throws RotationException with {@code ROTATION_CHECK_FAILED} if a check found something that
   *     waiting does not cure, {@code ROTATION_IMPOSSIBLE}, also where a revocation is replacing a
   *     key, or {@code ROTATION_STATE_UNUSABLE}
   * @throws ConfigException if the settings are wrong, or have no such key
   * @throws DiveException if a key file or the publisher fails
   */
  public Progress advance(Optional<KeyId> key) throws DiveException, InterruptedException {
    return Waiting.once(
        () -> {
          try (Run run = new Run(setup, said)) {
            requireNoRevocation(run.state());
            return advance(run, key, Optional.empty());
          }
        });
  }

  /** What a revocation has begun is its own to finish: with an overlap it would last a day more. */
  private static void requireNoRevocation(RotationState state) throws RotationException {
    Optional<Revoked> replacing =
        state.revocations().stream().filter(r -> r.phase() == RevocationPhase.REPLACE).findFirst();
    if (replacing.isPresent()) {
      throw impossible(
          "%s; go on with that: dive revoke --key %s"
              .formatted(
                  UnderWay.sentence(state, replacing.orElseThrow()),
                  replacing.orElseThrow().key()));
    }
  }

  /** The same, waiting until it is done. */
  public Progress finish(Optional<KeyId> key, RotationSetup.Waiter waiter)
      throws DiveException, InterruptedException {
    return Waiting.until(setup, waiter, () -> advance(key));
  }

  /**
   * What is under way by a state file, and what of it is only clean-up; empty when nothing is.
   *
   * @param now the time
   * @throws RotationException with {@code ROTATION_STATE_UNUSABLE}
   */
  public static List<Progress.Awaited> underWay(Path stateFile, Instant now)
      throws RotationException {
    return UnderWay.of(RotationStateFile.read(stateFile), now);
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
      RotationBeginning.begin(run, key);
    }
    DiveSettings settings = run.settingsFile.load();
    run.trees(settings).signed();
    Optional<KeySettings> signing = signing(run, settings);
    if (signing.isPresent()) {
      run.urls(settings, signing.orElseThrow().hosts());
    }
    while (run.state().running().isPresent()) {
      Running running = run.state().running().orElseThrow();
      if (key.isPresent()) {
        requireOf(running, key.orElseThrow());
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

  /** There is one rotation at a time. */
  static void requireOf(Running running, KeyId key) throws RotationException {
    if (!key.equals(running.oldKey())) {
      throw impossible(
          "a rotation from %s to %s is under way; finish it before that of %s"
              .formatted(running.oldKey(), running.newKey(), key));
    }
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
}
