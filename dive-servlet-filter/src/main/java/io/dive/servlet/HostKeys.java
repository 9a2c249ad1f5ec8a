// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.key.Signer;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.sidecar.StoredSignatures;
import io.dive.sign.BodySignature;
import io.dive.sign.ResponseSigner;
import io.dive.sign.SignedBody;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The keys at work for one configured host: its own, but for those that a check found revoked. Safe
 * for use by many threads; each request sees one state of it at a time.
 */
final class HostKeys {
  /**
   * One of them.
   *
   * @param revoked names
   */
  private record State(Optional<ResponseSigner> signer, Set<String> revoked) {}

  private final List<Signer> own;
  private final Set<String> foreign;
  private final KeySets sets;
  private final Set<ProtocolVersion> drafts;
  private volatile State state;

  /**
   * With no key revoked.
   *
   * @param own in signing order
   * @param all the signers of all hosts
   */
  HostKeys(List<Signer> own, List<Signer> all, KeySets sets, Set<ProtocolVersion> drafts) {
    this.own = List.copyOf(own);
    Set<String> ownNames = own.stream().map(s -> name(s.key())).collect(Collectors.toSet());
    this.foreign =
        all.stream()
            .map(signer -> name(signer.key()))
            .filter(name -> !ownNames.contains(name))
            .collect(Collectors.toUnmodifiableSet());
    this.sets = sets;
    this.drafts = Set.copyOf(drafts);
    this.state = new State(sets.of(this.own), Set.of());
  }

  /** As DNS tells Key IDs apart (decision 9). */
  private static String name(KeyReference key) {
    return key.keyId().value().toLowerCase(Locale.ROOT);
  }

  /**
   * Stops the use of the given keys from now on, and uses all others; what {@link SettledFiles}
   * remembers goes out for up to a second more.
   */
  void revoke(Set<KeyReference> keys) {
    Set<String> revoked = keys.stream().map(HostKeys::name).collect(Collectors.toUnmodifiableSet());
    if (!state.revoked().equals(revoked)) {
      List<Signer> usable = own.stream().filter(s -> !revoked.contains(name(s.key()))).toList();
      state = new State(sets.of(usable), revoked);
    }
  }

  /** What signs; empty where the host has no key, or none that is usable. */
  Optional<ResponseSigner> signer() {
    return state.signer();
  }

  /**
   * The stored fields, without the signatures of keys that are revoked or that the settings give to
   * other hosts only. Those of keys the settings do not know are served as they are: they were made
   * elsewhere, and only DNS tells their hosts.
   *
   * @return empty if no signature remains
   */
  List<HeaderField> admitted(StoredSignatures stored) {
    Set<String> revoked = state.revoked();
    List<BodySignature> all = stored.body().signatures();
    List<BodySignature> admitted =
        foreign.isEmpty() && revoked.isEmpty()
            ? all
            : all.stream()
                .filter(s -> !revoked.contains(name(s.key())) && !foreign.contains(name(s.key())))
                .toList();
    if (admitted.size() == all.size()) {
      return stored.fields();
    }
    return admitted.isEmpty()
        ? List.of()
        : new SignedBody(stored.body().digest(), admitted).fields(drafts);
  }
}
