// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toUnmodifiableSet;

import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.RawPublicKey;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What the server does, for comparison with what DNS says.
 *
 * @param hosts at least one
 * @param drafts the emitted revisions, at least one
 * @param hash the algorithm of the digests that are signed
 */
public record CheckPlan(List<Host> hosts, Set<ProtocolVersion> drafts, HashAlgorithm hash) {
  /**
   * A host whose responses are signed.
   *
   * @param keys the keys that sign for it; empty if none are known
   * @param hasUnsignedPaths whether some of its paths are never signed
   * @param standsForNamesBelow whether the hosts are those below the name, not the name itself
   * @param watched other keys that its stored signatures name: they need not be published, but one
   *     that was revoked is not used
   * @param storedTogether of a host without a key of its own, the keys whose signatures its files
   *     have, file by file, as far as that was looked at
   */
  public record Host(
      Fqdn name,
      List<Key> keys,
      boolean hasUnsignedPaths,
      boolean standsForNamesBelow,
      List<Key> watched,
      Set<Set<KeyReference>> storedTogether) {
    /** Copies the collections. */
    public Host {
      requireNonNull(name, "name");
      keys = List.copyOf(keys);
      watched = List.copyOf(watched);
      storedTogether = storedTogether.stream().map(Set::copyOf).collect(toUnmodifiableSet());
    }

    /** A host of which it is not known how signatures are stored. */
    public Host(
        Fqdn name,
        List<Key> keys,
        boolean hasUnsignedPaths,
        boolean standsForNamesBelow,
        List<Key> watched) {
      this(name, keys, hasUnsignedPaths, standsForNamesBelow, watched, Set.of());
    }

    /** One host. */
    public Host(Fqdn name, List<Key> keys, boolean hasUnsignedPaths) {
      this(name, keys, hasUnsignedPaths, false, List.of());
    }
  }

  /** A key that signs, by the name responses give it. */
  public record Key(KeyReference reference, RawPublicKey publicKey) {
    /** No component may be null. */
    public Key {
      requireNonNull(reference, "reference");
      requireNonNull(publicKey, "publicKey");
    }
  }

  /** Copies the collections. */
  public CheckPlan {
    hosts = List.copyOf(hosts);
    drafts = Set.copyOf(EnumSet.copyOf(drafts));
    requireNonNull(hash, "hash");
    if (hosts.isEmpty()) {
      throw new IllegalArgumentException("a check needs a host");
    }
  }
}
