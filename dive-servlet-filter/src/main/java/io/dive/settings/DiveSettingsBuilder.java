// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static java.util.Objects.requireNonNull;

import io.dive.dns.TxtLookup;
import io.dive.key.Signer;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.ProtocolVersion;
import io.dive.sidecar.SidecarStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Collects settings in code. For one thread. */
public final class DiveSettingsBuilder {
  private final Set<HostPattern> hosts = new LinkedHashSet<>();
  private final List<KeySettings> keys = new ArrayList<>();
  private final List<Signer> signers = new ArrayList<>();
  private final List<RuleSettings> rules = new ArrayList<>();
  private Set<ProtocolVersion> drafts = EnumSet.copyOf(SettingsTable.DRAFTS.defaultValue());
  private HashAlgorithm hash = SettingsTable.HASH.defaultValue();
  private boolean allowExposedKeys = SettingsTable.KEY_ALLOW_EXPOSED.defaultValue();
  private Optional<SidecarStore> sidecarStore = Optional.empty();
  private Optional<TxtLookup> txtLookup = Optional.empty();
  private SidecarSettings sidecars =
      new SidecarSettings(
          SettingsTable.STALE.defaultValue(),
          SettingsTable.SIDECAR_VERIFY.defaultValue(),
          SettingsTable.SIDECAR_CACHE_ENTRIES.defaultValue(),
          SettingsTable.SIDECAR_SERVE.defaultValue());
  private CacheSettings caches =
      new CacheSettings(
          SettingsTable.STATIC_CACHE_ENTRIES.defaultValue(),
          SettingsTable.SIGNATURE_CACHE_ENTRIES.defaultValue(),
          SettingsTable.STATIC_WARM_UP.defaultValue());
  private StreamSettings stream =
      new StreamSettings(
          SettingsTable.STREAM_MEMORY.defaultValue(),
          SettingsTable.STREAM_LIMIT.defaultValue(),
          SettingsTable.STREAM_OVERFLOW.defaultValue(),
          Optional.empty(),
          SettingsTable.STREAM_TEMP_SPACE.defaultValue(),
          SettingsTable.STREAM_KNOWN_ENTRIES.defaultValue());
  private boolean noTransform = SettingsTable.NO_TRANSFORM.defaultValue();
  private DiveSettings.OnSigningFailure onSigningFailure =
      SettingsTable.ON_SIGNING_FAILURE.defaultValue();
  private CheckSettings checks =
      new CheckSettings(
          SettingsTable.CHECK.defaultValue(),
          SettingsTable.CHECK_INTERVAL.defaultValue(),
          SettingsTable.CHECK_TIMEOUT.defaultValue());
  private DnsSettings dns = new DnsSettings(Optional.empty(), Optional.empty());
  private Optional<ZoneSettings> zone = Optional.empty();
  private Optional<CanarySettings> canary = Optional.empty();
  private Optional<Duration> reloadInterval = SettingsTable.RELOAD_INTERVAL.defaultValue();

  DiveSettingsBuilder() {}

  /** Adds a covered host. */
  public DiveSettingsBuilder host(Fqdn host) {
    return host(HostPattern.of(host));
  }

  /** Adds a covered host or wildcard. */
  public DiveSettingsBuilder host(HostPattern host) {
    hosts.add(requireNonNull(host, "host"));
    return this;
  }

  /** The revisions to send; the default is all. */
  public DiveSettingsBuilder drafts(Set<ProtocolVersion> revisions) {
    drafts = Set.copyOf(revisions);
    return this;
  }

  /** The hash; the default is SHA-256. */
  public DiveSettingsBuilder hash(HashAlgorithm algorithm) {
    hash = requireNonNull(algorithm, "algorithm");
    return this;
  }

  /** Adds a key in a file, behind those added before. */
  public DiveSettingsBuilder key(KeySettings key) {
    keys.add(requireNonNull(key, "key"));
    return this;
  }

  /** Whether key files that others may read are accepted; the default is no. */
  public DiveSettingsBuilder allowExposedKeys(boolean allow) {
    allowExposedKeys = allow;
    return this;
  }

  /** Adds a signer, behind those added before. */
  public DiveSettingsBuilder signer(Signer signer) {
    signers.add(requireNonNull(signer, "signer"));
    return this;
  }

  /**
   * Adds a rule for the web application's own files, behind those added before.
   *
   * @throws IllegalArgumentException if the pattern is none
   */
  public DiveSettingsBuilder rule(String pattern, Mode... modes) {
    return rule(
        new RuleSettings(
            rules.size() + 1,
            new PathPattern(pattern),
            List.of(modes),
            Optional.empty(),
            Optional.empty()));
  }

  /** Adds a rule, behind those added before. */
  public DiveSettingsBuilder rule(RuleSettings rule) {
    rules.add(requireNonNull(rule, "rule"));
    return this;
  }

  /** A store of signatures instead of the files beside the downloads. */
  public DiveSettingsBuilder sidecarStore(SidecarStore store) {
    sidecarStore = Optional.of(store);
    return this;
  }

  /** A look-up for the checks instead of one made from the DNS settings. */
  public DiveSettingsBuilder txtLookup(TxtLookup lookup) {
    txtLookup = Optional.of(lookup);
    return this;
  }

  /** How sidecars are treated. */
  public DiveSettingsBuilder sidecars(SidecarSettings settings) {
    sidecars = requireNonNull(settings, "settings");
    return this;
  }

  /** The bounds of the caches. */
  public DiveSettingsBuilder caches(CacheSettings bounds) {
    caches = requireNonNull(bounds, "bounds");
    return this;
  }

  /** The bounds of stream mode. */
  public DiveSettingsBuilder stream(StreamSettings bounds) {
    stream = requireNonNull(bounds, "bounds");
    return this;
  }

  /** Whether covered responses say {@code no-transform} (decision 16); the default is yes. */
  public DiveSettingsBuilder noTransform(boolean send) {
    noTransform = send;
    return this;
  }

  /** What is sent when a signer fails; the default is the body without signatures. */
  public DiveSettingsBuilder onSigningFailure(DiveSettings.OnSigningFailure answer) {
    onSigningFailure = requireNonNull(answer, "answer");
    return this;
  }

  /** The checks of keys against DNS. */
  public DiveSettingsBuilder checks(CheckSettings settings) {
    checks = requireNonNull(settings, "settings");
    return this;
  }

  /** Where DNS is asked. */
  public DiveSettingsBuilder dns(DnsSettings settings) {
    dns = requireNonNull(settings, "settings");
    return this;
  }

  /** The zone to verify by its digest; the default is none. */
  public DiveSettingsBuilder zone(ZoneSettings verified) {
    zone = Optional.of(verified);
    return this;
  }

  /** The resource to fetch and verify; the default is none. */
  public DiveSettingsBuilder canary(CanarySettings resource) {
    canary = Optional.of(resource);
    return this;
  }

  /** How often the files are looked at for a change, empty for never; the default is 10 s. */
  public DiveSettingsBuilder reloadInterval(Optional<Duration> interval) {
    reloadInterval = requireNonNull(interval, "interval");
    return this;
  }

  /**
   * The settings.
   *
   * @throws IllegalArgumentException naming every contradiction
   */
  public DiveSettings build() {
    return new DiveSettings(
        hosts,
        drafts,
        hash,
        keys,
        allowExposedKeys,
        signers,
        rules,
        sidecarStore,
        txtLookup,
        sidecars,
        caches,
        stream,
        noTransform,
        onSigningFailure,
        checks,
        dns,
        zone,
        canary,
        reloadInterval);
  }
}
