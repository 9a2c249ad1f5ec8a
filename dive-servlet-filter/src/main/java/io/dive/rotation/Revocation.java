// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import static java.util.Objects.requireNonNull;

import io.dive.dns.RecordChange;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RotationException;
import io.dive.rotation.RotationState.Finished;
import io.dive.rotation.RotationState.KeyPlace;
import io.dive.rotation.RotationState.Phase;
import io.dive.rotation.RotationState.RevocationPhase;
import io.dive.rotation.RotationState.Revoked;
import io.dive.rotation.RotationState.Running;
import io.dive.settings.DiveSettings;
import io.dive.settings.HostPattern;
import io.dive.settings.KeySettings;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Takes a compromised key out of use: its record goes, and {@code invalidate-keys-cache} makes
 * clients forget it. Like a {@link Rotation} it is checked, remembered, and repeated until done.
 * The policy's other members, {@code report-only} above all, stay as they are. For one thread.
 *
 * @see "draft-callec-dive-01 §Response to Key Compromise"
 */
public final class Revocation {
  /** As long as a client may hold a key record. */
  private static final Duration KEPT = Duration.ofDays(1);

  /** For the key's record to go, after the directive is set. */
  private static final Duration MARGIN = Duration.ofMinutes(5);

  private final RotationSetup setup;
  private final Set<RecordChange> requested = new HashSet<>();

  /** A revocation, new or under way by its state file. */
  public Revocation(RotationSetup setup) {
    this.setup = requireNonNull(setup, "setup");
  }

  /**
   * Goes as far as is possible now. Unless another key's signatures are served already, the key is
   * replaced first, in the way a {@link Rotation} does it but without its overlap.
   *
   * @param withoutReplacement whether to revoke also when no other key's signatures are served, so
   *     that clients refuse every download
   * @return what is awaited, or that it is done, the directive taken back included
   * @throws RotationException as {@link Rotation#advance}
   * @throws DiveException if a key file, the settings or the publisher fails
   */
  public Progress advance(KeyId key, boolean withoutReplacement)
      throws DiveException, InterruptedException {
    try (Run run = new Run(setup, requested)) {
      return advance(run, key, withoutReplacement);
    } catch (DiveException e) {
      if (!Waiting.mayPass(e)) {
        throw e;
      }
      return Progress.awaiting(String.valueOf(e.getMessage()));
    }
  }

  private static Progress advance(Run run, KeyId key, boolean withoutReplacement)
      throws DiveException, InterruptedException {
    List<String> problems;
    if (run.state().revocation(key).isEmpty()) {
      Optional<Progress> awaited = withoutReplacement ? Optional.empty() : replacement(run, key);
      if (awaited.isPresent()) {
        return awaited.orElseThrow();
      }
      problems = begin(run, key, !withoutReplacement);
      if (run.state().revocation(key).isEmpty()) {
        return awaiting(problems);
      }
    } else {
      problems = lookAgain(run, run.state().revocation(key).orElseThrow());
    }
    while (true) {
      Revoked revoked = run.state().revocation(key).orElseThrow();
      if (revoked.phase() == RevocationPhase.OVER) {
        return Progress.DONE;
      }
      if (revoked.phase() == RevocationPhase.KEEP && !problems.isEmpty()) {
        return awaiting(problems);
      }
      Optional<Progress> awaited = new RevocationSteps(run, revoked).step();
      if (awaited.isPresent()) {
        return awaited.orElseThrow();
      }
    }
  }

  /** Where the key was withdrawn is done, but it may be published elsewhere. */
  private static Progress awaiting(List<String> problems) {
    return Progress.awaiting("the DNS of all hosts: " + String.join("; ", problems));
  }

  /** Looks at the hosts that had no DNS so far, and withdraws what they turn out to have. */
  private static List<String> lookAgain(Run run, Revoked revoked) throws DiveException {
    if (revoked.unseen().isEmpty() || revoked.phase() == RevocationPhase.OVER) {
      return List.of();
    }
    List<Fqdn> hosts = Run.hosts(run.settingsFile.load(), Optional.empty());
    UnseenHosts look =
        UnseenHosts.look(
            run, revoked.withUnseen(revoked.unseen().stream().filter(hosts::contains).toList()));
    if (!look.revoked().equals(revoked)) {
      Revoked next = look.revoked();
      run.save(
          run.state()
              .with(
                  look.hasMoreThan(revoked)
                      ? next.at(RevocationPhase.WITHDRAW, Optional.empty())
                          .invalidatingAt(planned(run.now(), next.places()))
                      : next));
    }
    return look.problems();
  }

  /** The same, waiting until it is done, which takes more than a day. */
  public Progress finish(KeyId key, boolean withoutReplacement, RotationSetup.Waiter waiter)
      throws DiveException, InterruptedException {
    return Waiting.until(setup, waiter, () -> advance(key, withoutReplacement));
  }

