// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.check.CheckPlan;
import io.dive.check.CheckReport.RevokedKey;
import io.dive.key.Signer;
import io.dive.protocol.DiveException;
import io.dive.protocol.KeyReference;
import io.dive.settings.DiveSettings;
import io.dive.settings.HostPattern;
import io.dive.settings.KeySettings;
import io.dive.settings.Mode;
import io.dive.settings.RuleSettings;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings at work: hosts with their keys and rules, and what runs beside requests. It never
 * changes but for the keys that a check finds revoked. Safe for use by many threads.
 */
final class Site implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Site.class);

  /** What the parts of a site are made from. */
  record Surroundings(
      ServletContext context, ResponseMetrics metrics, Clock clock, LongSupplier nanoTime) {}

  private final DiveSettings settings;
  private final Surroundings surroundings;
  private final SiteMemory memory;
  private final Map<HostPattern, ActiveHost> hosts;
  private final HostTable<ActiveHost> table;
  private final List<ActiveRule> rules;
  private final KeySets keySets;
  private final SidecarStores stores;
  private final DirectAnswers directAnswers;
  private final StreamMode streamMode;
  private final SignerWatch watch;
  private final WarningPace warnings = new WarningPace();
  private final SelfChecks checks;
  private final ConcealedPaths paths;
  private final Optional<WarmUp> warmUp;
  private volatile @Nullable CheckPlan checkedPlan;
  private volatile boolean guardIsHandedOver;

  private Site(
      DiveSettings settings,
      SignerWatch watch,
      SiteMemory memory,
      Surroundings surroundings,
      @Nullable Site before)
      throws DiveException {
    this.settings = settings;
    this.watch = watch;
    this.paths = ConcealedPaths.of(settings);
    Map<HostPattern, List<Signer>> signers = watch.signersByHost();
    this.surroundings = surroundings;
    this.memory = memory;
    this.keySets = new KeySets(settings.drafts(), settings.caches().signatureEntries());
    List<Signer> all = signers.values().stream().flatMap(List::stream).distinct().toList();
    this.stores =
        new SidecarStores(settings, all, surroundings.metrics(), memory.unusableSidecars());
    Map<RuleSettings, Path> roots = roots();
    Map<RuleSettings, ActiveRule> active = activate(roots);
    this.rules = List.copyOf(active.values());
    this.hosts = activate(signers, all, active);
    this.table = new HostTable<>(hosts);
    this.directAnswers = new DirectAnswers(surroundings.context());
    this.warmUp =
        settings
            .caches()
            .warmUpBytesPerSecond()
            .map(
                rate ->
                    new WarmUp(
                        hosts.values(),
                        memory.digests(),
                        memory.recentChanges(),
                        rate,
                        settings.caches().staticEntries()));
    this.streamMode = StreamModes.mode(settings, surroundings.metrics());
    Supplier<CheckPlan> plan =
        () -> {
          CheckPlan made =
              settings.checkPlan(signers, rule -> Optional.ofNullable(roots.get(rule)));
          this.checkedPlan = made;
          return made;
        };
    this.checks =
        SelfChecks.prepare(
            settings,
            plan,
            memory.keyHistory(),
            report -> heedRevocations(),
            before == null ? null : before.checks,
            surroundings.metrics(),
            surroundings.clock());
    heedRevocations();
  }

  /**
   * Makes a site, beside one that is at work already. Log, meters and health say nothing of it, and
   * its checks are not repeated, before it takes that one's place.
   *
   * @param before whose memory is taken over; null for the first
   * @throws DiveException if a key cannot be loaded, a root is not there, or DNS disagrees where
   *     that is not allowed; nothing has changed then
   */
  static Site open(DiveSettings settings, Surroundings surroundings, @Nullable Site before)
      throws DiveException {
    SignerWatch watch =
        SignerWatch.open(
            settings, SignerWatch.INTERVAL, surroundings.metrics(), surroundings.clock());
    boolean opened = false;
    try {
      Site site = open(settings, watch, surroundings, before);
      opened = true;
      return site;
    } finally {
      if (!opened) {
        watch.close();
      }
    }
  }

  private static Site open(
      DiveSettings settings, SignerWatch watch, Surroundings surroundings, @Nullable Site before)
      throws DiveException {
    if (before == null) {
      Rehearsal.run();
    }
    SiteMemory memory =
        before == null
            ? SiteMemory.start(
                settings, surroundings.metrics(), surroundings.clock(), surroundings.nanoTime())
            : before.memory.carriedTo(settings, surroundings.metrics(), surroundings.clock());
    boolean opened = false;
    try {
      Site site = new Site(settings, watch, memory, surroundings, before);
      opened = true;
      return site;
    } finally {
      if (!opened && (before == null || before.memory.guard() != memory.guard())) {
        memory.guard().close();
      }
    }
  }

  private Map<RuleSettings, Path> roots() throws DiveException {
    Map<RuleSettings, Path> roots = new HashMap<>();
    for (RuleSettings rule : settings.rules()) {
      ActiveRule.root(rule, surroundings.context()).ifPresent(root -> roots.put(rule, root));
    }
    return roots;
  }

  private Map<RuleSettings, ActiveRule> activate(Map<RuleSettings, Path> roots)
      throws DiveException {
    Map<RuleSettings, ActiveRule> active = new LinkedHashMap<>();
    for (RuleSettings rule : settings.rules()) {
      active.put(
          rule,
          ActiveRule.of(
              rule,
              Optional.ofNullable(roots.get(rule)),
              (mode, root) ->
                  mode == Mode.STATIC
                      ? memory.digests()
                      : new SidecarSignatures(stores.store(rule, root), memory.guard()),
              settings.sidecars().serve(),
              surroundings.nanoTime()));
    }
    return active;
  }

  private Map<HostPattern, ActiveHost> activate(
      Map<HostPattern, List<Signer>> signers,
      List<Signer> all,
      Map<RuleSettings, ActiveRule> active) {
    Map<HostPattern, ActiveHost> activeHosts = new LinkedHashMap<>();
    signers.forEach(
        (host, own) ->
            activeHosts.put(
                host,
                new ActiveHost(
                    new HostKeys(own, all, keySets, settings.drafts()),
                    settings.rulesOf(host).stream().map(active::get).toList(),
                    new SettledFiles(surroundings.nanoTime()))));
    return activeHosts;
  }

  /** Stops the use of keys that a check found revoked, and begins that of those it found again. */
  private synchronized void heedRevocations() {
    CheckPlan plan = checkedPlan;
    if (plan == null) {
      return; // nothing is checked
    }
    List<RevokedKey> revokedKeys = memory.keyHistory().revokedOf(plan);
    hosts.forEach(
        (host, active) ->
            active
                .keys()
                .revoke(
                    revokedKeys.stream()
                        .filter(revoked -> revoked.host().equals(host.domain()))
                        .map(RevokedKey::key)
                        .collect(Collectors.toUnmodifiableSet())));
  }

  /** Takes the place of another site: from now on caches, meters and log are this one's. */
  void succeed(@Nullable Site before) {
    memory.resize(settings);
    ResponseMetrics metrics = surroundings.metrics();
    metrics.cache("signature", keySets::cacheStats);
    metrics.cache("sidecar", stores::cacheStats);
    if (before == null || before.memory.digests() != memory.digests()) {
      metrics.cache("static", memory.digests()::cacheStats);
    }
    metrics.keyAges(keyAges());
    LOG.info("signing responses of {} under {} rules", settings.hosts(), settings.rules().size());
    settings.warnings().forEach(LOG::warn);
    if (before != null) {
      before.guardIsHandedOver = before.memory.guard() == memory.guard();
      before.checks.close();
      before.watch.endProbes();
      before.warmUp.ifPresent(WarmUp::close);
    }
    Set<String> names = new HashSet<>(checks.names());
    names.addAll(watch.checkNames());
    metrics.checks(names);
    watch.begin();
    checks.begin();
    warmUp.ifPresent(WarmUp::begin);
    // The site before may have found some until now, after this one's own check.
    heedRevocations();
  }

  private Map<KeyReference, Supplier<Duration>> keyAges() {
    Map<KeyReference, Supplier<Duration>> ages = new HashMap<>();
    for (KeySettings key : settings.keys()) {
      try {
        Instant written = Files.getLastModifiedTime(key.file()).toInstant();
        ages.put(key.reference(), () -> Duration.between(written, surroundings.clock().instant()));
      } catch (IOException e) {
        LOG.debug("{} has no age: {}", key.file(), e.toString());
      }
    }
    return ages;
  }

  DiveSettings settings() {
    return settings;
  }

  DirectAnswers directAnswers() {
    return directAnswers;
  }

  ResponseMetrics metrics() {
    return surroundings.metrics();
  }

  /** Paces the warnings that requests trigger. */
  WarningPace warnings() {
    return warnings;
  }

  /** Which contents of files the container may send. */
  RecentChanges recentChanges() {
    return memory.recentChanges();
  }

  /** Mode {@code stream}, the same for all hosts: they share its bounds. */
  StreamMode streamMode() {
    return streamMode;
  }

  /** The checks that run beside requests. */
  SelfChecks checks() {
    return checks;
  }

  /** What is known about the health of downloads: signers, DNS, canary, sidecars. */
  List<HealthCheck> health() {
    List<HealthCheck> health = new ArrayList<>(readiness());
    health.addAll(watch.health());
    health.addAll(checks.health());
    if (rules.stream().anyMatch(rule -> rule.hasMode(Mode.SIDECAR))) {
      health.add(
          HealthCheck.ofSidecars(memory.guard().staleFiles(), memory.unusableSidecars().list()));
    }
    warmUp.ifPresent(running -> health.add(running.health()));
    return health.stream().map(paths::concealedIn).toList();
  }

  /** Whether the filter has started; it has, or there would be no site. */
  List<HealthCheck> readiness() {
    return List.of(
        new HealthCheck(
            "dive-filter",
            true,
            Map.of(
                "hosts",
                settings.hosts().stream()
                    .map(HostPattern::toString)
                    .collect(Collectors.joining(", ")))));
  }

  /** The configured host a request is for, by whatever name the client sent (decision 20). */
  Optional<ActiveHost> host(@Nullable String serverName) {
    return table.find(serverName);
  }

  /** Whether some rule hides sidecars at a path, for requests that are for no configured host. */
  boolean hidesSidecars(String path) {
    return rules.stream().anyMatch(rule -> rule.hidesSidecars() && rule.path().matches(path));
  }

  /** Ends a site that was never used. */
  void closeUnused(@Nullable Site stays) {
    guardIsHandedOver = stays != null && stays.memory.guard() == memory.guard();
    close();
  }

  /** Stops what runs in the background, unless a later site goes on with it; may be repeated. */
  @Override
  public void close() {
    checks.close();
    watch.close();
    warmUp.ifPresent(WarmUp::close);
    if (!guardIsHandedOver) {
      memory.guard().close();
    }
  }
}
