// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.check.CheckReport;
import io.dive.check.DnsCheck;
import io.dive.check.Finding;
import io.dive.dns.TrustAnchors;
import io.dive.dns.Upstream;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.dns.ZoneAnchors;
import io.dive.protocol.DiveException;
import io.dive.settings.DiveSettings;
import io.dive.settings.ZoneSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Runs the startup check on demand. */
@Command(
    name = "check",
    description = {
      "Checks that DNS publishes the keys that the server signs with, as the server itself does when"
          + " it starts; and verifies the zone that its configuration names (dive.zone.*)."
    },
    footer = {"", "With --config: " + DnsOptions.CONFIGURED},
    mixinStandardHelpOptions = true,
    versionProvider = DiveCommand.Version.class)
final class CheckCommand implements Callable<Integer> {
  @Mixin private PlanOptions server = new PlanOptions();
  @Mixin private DnsOptions dns = new DnsOptions();
  @Mixin private AuthorityOptions servers = new AuthorityOptions();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws DiveException {
    Clock clock = Clock.systemUTC();
    Optional<DiveSettings> settings = server.settings();
    Upstream upstream = dns.upstream(settings);
    TrustAnchors anchors = dns.anchors(settings);
    Duration limit = dns.limit(settings);
    CheckReport report =
        new DnsCheck(
                new ValidatingTxtLookup(upstream, anchors, limit, clock),
                servers.authorities(settings, upstream, anchors, limit, clock),
                limit,
                clock)
            .run(server.plan(settings));
    if (settings.isPresent() && settings.orElseThrow().zone().isPresent()) {
      ZoneSettings zone = settings.orElseThrow().zone().orElseThrow();
      Duration zoneLimit = dns.limit().orElse(zone.timeout());
      ZoneAnchors zoneAnchors = new ZoneAnchors(upstream, anchors, zoneLimit, clock);
      report = report.and(zone.check(zoneAnchors, zoneLimit, clock).run());
    }
    output.print(object(report), report.table() + verdict(report));
    return report.passed() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }

  private static String verdict(CheckReport report) {
    return report.passed()
        ? "passed: a DIVE client finds what it needs"
        : "failed: a DIVE client would refuse downloads or not verify them";
  }

  private static Map<String, Object> object(CheckReport report) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("passed", report.passed());
    object.put("took-ms", report.took().toMillis());
    object.put("findings", report.findings().stream().map(CheckCommand::object).toList());
    return object;
  }

  private static Map<String, Object> object(Finding finding) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("severity", finding.severity().name());
    object.put("code", finding.code().token());
    object.put("subject", finding.subject());
    object.put("sentence", finding.sentence());
    object.put("remedy", finding.remedy());
    return object;
  }
}
