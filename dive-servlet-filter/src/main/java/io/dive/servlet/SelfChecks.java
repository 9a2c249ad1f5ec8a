// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.check.CanaryCheck;
import io.dive.check.CheckPlan;
import io.dive.check.CheckReport;
import io.dive.check.DnsCheck;
import io.dive.check.KeyHistory;
import io.dive.check.PeriodicCheck;
import io.dive.dns.Authorities;
import io.dive.dns.TxtLookup;
import io.dive.protocol.ConfigException;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.settings.CanarySettings;
import io.dive.settings.CheckSettings;
import io.dive.settings.DiveSettings;
import io.dive.settings.ZoneSettings;
import io.dive.verify.DiveClient;
import io.dive.verify.Verifier;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The checks of DNS, of the zone and of the canary, of a running filter. Safe for use by many
 * threads.
 */
final class SelfChecks implements AutoCloseable {
  private static final String DNS = "dns";
  private static final String ZONE = "zone";
  private static final String CANARY = "canary";
  private static final String USER_AGENT = "dive-canary";

  /** The server answers only after the filter has started. */
  private static final Duration CANARY_DELAY = Duration.ofSeconds(2);

  private static final Duration CANARY_LIMIT = Duration.ofSeconds(30);

  private final List<Repeated> repeated;

  /**
   * One of them.
   *
   * @param delay from the start to the first run, or the first after the one ahead of the start
   */
  private record Repeated(String name, PeriodicCheck check, Duration delay, Duration interval) {}

  private SelfChecks(List<Repeated> repeated) {
    this.repeated = List.copyOf(repeated);
  }

  /**
   * Makes the checks the settings ask for; with {@code enforce} runs those of DNS and the zone.
   * Nobody is told of what they find, and nothing runs beside the caller, before {@link #begin}.
   *
   * @param plan given for each run, since sidecars may name other keys by then
   * @param onDns told of each report of the DNS check
   * @param before those of the settings to be replaced, so that none is ever without a report; null
   *     at the start
   * @throws ConfigException if DNS cannot be asked as set, or {@code enforce} finds an error
   */
  static SelfChecks prepare(
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
    List<Repeated> repeated = new ArrayList<>();
    if (checks.level() != CheckSettings.Level.OFF) {
      // A look-up given in code knows a DNS of its own.
      Optional<Authorities> authorities =
          settings.txtLookup().isPresent()
              ? Optional.empty()
              : settings.dns().authorityServers(checks.timeout(), clock);
      DnsCheck check = new DnsCheck(lookup, authorities, checks.timeout(), clock, history);
      PeriodicCheck dns = check(DNS, () -> check.run(plan.get()), onDns, metrics);
      repeated.add(runAhead(DNS, dns, checks, checks.interval(), before != null));
      if (settings.zone().isPresent()) {
        ZoneSettings set = settings.zone().orElseThrow();
        PeriodicCheck zone =
            check(ZONE, set.check(settings.dns(), clock)::run, report -> {}, metrics);
        continueAfter(before, ZONE, zone);
        // A transfer may take long: a reload does not wait for it unless an error would refuse it.
        repeated.add(runAhead(ZONE, zone, checks, set.interval(), false));
      }
    }
    if (settings.canary().isPresent()) {
      CanarySettings set = settings.canary().orElseThrow();
      PeriodicCheck canary =
          check(CANARY, canary(set, lookup, checks.timeout(), clock)::run, report -> {}, metrics);
      continueAfter(before, CANARY, canary);
      repeated.add(new Repeated(CANARY, canary, CANARY_DELAY, set.interval()));
    }
    return new SelfChecks(repeated);
  }

  /**
   * Runs one check once if an error would be a refusal, or otherwise if it is wanted at once.
   *
   * @throws ConfigException if an error is one
   */
  private static Repeated runAhead(
      String name, PeriodicCheck check, CheckSettings checks, Duration interval, boolean atOnce)
      throws ConfigException {
    boolean enforced = checks.level() == CheckSettings.Level.ENFORCE;
    if (!enforced && !atOnce) {
      return new Repeated(name, check, Duration.ZERO, interval);
    }
    CheckReport report = check.runAhead();
    if (enforced && !report.passed()) {
      throw refusal(name, report);
    }
    return new Repeated(name, check, interval, interval);
  }

  private static ConfigException refusal(String name, CheckReport report) {
    String reason =
        name.equals(DNS)
            ? "DNS does not confirm what this server signs with"
            : "the zone that dive.zone names is not right";
    ConfigException refusal =
        new ConfigException(
            ErrorCode.SETTINGS_CONTRADICT,
            "dive.check",
            reason + ", and dive.check = enforce:\n" + report.table());
    refusal.initCause(new FailedCheck(name, report));
    return refusal;
  }

  private static void continueAfter(@Nullable SelfChecks before, String name, PeriodicCheck check) {
    if (before != null) {
      before.repeated.stream()
          .filter(earlier -> earlier.name().equals(name))
          .forEach(earlier -> check.continueAfter(earlier.check()));
    }
  }

  /** Their names, as meters have them. */
  Set<String> names() {
    return repeated.stream().map(Repeated::name).collect(Collectors.toUnmodifiableSet());
  }

  /** Tells what was found so far, and repeats the checks from now on. */
  void begin() {
    boolean begun = false;
    try {
      repeated.forEach(each -> each.check().start(each.delay(), each.interval()));
      begun = true;
    } finally {
      if (!begun) {
        close();
      }
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

  private static PeriodicCheck check(
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

  /** Runs the DNS check now, on the calling thread, where there is one. */
  void runDns() {
    repeated.stream().filter(each -> each.name().equals(DNS)).forEach(dns -> dns.check().runNow());
  }

  /** What the checks found last, one entry per finding. */
  List<HealthCheck> health() {
    return repeated.stream()
        .flatMap(each -> HealthCheck.of("dive-" + each.name(), each.check().latest()).stream())
        .toList();
  }

  /** Stops the checks. */
  @Override
  public void close() {
    repeated.forEach(each -> each.check().close());
  }
}
