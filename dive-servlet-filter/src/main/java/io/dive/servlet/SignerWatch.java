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
import io.dive.settings.HostPattern;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Opens the signers of a site and looks after those whose keys live elsewhere: they are probed at
 * an interval, so that health tells of a lost key before the first unsigned response. Safe for use
 * by many threads.
 */
final class SignerWatch implements AutoCloseable {
  /** A probe is a message to a process on the same machine. */
  static final Duration INTERVAL = Duration.ofSeconds(5);

  private static final String NAME = "signer";

  private final Map<HostPattern, List<Signer>> signersByHost;
  private final List<WatchedSigner> watched;
  private final List<WatchedSigner> owned;
  private final Optional<PeriodicCheck> probes;
  private final Duration interval;

  private SignerWatch(
      Map<HostPattern, List<Signer>> signersByHost,
      List<WatchedSigner> watched,
      List<WatchedSigner> owned,
      Optional<PeriodicCheck> probes,
      Duration interval) {
    this.signersByHost = signersByHost;
    this.watched = List.copyOf(watched);
    this.owned = List.copyOf(owned);
    this.probes = probes;
    this.interval = interval;
  }

  /**
   * Opens the signers and probes the remote ones; one that does not sign stops nothing. Nobody is
   * told of it before {@link #begin}.
   *
   * @throws KeyMaterialException if a key file cannot be used
   */
  static SignerWatch open(
      DiveSettings settings, Duration interval, ResponseMetrics metrics, Clock clock)
      throws KeyMaterialException {
    Map<Signer, WatchedSigner> remotes = new LinkedHashMap<>();
    Map<HostPattern, List<Signer>> byHost = new LinkedHashMap<>();
    for (Map.Entry<HostPattern, List<Signer>> host : settings.openSignersByHost().entrySet()) {
      byHost.put(
          host.getKey(),
          host.getValue().stream()
              .map(
                  signer ->
                      signer instanceof RemoteSigner remote
                          ? remotes.computeIfAbsent(
                              signer, opened -> new WatchedSigner(remote, clock))
                          : signer)
              .toList());
    }
    List<WatchedSigner> watched = List.copyOf(remotes.values());
    List<WatchedSigner> owned =
        remotes.entrySet().stream()
            .filter(remote -> !settings.signers().contains(remote.getKey()))
            .map(Map.Entry::getValue)
            .toList();
    Optional<PeriodicCheck> probes = Optional.empty();
    if (!watched.isEmpty()) {
      PeriodicCheck check =
          new PeriodicCheck(
              NAME, () -> probe(watched, clock), report -> metrics.checked(NAME, report));
      check.runAhead();
      probes = Optional.of(check);
    }
    return new SignerWatch(Collections.unmodifiableMap(byHost), watched, owned, probes, interval);
  }

  /** Tells of signers that do not sign, and probes them again and again from now on. */
  void begin() {
    watched.forEach(WatchedSigner::announce);
    probes.ifPresent(check -> check.start(interval, interval));
  }

  /** The name of the probes, as meters have it; empty where no signer is probed. */
  Set<String> checkNames() {
    return probes.isPresent() ? Set.of(NAME) : Set.of();
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

  /** The signers of each of the settings' hosts, in signing order. */
  Map<HostPattern, List<Signer>> signersByHost() {
    return signersByHost;
  }

  /** What was seen last of each signer whose key lives elsewhere. */
  List<HealthCheck> health() {
    return watched.stream().map(s -> HealthCheck.ofSigner(s.key(), s.state())).toList();
  }

  /** Ends the probes; what still uses the signers may go on. */
  void endProbes() {
    probes.ifPresent(PeriodicCheck::close);
  }

  /** Ends the probes, and the signers that were not given in code. */
  @Override
  public void close() {
    endProbes();
    owned.forEach(WatchedSigner::close);
  }
}
