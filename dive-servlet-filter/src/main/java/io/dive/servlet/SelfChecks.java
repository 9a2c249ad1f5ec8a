// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.check.CanaryCheck;
import io.dive.check.CheckPlan;
import io.dive.check.CheckReport;
import io.dive.check.DnsCheck;
import io.dive.check.FindingCode;
import io.dive.check.KeyHistory;
import io.dive.check.PeriodicCheck;
import io.dive.check.Severity;
import io.dive.check.ZoneCheck;
import io.dive.dns.Authorities;
import io.dive.dns.TxtLookup;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.settings.CanarySettings;
import io.dive.settings.CheckSettings;
import io.dive.settings.DiveSettings;
import io.dive.verify.DiveClient;
import io.dive.verify.Verifier;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checks of DNS, of the zone and of the canary, of a running filter. Safe for use by many
 * threads.
 */
final class SelfChecks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SelfChecks.class);
  private static final String USER_AGENT = "dive-canary";

  /** The server answers only after the filter has started. */
  private static final Duration CANARY_DELAY = Duration.ofSeconds(2);

  private static final Duration CANARY_LIMIT = Duration.ofSeconds(30);

  private final Optional<PeriodicCheck> dns;
  private final Optional<PeriodicCheck> zone;
  private final Optional<PeriodicCheck> canary;

  private SelfChecks(
      Optional<PeriodicCheck> dns, Optional<PeriodicCheck> zone, Optional<PeriodicCheck> canary) {
    this.dns = dns;
    this.zone = zone;
    this.canary = canary;
  }

  /**
   * Starts the checks the settings ask for; with {@code enforce} runs those of DNS and the zone
   * first.
   *
   * @param plan given for each run, since sidecars may name other keys by then
   * @param onDns told of each report of the DNS check
   * @param before those of the settings to be replaced, so that none is ever without a report; null
   *     at the start
   * @throws ConfigException if DNS cannot be asked as set, or {@code enforce} finds an error
   */
  static SelfChecks start(
      DiveSettings settings,
      Supplier<CheckPlan> plan,
      KeyHistory history,
      Consumer<CheckReport> onDns,
      @Nullable SelfChecks before,
      ResponseMetrics metrics,
      Clock clock)
      throws DiveException {
    CheckSettings checks = settings.checks();
    TxtLookup lookup =
        settings.txtLookup().isPresent()
            ? settings.txtLookup().orElseThrow()
            : settings.dns().lookup(checks.timeout(), clock);
    Optional<PeriodicCheck> dns = Optional.empty();
    Optional<PeriodicCheck> zone = Optional.empty();
    if (checks.level() != CheckSettings.Level.OFF) {
      // A look-up given in code knows a DNS of its own.
      Optional<Authorities> authorities =
          settings.txtLookup().isPresent()
              ? Optional.empty()
              : settings.dns().authorityServers(checks.timeout(), clock);
      DnsCheck check = new DnsCheck(lookup, authorities, checks.timeout(), clock, history);
      dns = Optional.of(repeat("dns", () -> check.run(plan.get()), onDns, metrics));
      if (settings.zone().isPresent()) {
        ZoneCheck zoneCheck = settings.zone().orElseThrow().check(settings.dns(), clock);
        zone = Optional.of(repeat("zone", zoneCheck::run, report -> {}, metrics));
      }
    }
    Optional<PeriodicCheck> canary =
        settings
            .canary()
            .map(
                set ->
                    repeat(
                        "canary",
                        canary(set, lookup, checks.timeout(), clock)::run,
                        report -> {},
                        metrics));
    SelfChecks started = new SelfChecks(dns, zone, canary);
    if (dns.isPresent()) {
      started.start(
          dns.orElseThrow(),
          "DNS does not confirm what this server signs with",
          checks.level(),
          checks.interval(),
          before != null);
    }
    if (before != null && before.zone.isPresent()) {
      zone.ifPresent(check -> check.continueAfter(before.zone.orElseThrow()));
    }
    if (zone.isPresent()) {
      // A transfer may take long: a reload does not wait for it unless an error would refuse it.
      Duration interval = settings.zone().orElseThrow().interval();
      started.start(
          zone.orElseThrow(),
          "the zone that dive.zone names is not right",
          checks.level(),
          interval,
          false);
    }
    if (before != null && before.canary.isPresent()) {
      canary.ifPresent(check -> check.continueAfter(before.canary.orElseThrow()));
    }
    canary.ifPresent(
        check -> check.start(CANARY_DELAY, settings.canary().orElseThrow().interval()));
    return started;
  }

  /**
   * Starts one check.
   *
   * @param reason what an error means, for the exception
   */
  private void start(
      PeriodicCheck check,
      String reason,
      CheckSettings.Level level,
      Duration interval,
      boolean atOnce)
      throws ConfigException {
    if (level == CheckSettings.Level.ENFORCE) {
      // A refused one is told by the exception; health and meters go on about what is at work.
      CheckReport report = check.runNow(CheckReport::passed);
      if (!report.passed()) {
        close();
        throw new ConfigException(
            ErrorCode.SETTINGS_CONTRADICT,
            "dive.check",
            reason + ", and dive.check = enforce:\n" + report.table());
      }
      check.start(interval, interval);
    } else if (atOnce) {
      check.runNow();
      check.start(interval, interval);
    } else {
      check.start(Duration.ZERO, interval);
    }
  }

  private static CanaryCheck canary(
      CanarySettings canary, TxtLookup lookup, Duration limit, Clock clock) {
    return new CanaryCheck(
        canary.url(),
        client(canary, "identity", lookup, limit, clock),
        client(canary, "gzip", lookup, limit, clock),
        clock);
  }

  private static DiveClient client(
      CanarySettings canary, String acceptEncoding, TxtLookup lookup, Duration limit, Clock clock) {
    DiveClient.Builder client =
        DiveClient.builder(new Verifier(lookup, clock, limit, USER_AGENT))
            .acceptEncoding(acceptEncoding)
            .timeLimit(CANARY_LIMIT);
    canary.connect().ifPresent(client::connectTo);
    return client.build();
  }

  private static PeriodicCheck repeat(
      String name,
      Supplier<CheckReport> check,
      Consumer<CheckReport> listener,
      ResponseMetrics metrics) {
    ReportLog log = new ReportLog(name);
    return new PeriodicCheck(
        name,
        check,
        report -> {
          listener.accept(report);
          log.tell(report);
          metrics.checked(name, report);
        });
  }

  /** Logs a report when it differs from the one before, so that a lasting fault is told once. */
  static final class ReportLog {
    private final String name;
    private List<Told> told = List.of();

    /** Without the sentence, in which a TTL counts down. */
    private record Told(FindingCode code, String subject) {}

    ReportLog(String name) {
      this.name = name;
    }

    /** Called by one check, one run after the other; whether it was worth telling. */
    boolean tell(CheckReport report) {
      List<Told> findings =
          report.findings().stream()
              .map(finding -> new Told(finding.code(), finding.subject()))
              .sorted(Comparator.comparing(Told::code).thenComparing(Told::subject))
              .toList();
      if (findings.equals(told)) {
        return false;
      }
      told = findings;
      if (!report.passed()) {
        LOG.error("The {} check failed; DIVE clients are affected:\n{}", name, report.table());
      } else if (!report.ofSeverity(Severity.WARNING).isEmpty()) {
        LOG.warn("The {} check passed with warnings:\n{}", name, report.table());
      } else {
        LOG.info("The {} check passed:\n{}", name, report.table());
      }
      return true;
    }
  }

  /** Runs the DNS check now, on the calling thread, where there is one. */
  void runDns() {
    dns.ifPresent(PeriodicCheck::runNow);
  }

  /** What the checks found last, one entry per finding. */
  List<HealthCheck> health() {
    List<HealthCheck> health = new ArrayList<>();
    dns.ifPresent(check -> health.addAll(HealthCheck.of("dive-dns", check.latest())));
    zone.ifPresent(check -> health.addAll(HealthCheck.of("dive-zone", check.latest())));
    canary.ifPresent(check -> health.addAll(HealthCheck.of("dive-canary", check.latest())));
    return health;
  }

  /** Stops the checks. */
  @Override
  public void close() {
    dns.ifPresent(PeriodicCheck::close);
    zone.ifPresent(PeriodicCheck::close);
    canary.ifPresent(PeriodicCheck::close);
  }
}