  /** What is awaited until clients accept what is served without the key; empty if they do. */
  private static Optional<Progress> replacement(Run run, KeyId key)
      throws DiveException, InterruptedException {
    abandonRotationTo(run, key);
    Optional<Running> running = run.state().running();
    DiveSettings settings = run.settingsFile.load();
    List<KeyId> others = others(run, settings, key);
    boolean isBeingReplaced = running.filter(r -> r.oldKey().equals(key)).isPresent();
    if (!isBeingReplaced && !others.isEmpty()) {
      Set<HostPattern> hosts =
          SettingsFile.key(settings, key).map(KeySettings::hosts).orElse(Set.of());
      return run.served(
              settings,
              hosts,
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
    if (SettingsFile.key(settings, key).isEmpty() && !isBeingReplaced) {
      return Optional.empty(); // nothing here signs with it
    }
    Progress progress = Rotation.advance(run, Optional.of(key), Optional.of(Phase.OVERLAP));
    return progress.isDone() ? Optional.empty() : Optional.of(progress);
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

  /** A rotation towards the compromised key must not go on. */
  private static void abandonRotationTo(Run run, KeyId key) throws RotationException {
    Optional<Running> running = run.state().running();
    if (running.filter(r -> r.newKey().equals(key)).isPresent()) {
      run.save(run.state().with(Optional.empty()));
      run.passed(
          "the rotation from %s to %s is given up".formatted(running.orElseThrow().oldKey(), key));
    }
  }

  /**
   * Remembers the revocation, unless nothing says yet that there is such a key.
   *
   * @return what is wrong with hosts that could not be looked at
   */
  private static List<String> begin(Run run, KeyId key, boolean withReplacement)
      throws DiveException {
    abandonRotationTo(run, key);
    DiveSettings settings = run.settingsFile.load();
    Optional<KeySettings> known = SettingsFile.key(settings, key);
    Optional<Running> running = run.state().running().filter(r -> r.oldKey().equals(key));
    // Of a key that is out of the settings they no longer say where it was used.
    Optional<Finished> replaced =
        running
            .map(r -> r.finished(run.now()))
            .or(() -> known.isPresent() ? Optional.empty() : run.state().replacementOf(key));
    List<Fqdn> hosts =
        replaced.isPresent()
            ? replaced.orElseThrow().hosts()
            : Run.hosts(settings, Optional.of(key));
    Revoked draft =
        new Revoked(
            known.map(KeySettings::reference).orElse(KeyReference.of(key)),
            hosts,
            List.of(run.now()),
            replaced.map(Finished::places).orElse(List.of()),
            List.of(),
            withReplacement,
            RevocationPhase.WITHDRAW,
            Optional.empty());
    UnseenHosts look = UnseenHosts.look(run, draft);
    if (look.revoked().places().isEmpty() && known.isEmpty() && !run.state().knows(key)) {
      if (!look.problems().isEmpty()) {
        return look.problems();
      }
      throw new RotationException(
          ErrorCode.ROTATION_IMPOSSIBLE,
          "key %s is neither in the settings nor published where clients of %s look; check its Key ID"
              .formatted(key, hosts));
    }
    RotationState state =
        run.state()
            .withUsed(settings.keys().stream().map(KeySettings::id).toList())
            .withUsed(List.of(key));
    if (running.isPresent()) {
      // Its last steps, without the overlap, are the first ones of the revocation.
      state = state.withFinished(replaced.orElseThrow());
    }
    Instant planned = planned(run.now(), look.revoked().places());
    run.save(state.with(look.revoked().invalidatingAt(planned)));
    run.passed("key %s is revoked from now on".formatted(key));
    return look.problems();
  }

  /**
   * When no resolver holds the key's record any more, in whole seconds. Until then clients may
   * cache it again, so the directive has to name this later moment (draft-callec-dive-00 §Response
   * to Key Compromise: "accounting for DNS TTL propagation delay").
   */
  static Instant invalidation(Instant removed, List<KeyPlace> places) {
    Duration ttl =
        places.stream()
            .map(KeyPlace::ttl)
            .max(Duration::compareTo)
            .orElse(Duration.ofSeconds(KeyRecord.ADVISED_TTL_SECONDS));
    return removed.plus(ttl).plusSeconds(1).truncatedTo(ChronoUnit.SECONDS);
  }

  /** The same before the record is gone, with some time for that. */
  private static Instant planned(Instant now, List<KeyPlace> places) {
    return invalidation(now, places).plus(MARGIN);
  }

  /** When the directive may be taken back. */
  static Instant due(Instant published, Instant invalidation) {
    return (published.isAfter(invalidation) ? published : invalidation).plus(KEPT);
  }
}
