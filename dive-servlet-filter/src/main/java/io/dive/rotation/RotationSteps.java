// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.dns.RecordChange;
import io.dive.key.SigningKey;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.IoFault;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.RotationException;
import io.dive.rotation.RotationState.KeyPlace;
import io.dive.rotation.RotationState.Phase;
import io.dive.rotation.RotationState.Running;
import io.dive.settings.DiveSettings;
import io.dive.settings.KeySettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The steps of the rotation under way; each says what is awaited, or moves the state on. */
record RotationSteps(Run run, Running running) {
  Optional<Progress> step() throws DiveException, InterruptedException {
    return switch (running.phase()) {
      case CREATE_KEY -> createKey();
      case PUBLISH -> publish();
      case PROPAGATE -> propagate();
      case SIGN_WITH_BOTH -> signWithBoth();
      case SIGN_WITH_NEW -> signWithNew();
      case OVERLAP -> overlap();
      case REMOVE -> remove();
    };
  }

  private Optional<Progress> next(Phase phase, Optional<Instant> due) throws RotationException {
    run.save(run.state().with(Optional.of(running.at(phase, due))));
    return Optional.empty();
  }

  private static Optional<Progress> awaiting(String sentence) {
    return Optional.of(Progress.awaiting(sentence));
  }

  private KeySettings key(DiveSettings settings, KeyId id) throws RotationException {
    return SettingsFile.key(settings, id)
        .orElseThrow(
            () ->
                Rotation.impossible(
                    "%s has no key %s any more, in the middle of its rotation; put it back"
                        .formatted(run.settingsFile, id)));
  }

  private Optional<Progress> createKey() throws DiveException, InterruptedException {
    DiveSettings settings = run.settingsFile.load();
    KeySettings old = key(settings, running.oldKey());
    // The name was free when it was chosen and remembered, so a file there is this rotation's.
    if (!Files.exists(running.newFile())) {
      run.act("create private key " + running.newFile(), () -> createKey(settings, old));
    }
    SettingsFile.keyFile(settings, old, running.newFile()).read();
    return next(Phase.PUBLISH, Optional.empty());
  }

  private void createKey(DiveSettings settings, KeySettings old) throws DiveException {
    SigningKey oldKey = SettingsFile.keyFile(settings, old, old.file()).read();
    Path pending = DurableFile.pending(running.newFile());
    try {
      Files.deleteIfExists(pending);
      SettingsFile.keyFile(settings, old, pending)
          .create(SigningKey.generate(oldKey.publicKey().algorithm(), new SecureRandom()));
      DurableFile.copyOwner(old.file(), pending);
      DurableFile.moveIntoPlace(pending, running.newFile());
    } catch (IOException e) {
      throw new RotationException(
          ErrorCode.ROTATION_IMPOSSIBLE,
          "%s, to be made beside %s with the same owner, %s; run this as that user"
              .formatted(running.newFile(), old.file(), IoFault.writing(e)),
          e);
    }
  }

  private List<RecordChange> newRecords() throws DiveException {
    DiveSettings settings = run.settingsFile.load();
    Optional<KeySettings> added = SettingsFile.key(settings, running.newKey());
    KeySettings like = added.isPresent() ? added.get() : key(settings, running.oldKey());
    SigningKey newKey = SettingsFile.keyFile(settings, like, running.newFile()).read();
    List<RecordChange> changes = new ArrayList<>();
    for (KeyPlace place : running.places()) {
      KeyRecord old = KeyRecord.parse(place.record());
      KeyRecord record = new KeyRecord(newKey.publicKey(), old.allowedHash(), old.cacheSeconds());
      changes.add(RecordChange.add(place.owner(running.newKey()), record.serialize(), place.ttl()));
    }
    return changes;
  }

  private Optional<Progress> publish() throws DiveException, InterruptedException {
    Optional<String> missing = run.publish(newRecords());
    if (missing.isPresent()) {
      return awaiting("the new key's record at every server: " + missing.orElseThrow());
    }
    Duration longest = Duration.ZERO;
    for (KeyPlace place : running.places()) {
      Optional<Duration> negative = run.zones.negativeTtl(place.owner(running.newKey()));
      if (negative.isEmpty()) {
        return awaiting("the SOA record of the zone at every server of " + place.domain());
      }
      longest = longest.compareTo(negative.get()) < 0 ? negative.get() : longest;
    }
    run.passed("every server of the zone has the record of " + running.newKey());
    return next(Phase.PROPAGATE, Optional.of(run.now().plus(longest)));
  }

  private Optional<Progress> propagate() throws DiveException {
    Optional<Progress> waiting =
        waiting("resolvers to forget that %s was absent".formatted(running.newKey()));
    if (waiting.isPresent()) {
      return waiting;
    }
    Optional<Progress> unknown = newKeyUnknown();
    if (unknown.isPresent()) {
      return unknown;
    }
    run.passed("clients find the record of " + running.newKey());
    return next(Phase.SIGN_WITH_BOTH, Optional.empty());
  }

