// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.check.CheckReport;
import io.dive.check.Finding;
import io.dive.check.FindingCode;
import io.dive.check.PeriodicCheck;
import io.dive.key.RemoteSigner;
import io.dive.key.Signer;
import io.dive.protocol.KeyMaterialException;
import io.dive.settings.DiveSettings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Opens the signers of a site and looks after those whose keys live elsewhere: they are probed at
 * an interval, so that health tells of a lost key before the first unsigned response. Safe for use
 * by many threads.
 */
final class SignerWatch implements AutoCloseable {
  /** A probe is a message to a process on the same machine. */
  static final Duration INTERVAL = Duration.ofSeconds(5);

  private static final String NAME = "signer";

  private final List<Signer> signers;
  private final List<WatchedSigner> watched;
  private final List<WatchedSigner> owned;
  private final Optional<PeriodicCheck> probes;

  private SignerWatch(
      List<Signer> signers,
      List<WatchedSigner> watched,
      List<WatchedSigner> owned,
      Optional<PeriodicCheck> probes) {
    this.signers = List.copyOf(signers);
    this.watched = List.copyOf(watched);
    this.owned = List.copyOf(owned);
    this.probes = probes;
  }

  /**
   * Opens the signers. The remote ones are probed before this returns; one that does not sign is
   * logged and stops nothing.
   *
   * @throws KeyMaterialException if a key file cannot be used
   */
  static SignerWatch start(
      DiveSettings settings, Duration interval, ResponseMetrics metrics, Clock clock)
      throws KeyMaterialException {
    List<Signer> signers = new ArrayList<>();
    List<WatchedSigner> watched = new ArrayList<>();
    List<WatchedSigner> owned = new ArrayList<>();
    for (Signer signer : settings.openSigners()) {
      if (signer instanceof RemoteSigner remote) {
        WatchedSigner watch = new WatchedSigner(remote, clock);
        signers.add(watch);
        watched.add(watch);
        if (!settings.signers().contains(signer)) {
          owned.add(watch);
        }
      } else {
        signers.add(signer);
      }
    }
    Optional<PeriodicCheck> probes = Optional.empty();
    if (!watched.isEmpty()) {
      PeriodicCheck check =
          new PeriodicCheck(
              NAME, () -> probe(watched, clock), report -> metrics.checked(NAME, report));
      check.runNow();
      check.start(interval, interval);
      probes = Optional.of(check);
    }
    return new SignerWatch(signers, watched, owned, probes);
  }

  private static CheckReport probe(List<WatchedSigner> watched, Clock clock) {
    Instant start = clock.instant();
    List<Finding> findings = watched.stream().map(SignerWatch::finding).toList();
    Instant end = clock.instant();
    return new CheckReport(end, Duration.between(start, end), findings);
  }

  private static Finding finding(WatchedSigner signer) {
    WatchedSigner.State state = signer.probe();
    return state.signs()
        ? new Finding(FindingCode.SIGNER_OK, signer.key().serialize(), "it signs", "")
        : new Finding(FindingCode.SIGNER_UNAVAILABLE, signer.key().serialize(), state.reason(), "");
  }

  /** All signers of the site, in signing order. */
  List<Signer> signers() {
    return signers;
  }

  /** What was seen last of each signer whose key lives elsewhere. */
  List<HealthCheck> health() {
    return watched.stream().map(s -> HealthCheck.ofSigner(s.key(), s.state())).toList();
  }

  /** Ends the probes, and the signers that were not given in code. */
  @Override
  public void close() {
    probes.ifPresent(PeriodicCheck::close);
    owned.forEach(WatchedSigner::close);
  }
}
