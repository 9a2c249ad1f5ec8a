// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.key.Signer;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.settings.DiveSettings;
import io.dive.settings.Mode;
import io.dive.settings.PathPattern;
import io.dive.sidecar.FreshnessGuard;
import io.dive.sign.ResponseSigner;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The settings at work: rules with their stores, hosts, signer. Safe for use by many threads. */
final class Site implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Site.class);

  /**
   * A rule at work.
   *
   * @param files empty when no mode reads files
   * @param sources the modes that know files, in order
   * @param stream whether the mode stream is last
   * @param hidesSidecars whether sidecar files are answered with 404
   */
  record ActiveRule(
      PathPattern path,
      Optional<FileMapping> files,
      List<Source> sources,
      boolean stream,
      boolean hidesSidecars) {
    /** Copies the sources. */
    ActiveRule {
      sources = List.copyOf(sources);
    }

    private boolean hasMode(Mode mode) {
      return sources.stream().anyMatch(source -> source.mode() == mode);
    }

    /** Whether nothing is ever signed. */
    boolean isOff() {
      return sources.isEmpty() && !stream;
    }
  }

  /** A mode with what it knows. */
  record Source(Mode mode, FileSignatures signatures) {}

  /** The servlet context attribute under which the health servlet finds the site. */
  static final String ATTRIBUTE = Site.class.getName();

  /** Reading for comparison must not starve the downloads themselves. */
  private static final long VERIFY_BYTES_PER_SECOND = 50L << 20;

  private final DiveSettings settings;
  private final Set<String> hosts;
  private final List<ActiveRule> rules;
  private final DirectAnswers directAnswers;
  private final ResponseMetrics metrics;
  private final FreshnessGuard guard;
  private final Optional<StreamMode> streamMode;
  private final SelfChecks checks;
  private final SignerWatch signers;
  private final RecentChanges recentChanges;
  private final WarningPace warnings = new WarningPace();

  private Site(
      DiveSettings settings,
      List<ActiveRule> rules,
      DirectAnswers directAnswers,
      ResponseMetrics metrics,
      FreshnessGuard guard,
      Optional<StreamMode> streamMode,
      SelfChecks checks,
      SignerWatch signers) {
    this.settings = settings;
    this.guard = guard;
    this.streamMode = streamMode;
    this.checks = checks;
    this.signers = signers;
    this.recentChanges =
        new RecentChanges(
            Math.max(settings.caches().staticEntries(), settings.sidecars().cacheEntries()),
            System::nanoTime);
    this.directAnswers = directAnswers;
    this.metrics = metrics;
    this.hosts = settings.hosts().stream().map(Fqdn::name).collect(Collectors.toUnmodifiableSet());
    this.rules = List.copyOf(rules);
  }

  /**
   * Puts settings to work.
   *
   * @throws DiveException if a key cannot be loaded, a root is not there, or DNS disagrees where
   *     that is not allowed
   */
  static Site open(
      DiveSettings settings, ServletContext context, ResponseMetrics metrics, Clock clock)
      throws DiveException {
    SignerWatch signers = SignerWatch.start(settings, SignerWatch.INTERVAL, metrics, clock);
    boolean opened = false;
    try {
      Site site = open(settings, signers, context, metrics, clock);
      opened = true;
      return site;
    } finally {
      if (!opened) {
        signers.close();
      }
    }
  }

  private static Site open(
      DiveSettings settings,
      SignerWatch watch,
      ServletContext context,
      ResponseMetrics metrics,
      Clock clock)
      throws DiveException {
    List<Signer> signers = watch.signers();
    Optional<ResponseSigner> signer = Optional.empty();
    Optional<StaticDigests> digests = Optional.empty();
    if (!signers.isEmpty()) {
      ResponseSigner made =
          new ResponseSigner(signers, settings.drafts(), settings.caches().signatureEntries());
      StaticDigests files =
          new StaticDigests(settings.hash(), made, settings.caches().staticEntries(), metrics);
      metrics.cache("signature", made::cacheStats);
      metrics.cache("static", files::cacheStats);
      signer = Optional.of(made);
      digests = Optional.of(files);
    }
    observeKeyAges(settings, metrics, clock);
    List<Path> roots = new ArrayList<>();
    for (DiveSettings.Rule rule : settings.rules()) {
      if (readsFiles(rule)) {
        roots.add(root(rule, context));
      }
    }
    SelfChecks checks =
        SelfChecks.start(settings, () -> settings.checkPlan(signers, roots), metrics, clock);
    FreshnessGuard guard = guard(settings, metrics, clock);
    SidecarStores stores = new SidecarStores(settings, signers, metrics);
    boolean opened = false;
    try {
      List<ActiveRule> rules = new ArrayList<>();
      for (DiveSettings.Rule rule : settings.rules()) {
        rules.add(activate(settings, rule, context, guard, stores, digests));
      }
      Site site =
          new Site(
              settings,
              rules,
              new DirectAnswers(context),
              metrics,
              guard,
              signer.map(s -> StreamSettings.mode(settings, s, metrics)),
              checks,
              watch);
      opened = true;
      return site;
    } finally {
      if (!opened) {
        guard.close();
        checks.close();
      }
    }
  }

  private static FreshnessGuard guard(DiveSettings settings, ResponseMetrics metrics, Clock clock) {
    return new FreshnessGuard(
        new FreshnessGuard.Settings(
            settings.sidecars().guardMode(),
            VERIFY_BYTES_PER_SECOND,
            Math.max(1, settings.sidecars().cacheEntries())),
        new SidecarMeters(metrics),
        clock);
  }

  private static void observeKeyAges(DiveSettings settings, ResponseMetrics metrics, Clock clock) {
    for (DiveSettings.Key key : settings.keys()) {
      try {
        Instant written = Files.getLastModifiedTime(key.file()).toInstant();
        metrics.keyAge(key.reference(), () -> Duration.between(written, clock.instant()));
      } catch (IOException e) {
        LOG.debug("{} has no age: {}", key.file(), e.toString());
      }
    }
  }

  private static boolean readsFiles(DiveSettings.Rule rule) {
    return rule.modes().contains(Mode.SIDECAR) || rule.modes().contains(Mode.STATIC);
  }

  private static ActiveRule activate(
      DiveSettings settings,
      DiveSettings.Rule rule,
      ServletContext context,
      FreshnessGuard guard,
      SidecarStores stores,
      Optional<StaticDigests> digests)
      throws DiveException {
    List<Source> sources = new ArrayList<>();
    Optional<FileMapping> files = Optional.empty();
    if (readsFiles(rule)) {
      Path root = root(rule, context);
      files = Optional.of(mapping(rule, root));
      for (Mode mode : rule.modes()) {
        if (mode == Mode.SIDECAR) {
          sources.add(new Source(mode, new SidecarSignatures(stores.store(rule, root), guard)));
        } else if (mode == Mode.STATIC) {
          sources.add(new Source(mode, digests.orElseThrow()));
        }
      }
    }
    return new ActiveRule(
        rule.path(),
        files,
        sources,
        rule.modes().contains(Mode.STREAM),
        rule.modes().contains(Mode.SIDECAR)
            && rule.signaturesJson().isEmpty()
            && !settings.sidecars().serve());
  }

  private static Path root(DiveSettings.Rule rule, ServletContext context) throws ConfigException {
    if (rule.root().isPresent()) {
      return rule.root().get();
    }
    String webApplication = context.getRealPath("/");
    if (webApplication == null) {
      throw unusableRoot(rule, "the web application is not unpacked to a directory");
    }
    return Path.of(webApplication).resolve(rule.path().fixedPrefix().substring(1));
  }

  private static FileMapping mapping(DiveSettings.Rule rule, Path root) throws ConfigException {
    try {
      return new FileMapping(root, rule.path().fixedPrefix());
    } catch (IOException e) {
      throw unusableRoot(rule, root + " does not exist");
    }
  }

  private static ConfigException unusableRoot(DiveSettings.Rule rule, String found) {
    String setting = "dive.rule." + rule.number() + ".root";
    return new ConfigException(
        ErrorCode.SETTING_INVALID,
        setting,
        setting
            + ": found that "
            + found
            + "; allowed: the directory that holds the files of "
            + rule.path());
  }

  DiveSettings settings() {
    return settings;
  }

  DirectAnswers directAnswers() {
    return directAnswers;
  }

  ResponseMetrics metrics() {
    return metrics;
  }

  /** Paces the warnings that requests trigger. */
  WarningPace warnings() {
    return warnings;
  }

  /** Which files have changed a moment ago. */
  RecentChanges recentChanges() {
    return recentChanges;
  }

  /** Mode {@code stream}; empty without a signing key. */
  Optional<StreamMode> streamMode() {
    return streamMode;
  }

  /** What is known about the health of downloads: signers, DNS, canary, sidecars. */
  List<HealthCheck> health() {
    List<HealthCheck> health = new ArrayList<>(readiness());
    health.addAll(signers.health());
    health.addAll(checks.health());
    if (rules.stream().anyMatch(rule -> rule.hasMode(Mode.SIDECAR))) {
      health.add(HealthCheck.ofSidecars(guard.staleFiles()));
    }
    return health;
  }

  /** Whether the filter has started; it has, or there would be no site. */
  List<HealthCheck> readiness() {
    return List.of(
        new HealthCheck(
            "dive-filter",
            true,
            Map.of(
                "hosts",
                settings.hosts().stream().map(Fqdn::name).collect(Collectors.joining(", ")))));
  }

  /** Stops what runs in the background. */
  @Override
  public void close() {
    checks.close();
    guard.close();
    signers.close();
    metrics.close();
  }

  /** Whether a host is configured; case, one final dot and the port do not matter (decision 20). */
  boolean covers(String serverName) {
    int end = serverName.endsWith(".") ? serverName.length() - 1 : serverName.length();
    return hosts.contains(serverName.substring(0, end).toLowerCase(Locale.ROOT));
  }

  /** The first rule that matches; empty when none does. */
  Optional<ActiveRule> rule(String path) {
    for (ActiveRule rule : rules) {
      if (rule.path().matches(path)) {
        return Optional.of(rule);
      }
    }
    return Optional.empty();
  }
}
