// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.dns.RecordChange;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.Fqdn;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.PolicyRecord;
import io.dive.protocol.RotationException;
import io.dive.rotation.RotationState.Directive;
import io.dive.rotation.RotationState.KeyPlace;
import io.dive.rotation.RotationState.RevocationPhase;
import io.dive.rotation.RotationState.Revoked;
import io.dive.settings.DiveSettings;
import io.dive.settings.KeySettings;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The steps of a revocation; each says what is awaited, or moves the state on. */
record RevocationSteps(Run run, Revoked revoked) {
  Optional<Progress> step() throws DiveException, InterruptedException {
    return switch (revoked.phase()) {
      case WITHDRAW -> withdraw();
      case CONFIRM -> confirm();
      case DROP -> drop();
      case KEEP -> keep();
      case RESTORE -> restore();
      case REPLACE, OVER -> Optional.empty(); // a rotation, and nothing
    };
  }

  private Optional<Progress> next(Revoked next) throws RotationException {
    run.save(run.state().with(next));
    return Optional.empty();
  }

  private Optional<Progress> next(RevocationPhase phase) throws RotationException {
    return next(revoked.at(phase, revoked.due()));
  }

  /** Sets the directive and takes the key's records away, both before either is waited for. */
  private Optional<Progress> withdraw() throws DiveException, InterruptedException {
    Publication publication = policies();
    for (KeyPlace place : revoked.places()) {
      publication.add(
          () -> RecordChange.remove(place.owner(revoked.key()), place.record(), place.ttl()));
    }
    Optional<String> missing = publication.publish().missing();
    if (missing.isPresent()) {
      return Optional.of(
          Progress.awaiting("the revocation at every server: " + missing.orElseThrow()));
    }
    run.passed("no server has the record of %s any more".formatted(revoked.key()));
    Instant needed = Revocation.invalidation(run.now(), revoked.places());
    // Where somebody published by hand, the record may have gone later than was thought.
    Revoked next = needed.isAfter(revoked.invalidate()) ? revoked.invalidatingAt(needed) : revoked;
    return next(next.at(RevocationPhase.CONFIRM, Optional.empty()));
  }

  /** The directive that the revocations under way need in a policy; empty when none needs it. */
  private Optional<Instant> directive(Fqdn domain) {
    return run.state().revocations().stream()
        .filter(r -> r.phase().compareTo(RevocationPhase.WITHDRAW) >= 0)
        .filter(r -> r.phase().compareTo(RevocationPhase.RESTORE) < 0)
        .filter(r -> r.policies().contains(domain))
        .map(Revoked::invalidate)
        .max(Instant::compareTo);
  }

  /** The changes of the policies, to the same as before where nothing is to be changed. */
  private Publication policies() throws DiveException {
    Publication publication = new Publication(run);
    for (Fqdn domain : revoked.policies()) {
      publication.add(() -> policy(domain));
    }
    return publication;
  }

  private RecordChange policy(Fqdn domain) throws RotationException {
    String owner = PolicyRecord.ownerName(domain);
    Map<String, Set<String>> published = run.zones.published(owner);
    remember(domain, published.values());
    Set<Set<String>> wanted = new LinkedHashSet<>();
    Optional<Set<String>> before = Optional.empty();
    for (Set<String> records : published.values()) {
      Set<String> after = edited(domain, records);
      wanted.add(after);
      if (!after.equals(records)) {
        before = before.or(() -> Optional.of(records));
      }
    }
    if (wanted.size() != 1) {
      throw ZoneView.differ(owner, published);
    }
    Set<String> after = wanted.iterator().next();
    Duration ttl =
        run.zones.ttl(owner).orElse(Duration.ofSeconds(PolicyRecord.ADVISED_TTL_SECONDS));
    return new RecordChange(owner, before.orElse(after), after, ttl);
  }

