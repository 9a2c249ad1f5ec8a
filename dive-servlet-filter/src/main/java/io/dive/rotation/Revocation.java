// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.KeyReference;
import io.dive.protocol.PolicyRecord;
import io.dive.protocol.RotationException;
import io.dive.rotation.RotationState.Finished;
import io.dive.rotation.RotationState.KeyPlace;
import io.dive.rotation.RotationState.RevocationPhase;
import io.dive.rotation.RotationState.Revoked;
import io.dive.rotation.RotationState.Running;
import io.dive.settings.DiveSettings;
import io.dive.settings.KeySettings;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

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
  private final Said said;

  /** A revocation, new or under way by its state file. */
  public Revocation(RotationSetup setup) {
    this.setup = requireNonNull(setup, "setup");
    this.said = new Said(setup.listener);
  }

  /**
   * Goes as far as is possible now. Unless another key's signatures are served already, the key is
   * replaced first, in the way a {@link Rotation} does it but without its overlap. What is to be
   * done is remembered before anything is, and a zone that cannot be changed does not keep the
   * others from being: it is awaited.
   *
   * @param withoutReplacement whether to revoke also when no other key's signatures are served, so
   *     that clients refuse every download
   * @return what is awaited, or that it is done, the directive taken back included
   * @throws RotationException as {@link Rotation#advance}
   * @throws DiveException if a key file, the settings or the publisher fails
   */
  public Progress advance(KeyId key, boolean withoutReplacement)
      throws DiveException, InterruptedException {
    return Waiting.once(
        () -> {
          try (Run run = new Run(setup, said)) {
            return advance(run, key, withoutReplacement);
          }
        });
  }

  private static Progress advance(Run run, KeyId key, boolean withoutReplacement)
      throws DiveException, InterruptedException {
    List<String> problems =
        run.state().revocation(key).isPresent()
            ? lookAgain(run, run.state().revocation(key).orElseThrow())
            : begin(run, key, withoutReplacement);
    if (run.state().revocation(key).isEmpty()) {
      return awaiting(problems);
    }
    if (run.state().revocation(key).orElseThrow().phase() == RevocationPhase.REPLACE) {
      Optional<Progress> awaited =
          withoutReplacement ? Optional.empty() : Replacement.of(run, key).advance();
      if (awaited.isPresent()) {
        return awaited.orElseThrow();
      }
      problems = withdraw(run, key, !withoutReplacement);
    }
    while (true) {
      Revoked revoked = run.state().revocation(key).orElseThrow();
      if (revoked.phase() == RevocationPhase.OVER) {
        return Progress.DONE;
      }
      boolean nothingSeen = revoked.places().isEmpty() && revoked.policies().isEmpty();
      if (!problems.isEmpty() && (nothingSeen || revoked.phase() == RevocationPhase.KEEP)) {
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
    if (revoked.unseen().isEmpty()
        || revoked.phase() == RevocationPhase.REPLACE
        || revoked.phase() == RevocationPhase.OVER) {
      return List.of();
    }
    List<Fqdn> hosts = Run.hosts(run.settingsFile.load(), Optional.empty());
    UnseenHosts look =
        UnseenHosts.look(
            run,
            revoked.found(
                revoked.unseen().stream().filter(hosts::contains).toList(),
                revoked.places(),
                revoked.policies()));
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

  /**
   * Remembers the revocation before anything is done for it, unless nothing says yet that there is
   * such a key.
   *
   * @return what is wrong with hosts that could not be looked at
   */
  private static List<String> begin(Run run, KeyId key, boolean withoutReplacement)
      throws DiveException {
    DiveSettings settings = run.settingsFile.load();
    if (!withoutReplacement) {
      Replacement.of(run, key).requirePossible();
    }
    Revoked draft = draft(run, settings, key);
    UnseenHosts look = UnseenHosts.look(run, draft);
    if (look.revoked().places().isEmpty()
        && SettingsFile.key(settings, key).isEmpty()
        && !run.state().knows(key)) {
      if (!look.problems().isEmpty()) {
        return look.problems();
      }
      throw new RotationException(
          ErrorCode.ROTATION_IMPOSSIBLE,
          "key %s is neither in the settings nor published where clients of %s look; check its Key ID"
              .formatted(key, draft.unseen()));
    }
    requireOnePermission(run, look.revoked());
    Optional<Running> towards = run.state().running().filter(r -> r.newKey().equals(key));
    RotationState state = towards.isPresent() ? run.state().with(Optional.empty()) : run.state();
    run.save(
        state
            .withUsed(settings.keys().stream().map(KeySettings::id).toList())
            .withUsed(List.of(key))
            .with(draft));
    if (towards.isPresent()) {
      run.passed(
          "the rotation from %s to %s is given up".formatted(towards.orElseThrow().oldKey(), key));
    }
    return look.problems();
  }

  /** That of a key whose replacement, if there is to be one, is not served yet. */
  private static Revoked draft(Run run, DiveSettings settings, KeyId key) throws DiveException {
    Optional<KeySettings> known = SettingsFile.key(settings, key);
    Optional<Revoked> begun = run.state().revocation(key);
    Optional<Finished> replaced = replaced(run, known, key);
    return new Revoked(
        known
            .map(KeySettings::reference)
            .or(() -> begun.map(Revoked::reference))
            .orElse(KeyReference.of(key)),
        // Of a key that is out of the settings they no longer say where it was used.
        known
            .or(() -> replaced.flatMap(by -> SettingsFile.key(settings, by.newKey())))
            .map(KeySettings::hosts)
            .or(() -> begun.map(Revoked::hosts))
            .orElse(Set.of()),
        replaced.isPresent()
            ? replaced.orElseThrow().hosts()
            : Run.hosts(settings, Optional.of(key)),
        List.of(run.now()),
        replaced.map(Finished::places).orElse(List.of()),
        List.of(),
        false,
        RevocationPhase.REPLACE,
        Optional.empty());
  }

  /** The rotation that replaces a key, or has replaced it. */
  private static Optional<Finished> replaced(Run run, Optional<KeySettings> known, KeyId key) {
    return run.state()
        .running()
        .filter(running -> running.oldKey().equals(key))
        .map(running -> running.finished(run.now()))
        .or(() -> known.isPresent() ? Optional.empty() : run.state().replacementOf(key));
  }

  /**
   * A publisher that can change nothing at all will not be able to later: then nothing is begun.
   *
   * @throws DiveException what the publisher says
   */
  private static void requireOnePermission(Run run, Revoked revoked) throws DiveException {
    List<String> owners =
        Stream.concat(
                revoked.policies().stream().map(PolicyRecord::ownerName),
                revoked.places().stream().map(place -> place.owner(revoked.key())))
            .toList();
    Optional<DiveException> failure = Optional.empty();
    for (String owner : owners) {
      try {
        run.setup.publisher.requirePermission(owner);
        return;
      } catch (DiveException e) {
        if (Waiting.mayPass(e)) {
          return;
        }
        failure = failure.or(() -> Optional.of(e));
      }
    }
    if (failure.isPresent()) {
      throw failure.orElseThrow();
    }
  }

  /**
   * Moves on to the withdrawal, of what is published now.
   *
   * @return what is wrong with hosts that could not be looked at
   */
  private static List<String> withdraw(Run run, KeyId key, boolean withReplacement)
      throws DiveException {
    DiveSettings settings = run.settingsFile.load();
    UnseenHosts look =
        UnseenHosts.look(run, draft(run, settings, key).withReplacement(withReplacement));
    Optional<Finished> replaced =
        run.state()
            .running()
            .filter(running -> running.oldKey().equals(key))
            .map(running -> running.finished(run.now()));
    // Its last steps, without the overlap, are the next ones of the revocation.
    RotationState state =
        replaced.isPresent() ? run.state().withFinished(replaced.orElseThrow()) : run.state();
    run.save(
        state.with(
            look.revoked()
                .at(RevocationPhase.WITHDRAW, Optional.empty())
                .invalidatingAt(planned(run.now(), look.revoked().places()))));
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
