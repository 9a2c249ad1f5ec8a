// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.HeaderField;
import io.dive.sidecar.Freshness;
import io.dive.sidecar.FreshnessGuard;
import io.dive.sidecar.SidecarStore;
import io.dive.sidecar.StoredSignatures;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/** Mode {@code sidecar}: what a store has for a file, held against the file (decision 19). */
final class SidecarSignatures implements FileSignatures {
  private static final Unusable NO_KEY =
      new Unusable(
          "no-key-for-host",
          "all its signatures are of keys that are revoked, or configured for other hosts");

  private final SidecarStore store;
  private final FreshnessGuard guard;

  SidecarSignatures(SidecarStore store, FreshnessGuard guard) {
    this.store = requireNonNull(store, "store");
    this.guard = requireNonNull(guard, "guard");
  }

  @Override
  public Known find(Path file, BasicFileAttributes attributes, HostKeys keys) {
    SidecarStore.Outcome outcome = store.find(file, attributes);
    if (outcome instanceof SidecarStore.Found found) {
      List<HeaderField> fields = keys.admitted(found.signatures());
      // Not absent: another mode would sign whatever the file is now.
      return fields.isEmpty() ? NO_KEY : compare(file, attributes, found.signatures(), fields);
    } else if (outcome instanceof io.dive.sidecar.Unusable unusable) {
      return new Unusable(unusable.reason().token(), unusable.sentence());
    }
    return Absent.INSTANCE;
  }

  private Known compare(
      Path file,
      BasicFileAttributes attributes,
      StoredSignatures stored,
      List<HeaderField> fields) {
    Signed signed = new Signed(stored.body().digest(), fields, attributes);
    Freshness freshness = guard.check(file, attributes, stored, store);
    return switch (freshness) {
      case FRESH, ASSUMED_FRESH -> signed;
      case STALE -> new Stale(signed);
      // Mode "first" promises a comparison; without one nothing may be claimed.
      case UNDECIDED -> new Changing();
    };
  }
}