  /** Remembers the directives that others have set, before any is changed. */
  private void remember(Fqdn domain, Collection<Set<String>> published) throws RotationException {
    RotationState state = run.state();
    for (Set<String> records : published) {
      for (String record : records) {
        Optional<PolicyRecord> policy = policy(record);
        Optional<Instant> value = policy.flatMap(PolicyRecord::invalidateKeysCache);
        if (value.isPresent()) {
          state =
              state.withFound(
                  new Directive(domain, policy.orElseThrow().version(), value.orElseThrow()));
        }
      }
    }
    if (!state.equals(run.state())) {
      run.save(state);
    }
  }

  /** Empty for what is no policy of a revision known here. */
  private static Optional<PolicyRecord> policy(String record) {
    try {
      return Optional.of(PolicyRecord.parse(record));
    } catch (MalformedFieldException e) {
      return Optional.empty();
    }
  }

  /** The policy records with the later of all directives, and whatever else is at the name. */
  private Set<String> edited(Fqdn domain, Set<String> records) {
    Set<String> edited = new LinkedHashSet<>();
    for (String record : records) {
      try {
        Optional<Instant> foreign =
            run.state().foreignDirective(domain, PolicyRecord.parse(record).version());
        edited.add(
            PolicyRecord.withInvalidateKeysCache(
                record,
                Stream.of(foreign, directive(domain))
                    .flatMap(Optional::stream)
                    .max(Instant::compareTo)));
      } catch (MalformedFieldException e) {
        edited.add(record);
      }
    }
    return edited;
  }

  private Optional<Progress> drop() throws DiveException, InterruptedException {
    DiveSettings settings = run.settingsFile.load();
    Optional<KeySettings> key = SettingsFile.key(settings, revoked.key());
    if (key.isPresent() && !dropped(key.orElseThrow())) {
      return next(RevocationPhase.KEEP);
    }
    settings = run.settingsFile.load();
    run.signTrees(settings);
    if (!revoked.replaced()) {
      return next(RevocationPhase.KEEP);
    }
    Optional<String> awaited =
        run.servedWhereSeen(
            settings,
            revoked.hosts(),
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
    return next(RevocationPhase.KEEP);
  }

  /** Whether the settings can do without the key. */
  private boolean dropped(KeySettings key) throws DiveException, InterruptedException {
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
    Optional<String> missing = policies().publish().missing();
    if (missing.isPresent()) {
      return Optional.of(
          Progress.awaiting("invalidate-keys-cache at every server: " + missing.orElseThrow()));
    }
    run.passed(
        "invalidate-keys-cache=%d is published at every server"
            .formatted(revoked.invalidate().getEpochSecond()));
    return next(
        revoked.at(
            RevocationPhase.DROP, Optional.of(Revocation.due(run.now(), revoked.invalidate()))));
  }

  private Optional<Progress> keep() throws RotationException {
    Instant due = revoked.due().orElse(Instant.MIN);
    if (run.now().isBefore(revoked.invalidate())) {
      return Optional.of(
          Progress.awaiting(
              revoked.invalidate(),
              "resolvers to forget the record of %s, which they may hand out until then"
                  .formatted(revoked.key())));
    }
    return run.now().isBefore(due)
        ? Optional.of(
            Progress.cleanUp(
                Optional.of(due),
                "clean-up only, protected already: no server or resolver has the record of %s any more, and clients are told to forget it; run this again then to take invalidate-keys-cache back"
                    .formatted(revoked.key())))
        : next(RevocationPhase.RESTORE);
  }

  private Optional<Progress> restore() throws DiveException, InterruptedException {
    Optional<String> missing = policies().publish().missing();
    if (missing.isPresent()) {
      return Optional.of(
          Progress.cleanUp(
              Optional.empty(),
              "clean-up only, protected already: the end of invalidate-keys-cache at every server: "
                  + missing.orElseThrow()));
    }
    run.passed(
        "invalidate-keys-cache is as it was before; the revocation of %s is over"
            .formatted(revoked.key()));
    run.save(
        run.state().with(revoked.at(RevocationPhase.OVER, revoked.due())).withoutIdleDirectives());
    return Optional.empty();
  }
}
