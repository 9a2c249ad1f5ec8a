// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.TrustAnchors;
import io.dive.dns.TxtLookup;
import io.dive.dns.Upstream;
import io.dive.dns.ValidatingTxtLookup;
import io.dive.protocol.DiveException;
import io.dive.verify.DiveClient;
import io.dive.verify.Verifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;

/** What the line {@code ready …} tells a user, and a client made from it alone. */
record Ready(String host, int port, InetSocketAddress dns, Path trustAnchor) {
  private static final Pattern LINE =
      Pattern.compile(
          "ready http://(?<host>[^:/]+):(?<port>[0-9]+)/"
              + " dns (?<ip>[0-9.]+):(?<dns>[0-9]+) trust-anchor (?<file>.+)");
  private static final Duration DNS_LIMIT = Duration.ofSeconds(20);

  static Ready parse(String line) {
    Matcher matcher = LINE.matcher(line);
    assertTrue(matcher.matches(), line);
    return new Ready(
        matcher.group("host"),
        Integer.parseInt(matcher.group("port")),
        new InetSocketAddress(matcher.group("ip"), Integer.parseInt(matcher.group("dns"))),
        Path.of(matcher.group("file")));
  }

  /** Arguments of the command line; options given here win over those on free ports. */
  static List<String> onFreePorts(Path data, String... more) {
    List<String> arguments = new ArrayList<>(List.of(more));
    if (!arguments.contains("--port")) {
      arguments.addAll(List.of("--port", "0"));
    }
    if (!arguments.contains("--dns")) {
      arguments.addAll(List.of("--dns", "127.0.0.1:0"));
    }
    arguments.addAll(List.of("--data", data.toString()));
    return arguments;
  }

  /** Options as on the command line, on free ports. */
  static SandboxOptions options(Path data, String... more) {
    SandboxOptions options = new SandboxOptions();
    new CommandLine(options).parseArgs(onFreePorts(data, more).toArray(String[]::new));
    return options;
  }

  URI url(String path) {
    return URI.create("http://" + host + ":" + port + path);
  }

  InetSocketAddress http() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  Verifier verifier() throws DiveException {
    return new Verifier(lookup(), Clock.systemUTC(), DNS_LIMIT, "");
  }

  TxtLookup lookup() throws DiveException {
    return new ValidatingTxtLookup(
        Upstream.of(dns), TrustAnchors.read(trustAnchor), DNS_LIMIT, Clock.systemUTC());
  }

  /** A client that connects to the sandbox, whose name no resolver of this machine knows. */
  DiveClient client() throws DiveException {
    return DiveClient.builder(verifier()).connectTo(http()).build();
  }
}
