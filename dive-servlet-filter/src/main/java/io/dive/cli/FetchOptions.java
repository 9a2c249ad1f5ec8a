// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.verify.DiveClient;
import io.dive.verify.Verifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Clock;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The URL of a download and the options that say how it is fetched and judged. */
final class FetchOptions {
  private static final String USER_AGENT = "dive-java";

  @Parameters(paramLabel = "URL", description = "An http or https URL.")
  private String url = "";

  @Mixin private DnsOptions dns = new DnsOptions();

  @Option(
      names = "--connect",
      paramLabel = "HOST:PORT",
      description = "Connect there, whatever the URL's host and port; for http URLs.")
  private @Nullable String connect;

  @Option(
      names = "--report",
      description = "Send a failure report where the policy asks for one (report-to).")
  private boolean report;

  @Option(
      names = "--allow-redirect-elsewhere",
      description = {
        "Follow redirects of a covered URL out of its policy's domain.",
        "Redirects are not signed: the file is then whoever's the last host is."
      })
  private boolean allowRedirectElsewhere;

  URI url() throws ConfigException {
    try {
      URI parsed = new URI(url);
      String scheme = String.valueOf(parsed.getScheme()).toLowerCase(Locale.ROOT);
      if (!(scheme.equals("http") || scheme.equals("https")) || parsed.getHost() == null) {
        throw new ConfigException(
            ErrorCode.SETTING_INVALID,
            "URL",
            "\"%s\" is no http or https URL with a host (an international name in its xn-- form)"
                .formatted(Excerpt.of(url)));
      }
      if (parsed.getPort() == 0 || parsed.getPort() > HostAndPort.MAX_PORT) {
        throw new ConfigException(
            ErrorCode.SETTING_INVALID,
            "URL",
            "\"%s\" has a port out of range; ports are 1 to %d"
                .formatted(Excerpt.of(url), HostAndPort.MAX_PORT));
      }
      if (connect != null && !scheme.equals("http")) {
        throw new ConfigException(
            ErrorCode.SETTINGS_CONTRADICT, "--connect", "--connect works for http URLs only");
      }
      return parsed;
    } catch (URISyntaxException e) {
      throw new ConfigException(
          ErrorCode.SETTING_INVALID,
          "URL",
          "\"%s\" is no URL: %s"
              .formatted(Excerpt.of(url), e.getReason().toLowerCase(Locale.ROOT)));
    }
  }

  DiveClient client(boolean allowNotCovered) throws ConfigException {
    Clock clock = Clock.systemUTC();
    Verifier verifier =
        new Verifier(
            dns.lookup(Optional.empty(), clock), clock, dns.limit(Optional.empty()), USER_AGENT);
    DiveClient.Builder client =
        DiveClient.builder(verifier)
            .allowNotCovered(allowNotCovered)
            .allowRedirectElsewhere(allowRedirectElsewhere)
            .postReports(report);
    if (connect != null) {
      client.connectTo(HostAndPort.parse("--connect", connect));
    }
    return client.build();
  }
}