  /** What is awaited until clients find the new key; empty when they do. */
  private Optional<Progress> newKeyUnknown() throws DiveException {
    for (RecordChange change : newRecords()) {
      Optional<String> missing = run.zones.notYet(change);
      if (missing.isEmpty()) {
        missing = run.zones.notYetForClients(change);
      }
      if (missing.isPresent()) {
        return awaiting("the new key's record for clients: " + missing.orElseThrow());
      }
    }
    return Optional.empty();
  }

  private Optional<Progress> waiting(String what) {
    Instant due = running.due().orElse(Instant.MIN);
    return run.now().isBefore(due) ? Optional.of(Progress.awaiting(due, what)) : Optional.empty();
  }

  private Optional<Progress> signWithBoth() throws DiveException, InterruptedException {
    Optional<Progress> unknown = newKeyUnknown();
    if (unknown.isPresent()) {
      return unknown;
    }
    DiveSettings settings = run.settingsFile.load();
    KeySettings old = key(settings, running.oldKey());
    if (SettingsFile.key(settings, running.newKey()).isEmpty()) {
      run.act(
          "add key %s to %s".formatted(running.newKey(), run.settingsFile),
          () -> run.settingsFile.addBefore(old, running.newKey()));
      settings = run.settingsFile.load();
    }
    run.signTrees(settings);
    Optional<String> awaited =
        run.served(
            settings,
            key(settings, running.newKey()).hosts(),
            response -> {
              if (!response.keys().containsAll(List.of(running.oldKey(), running.newKey()))) {
                return Optional.of(
                    "signatures of %s and %s, not only of %s; let the server load its settings or sidecars anew"
                        .formatted(running.newKey(), running.oldKey(), response.keys()));
              }
              Run.requireRight(response, running.newKey());
              Run.requireRight(response, running.oldKey());
              return Optional.empty();
            });
    if (awaited.isPresent()) {
      return awaiting(awaited.orElseThrow());
    }
    run.passed("both signatures are served, and each verifies by itself");
    return next(Phase.SIGN_WITH_NEW, Optional.empty());
  }

  private Optional<Progress> signWithNew() throws DiveException, InterruptedException {
    Optional<Progress> awaited = newOnly();
    if (awaited.isPresent()) {
      return awaited;
    }
    run.passed("the signature of %s is no longer served".formatted(running.oldKey()));
    return next(Phase.OVERLAP, Optional.of(run.now().plus(run.setup.overlap)));
  }

  /** Drops the old signature, also where somebody has signed with it since. */
  private Optional<Progress> newOnly() throws DiveException, InterruptedException {
    DiveSettings settings = run.settingsFile.load();
    key(settings, running.newKey());
    // This may be another run than the one that looked before, or a day later.
    Optional<Progress> unknown = newKeyUnknown();
    if (unknown.isPresent()) {
      return unknown;
    }
    Optional<KeySettings> old = SettingsFile.key(settings, running.oldKey());
    if (old.isPresent()) {
      run.act(
          "take key %s out of %s".formatted(running.oldKey(), run.settingsFile),
          () -> run.settingsFile.remove(old.orElseThrow()));
      settings = run.settingsFile.load();
    }
    run.signTrees(settings);
    return run.served(
            settings,
            key(settings, running.newKey()).hosts(),
            response -> {
              if (response.keys().contains(running.oldKey())) {
                return Optional.of(
                    "no signature of %s any more; let the server load its settings or sidecars anew"
                        .formatted(running.oldKey()));
              }
              Run.requireRight(response, running.newKey());
              return Optional.empty();
            })
        .map(Progress::awaiting);
  }

  private Optional<Progress> overlap() throws DiveException, InterruptedException {
    Optional<Progress> waiting =
        waiting("answers with only the signature of %s to be gone".formatted(running.oldKey()));
    if (waiting.isEmpty()) {
      waiting = newOnly();
    }
    return waiting.isPresent() ? waiting : next(Phase.REMOVE, Optional.empty());
  }

  private Optional<Progress> remove() throws DiveException, InterruptedException {
    Optional<String> missing =
        run.publish(
            running.places().stream()
                .map(
                    place ->
                        RecordChange.remove(
                            place.owner(running.oldKey()), place.record(), place.ttl()))
                .toList());
    if (missing.isPresent()) {
      return awaiting("the old key's record to be gone at every server: " + missing.get());
    }
    run.save(run.state().withFinished(running.finished(run.now())));
    run.passed(
        "key %s is replaced by %s; nothing uses the private key in %s any more: archive or destroy it"
            .formatted(running.oldKey(), running.newKey(), running.oldFile()));
    return Optional.empty();
  }
}
