// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.dns.RecordChange;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.PolicyRecord;
import io.dive.protocol.RotationException;
import io.dive.rotation.RotationState.RevocationPhase;
import io.dive.rotation.RotationState.Revoked;
import io.dive.settings.DiveSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The steps of a revocation; each says what is awaited, or moves the state on. */
record RevocationSteps(Run run, Revoked revoked) {
  Optional<Progress> step() throws DiveException, InterruptedException {
    return switch (revoked.phase()) {
      case WITHDRAW -> withdraw();
      case DROP -> drop();
      case CONFIRM -> confirm();
      case KEEP -> keep();
      case RESTORE -> restore();
      case OVER -> Optional.empty();
    };
  }

  private Optional<Progress> next(RevocationPhase phase) throws RotationException {
    return next(phase, revoked.invalidate(), Optional.empty());
  }

  private Optional<Progress> next(RevocationPhase phase, Instant invalidate, Optional<Instant> due)
      throws RotationException {
    run.save(run.state().with(revoked.at(phase, invalidate, due)));
    return Optional.empty();
  }

  /** Sets the directive and takes the key's records away, both before either is waited for. */
  private Optional<Progress> withdraw() throws DiveException, InterruptedException {
    List<RecordChange> changes = new ArrayList<>(policies());
    revoked
        .places()
        .forEach(
            place ->
                changes.add(
                    RecordChange.remove(place.owner(revoked.key()), place.record(), place.ttl())));
    Optional<String> missing = run.publish(changes);
    if (missing.isPresent()) {
      return Optional.of(
          Progress.awaiting("the revocation at every server: " + missing.orElseThrow()));
    }
    run.passed("no server has the record of %s any more".formatted(revoked.key()));
    Instant needed = Revocation.invalidation(run.now(), revoked.places());
    // Where somebody published by hand, the record may have gone later than was thought.
    Instant invalidate = needed.isAfter(revoked.invalidate()) ? needed : revoked.invalidate();
    return next(RevocationPhase.DROP, invalidate, Optional.empty());
  }

  /** The directive that all revocations under way need; empty when none needs it. */
  private Optional<Instant> directive() {
    return run.state().revocations().stream()
        .filter(r -> r.phase().compareTo(RevocationPhase.RESTORE) < 0)
        .map(Revoked::invalidate)
        .max(Instant::compareTo);
  }

  /** The changes of the policies, to the same as before where nothing is to be changed. */
  private List<RecordChange> policies() throws RotationException {
    Optional<Instant> invalidate = directive();
    List<RecordChange> changes = new ArrayList<>();
    for (Fqdn domain : revoked.policies()) {
      String owner = PolicyRecord.ownerName(domain);
      Set<Set<String>> wanted = new LinkedHashSet<>();
      Optional<Set<String>> before = Optional.empty();
      Map<String, Set<String>> published = run.zones.published(owner);
      for (Set<String> records : published.values()) {
        Set<String> after = edited(records, invalidate);
        wanted.add(after);
        if (!after.equals(records)) {
          before = before.or(() -> Optional.of(records));
        }
      }
      if (wanted.size() != 1) {
        throw new RotationException(
            ErrorCode.ROTATION_CHECK_FAILED,
            "the servers of the zone do not agree on %s: %s; put that right, and run this again"
                .formatted(owner, published));
      }
      Set<String> after = wanted.iterator().next();
      Duration ttl =
          run.zones.ttl(owner).orElse(Duration.ofSeconds(PolicyRecord.ADVISED_TTL_SECONDS));
      changes.add(new RecordChange(owner, before.orElse(after), after, ttl));
    }
    return changes;
  }

  /** The policy records with the directive, and whatever else is at the name. */
  private static Set<String> edited(Set<String> records, Optional<Instant> invalidate) {
    Set<String> edited = new LinkedHashSet<>();
    for (String record : records) {
      try {
        edited.add(PolicyRecord.withInvalidateKeysCache(record, invalidate));
      } catch (MalformedFieldException e) {
        edited.add(record); // no policy of a revision known here
      }
    }
    return edited;
  }

  private Optional<Progress> drop() throws DiveException, InterruptedException {
    DiveSettings settings = run.settingsFile.load();
    Optional<DiveSettings.Key> key = SettingsFile.key(settings, revoked.key());
    if (key.isPresent() && !dropped(key.orElseThrow())) {
      return next(RevocationPhase.CONFIRM);
    }
    settings = run.settingsFile.load();
    run.signTrees(settings);
    if (!revoked.replaced()) {
      return next(RevocationPhase.CONFIRM);
    }
    Optional<String> awaited =
        run.served(
            settings,
            response ->
                response.keys().contains(revoked.key())
                    ? Optional.of(
                        "no signature of %s any more; let the server load its settings or sidecars anew"
                            .formatted(revoked.key()))
                    : Optional.empty());
    if (awaited.isPresent()) {
      return Optional.of(Progress.awaiting(awaited.orElseThrow()));
    }
    run.passed("the signature of %s is no longer served".formatted(revoked.key()));
    return next(RevocationPhase.CONFIRM);
  }

  /** Whether the settings can do without the key. */
  private boolean dropped(DiveSettings.Key key) throws DiveException, InterruptedException {
    try {
      run.act(
          "take key %s out of %s".formatted(revoked.key(), run.settingsFile),
          () -> run.settingsFile.remove(key));
      return true;
    } catch (ConfigException e) {
      if (revoked.replaced()) {
        throw e;
      }
      run.passed(
          "%s keeps key %s, since it has no other and needs one; clients refuse its signatures"
              .formatted(run.settingsFile, revoked.key()));
      return false;
    }
  }

  /** Sees to it that the directive names a moment after the key's record was gone. */
  private Optional<Progress> confirm() throws DiveException, InterruptedException {
    Optional<String> missing = run.publish(policies());
    if (missing.isPresent()) {
      return Optional.of(
          Progress.awaiting("invalidate-keys-cache at every server: " + missing.orElseThrow()));
    }
    run.passed(
        "invalidate-keys-cache=%d is published at every server"
            .formatted(revoked.invalidate().getEpochSecond()));
    return next(
        RevocationPhase.KEEP,
        revoked.invalidate(),
        Optional.of(Revocation.due(run.now(), revoked.invalidate())));
  }

  private Optional<Progress> keep() throws RotationException {
    Instant due = revoked.due().orElse(Instant.MIN);
    return run.now().isBefore(due)
        ? Optional.of(
            Progress.awaiting(
                due, "every client to forget %s; run this again then".formatted(revoked.key())))
        : next(RevocationPhase.RESTORE);
  }

  private Optional<Progress> restore() throws DiveException, InterruptedException {
    Optional<String> missing = run.publish(policies());
    if (missing.isPresent()) {
      return Optional.of(
          Progress.awaiting(
              "the end of invalidate-keys-cache at every server: " + missing.orElseThrow()));
    }
    run.passed(
        "invalidate-keys-cache is taken back; the revocation of %s is over"
            .formatted(revoked.key()));
    return next(RevocationPhase.OVER);
  }
}
