// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.settings.HostPattern;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What is remembered between two runs.
 *
 * @param usedKeyIds every Key ID ever seen, in small letters, never to be used again
 * @param running the rotation under way
 * @param finished the rotations that are over, in order
 * @param revocations those under way and those that are over, in order
 * @param directives what others had in policies that revocations under way change
 */
record RotationState(
    Set<KeyId> usedKeyIds,
    Optional<Running> running,
    List<Finished> finished,
    List<Revoked> revocations,
    List<Directive> directives) {
  /** Before the first rotation. */
  static final RotationState NEW =
      new RotationState(Set.of(), Optional.empty(), List.of(), List.of(), List.of());

  /** The step a rotation is at. */
  enum Phase {
    CREATE_KEY,
    PUBLISH,
    PROPAGATE,
    SIGN_WITH_BOTH,
    SIGN_WITH_NEW,
    OVERLAP,
    REMOVE
  }

  /** The step a revocation is at. */
  enum RevocationPhase {
    REPLACE,
    WITHDRAW,
    CONFIRM,
    DROP,
    KEEP,
    RESTORE,
    OVER
  }

  /**
   * A domain that publishes a key.
   *
   * @param record the value of the key's TXT record there
   */
  record KeyPlace(Fqdn domain, String record, Duration ttl) {
    KeyPlace {
      requireNonNull(domain, "domain");
      requireNonNull(record, "record");
      requireNonNull(ttl, "ttl");
    }

    String owner(KeyId key) {
      return KeyRecord.ownerName(key, domain);
    }
  }

  /**
   * A rotation under way.
   *
   * @param newFile where the new private key is, or will be
   * @param hosts those the old key signs for, which the settings no longer say once it is out
   * @param places of the old key, and to be of the new one
   * @param due when the waiting of this phase is over; empty for a phase without
   */
  record Running(
      KeyId oldKey,
      KeyId newKey,
      Path oldFile,
      Path newFile,
      List<Fqdn> hosts,
      List<KeyPlace> places,
      Phase phase,
      Optional<Instant> due) {
    Running {
      requireNonNull(oldKey, "oldKey");
      requireNonNull(newKey, "newKey");
      requireNonNull(oldFile, "oldFile");
      requireNonNull(newFile, "newFile");
      hosts = List.copyOf(hosts);
      places = List.copyOf(places);
      requireNonNull(phase, "phase");
      requireNonNull(due, "due");
    }

    Running at(Phase next, Optional<Instant> until) {
      return new Running(oldKey, newKey, oldFile, newFile, hosts, places, next, until);
    }

    Finished finished(Instant at) {
      return new Finished(oldKey, newKey, at, hosts, places);
    }
  }

  /**
   * A rotation that is over.
   *
   * @param hosts those the old key signed for
   * @param places where it was published
   */
  record Finished(KeyId oldKey, KeyId newKey, Instant at, List<Fqdn> hosts, List<KeyPlace> places) {
    Finished {
      requireNonNull(oldKey, "oldKey");
      requireNonNull(newKey, "newKey");
      requireNonNull(at, "at");
      hosts = List.copyOf(hosts);
      places = List.copyOf(places);
    }
  }

  /**
   * An {@code invalidate-keys-cache} that no revocation here has set, to be left as it was.
   *
   * @param domain whose policy it is in
   * @param version of that policy
   */
  record Directive(Fqdn domain, ProtocolVersion version, Instant value) {
    Directive {
      requireNonNull(domain, "domain");
      requireNonNull(version, "version");
      requireNonNull(value, "value");
    }
  }

  /**
   * A revoked key.
   *
   * @param hosts those whose URLs show whether it is still served; empty for all
   * @param unseen the hosts whose policy and key could not be looked up yet
   * @param moments the values chosen for {@code invalidate-keys-cache}, of which the last counts
   * @param policies the domains whose policies carry it
   * @param due when it may be taken out again; empty before that is known
   */
  record Revoked(
      KeyReference reference,
      Set<HostPattern> hosts,
      List<Fqdn> unseen,
      List<Instant> moments,
      List<KeyPlace> places,
      List<Fqdn> policies,
      boolean replaced,
      RevocationPhase phase,
      Optional<Instant> due) {
    Revoked {
      requireNonNull(reference, "reference");
      hosts = Collections.unmodifiableSet(new LinkedHashSet<>(hosts));
      unseen = List.copyOf(unseen);
      moments = List.copyOf(moments);
      if (moments.isEmpty()) {
        throw new IllegalArgumentException("no moment for invalidate-keys-cache");
      }
      places = List.copyOf(places);
      policies = List.copyOf(policies);
      requireNonNull(phase, "phase");
      requireNonNull(due, "due");
    }

    KeyId key() {
      return reference.keyId();
    }

    /** The value of {@code invalidate-keys-cache}. */
    Instant invalidate() {
      return moments.get(moments.size() - 1);
    }

    /** Whether clients do without the key wherever it was published, so that clean-up is left. */
    boolean isProtected(Instant now) {
      return phase.compareTo(RevocationPhase.KEEP) >= 0
          && unseen.isEmpty()
          && !now.isBefore(invalidate());
    }

    Revoked at(RevocationPhase next, Optional<Instant> until) {
      return new Revoked(
          reference, hosts, unseen, moments, places, policies, replaced, next, until);
    }

    /** With what a look at the hosts has found. */
    Revoked found(List<Fqdn> stillUnseen, List<KeyPlace> allPlaces, List<Fqdn> allPolicies) {
      return new Revoked(
          reference, hosts, stillUnseen, moments, allPlaces, allPolicies, replaced, phase, due);
    }

    Revoked withReplacement(boolean isReplaced) {
      return new Revoked(
          reference, hosts, unseen, moments, places, policies, isReplaced, phase, due);
    }

    Revoked invalidatingAt(Instant moment) {
      return new Revoked(
          reference,
          hosts,
          unseen,
          Stream.concat(moments.stream(), Stream.of(moment)).toList(),
          places,
          policies,
          replaced,
          phase,
          due);
    }
  }

  RotationState {
    usedKeyIds = Collections.unmodifiableSet(new LinkedHashSet<>(usedKeyIds));
    requireNonNull(running, "running");
    finished = List.copyOf(finished);
    revocations = List.copyOf(revocations);
    directives = List.copyOf(directives);
  }

  private static KeyId inSmallLetters(KeyId id) {
    return new KeyId(id.value().toLowerCase(Locale.ROOT));
  }

  /** Whether a key was ever seen. */
  boolean knows(KeyId key) {
    return usedKeyIds.contains(inSmallLetters(key));
  }

  RotationState withUsed(Collection<KeyId> more) {
    Set<KeyId> used = new LinkedHashSet<>(usedKeyIds);
    more.forEach(id -> used.add(inSmallLetters(id)));
    return new RotationState(used, running, finished, revocations, directives);
  }

  RotationState with(Optional<Running> rotation) {
    return new RotationState(usedKeyIds, rotation, finished, revocations, directives);
  }

  RotationState withFinished(Finished rotation) {
    return new RotationState(
        usedKeyIds,
        Optional.empty(),
        Stream.concat(finished.stream(), Stream.of(rotation)).toList(),
        revocations,
        directives);
  }

  /** With a revocation in place of the one of the same key, or as a new one. */
  RotationState with(Revoked revoked) {
    boolean known = revocations.stream().anyMatch(r -> r.key().equals(revoked.key()));
    List<Revoked> all =
        known
            ? revocations.stream().map(r -> r.key().equals(revoked.key()) ? revoked : r).toList()
            : Stream.concat(revocations.stream(), Stream.of(revoked)).toList();
    return new RotationState(usedKeyIds, running, finished, all, directives);
  }

  /** The value that somebody else gave the directive, as far as it is remembered. */
  Optional<Instant> foreignDirective(Fqdn domain, ProtocolVersion version) {
    return directives.stream()
        .filter(d -> d.domain().equals(domain) && d.version() == version)
        .map(Directive::value)
        .max(Instant::compareTo);
  }

  /** With a directive that was found, unless a revocation here has set it. */
  RotationState withFound(Directive found) {
    boolean ours = revocations.stream().anyMatch(r -> r.moments().contains(found.value()));
    return ours || directives.contains(found)
        ? this
        : new RotationState(
            usedKeyIds,
            running,
            finished,
            revocations,
            Stream.concat(directives.stream(), Stream.of(found)).toList());
  }

  /** Without the directives of policies that no revocation under way changes. */
  RotationState withoutIdleDirectives() {
    return new RotationState(
        usedKeyIds,
        running,
        finished,
        revocations,
        directives.stream()
            .filter(
                d ->
                    revocations.stream()
                        .anyMatch(
                            r ->
                                r.phase() != RevocationPhase.OVER
                                    && r.policies().contains(d.domain())))
            .toList());
  }

  /** The last rotation that replaced a key. */
  Optional<Finished> replacementOf(KeyId key) {
    return finished.stream().filter(f -> f.oldKey().equals(key)).reduce((first, next) -> next);
  }

  Optional<Revoked> revocation(KeyId key) {
    return revocations.stream().filter(r -> r.key().equals(key)).findFirst();
  }
}
