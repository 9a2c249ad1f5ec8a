// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.Fqdn;
import io.dive.protocol.MalformedFieldException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the sandbox is told on its command line. */
final class SandboxOptions {
  private static final Pattern ADDRESS =
      Pattern.compile("(?<ip>[0-9.]+|\\[[0-9A-Fa-f:.]+])(?::(?<port>[0-9]{1,5}))?");
  private static final int MAX_PORT = 65_535;
  private static final int LONGEST_HOST = 253 - (SigningKeys.FIRST_KEY_ID + "._divekey.").length();

  @Spec private @Nullable CommandSpec command;

  @Option(
      names = "--port",
      defaultValue = "8080",
      description = "HTTP port; 0 picks a free one (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--bind",
      paramLabel = "IP",
      defaultValue = "127.0.0.1",
      description = "Address the HTTP server listens on (default: ${DEFAULT-VALUE}).")
  private String bind = "127.0.0.1";

  @Option(
      names = "--dns",
      paramLabel = "IP[:PORT]",
      defaultValue = "127.0.0.1:5300",
      description = "Where the name server listens; port 0 picks one (default: ${DEFAULT-VALUE}).")
  private String dns = "127.0.0.1:5300";

  @Option(
      names = "--host",
      defaultValue = "sandbox.dive.test",
      description = "Host name and zone of the sandbox (default: ${DEFAULT-VALUE}).")
  private String host = "sandbox.dive.test";

  @Option(
      names = "--root",
      paramLabel = "DIR",
      description = {
        "Directory to sign and serve below /downloads/ (default: a few bundled files).",
        "Sidecars (*.dive) are written into it."
      })
  private @Nullable Path root;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "dive-sandbox",
      description = "Directory for keys, trust anchor and settings (default: ${DEFAULT-VALUE}).")
  private Path data = Path.of("dive-sandbox");

  @Option(
      names = "--rotate",
      description = {
        "Then replace the signing key while clients download and verify, step by step.",
        "Its DNS records live for seconds only, for the sake of the demonstration."
      })
  private boolean rotate;

  boolean rotate() {
    return rotate;
  }

  int port() {
    if (port < 0 || port > MAX_PORT) {
      throw wrong("--port takes 0 to 65535");
    }
    return port;
  }

  InetAddress bind() {
    return address("--bind", bind, 0).getAddress();
  }

  InetSocketAddress dns() {
    return address("--dns", dns, 5300);
  }

  Fqdn host() {
    try {
      Fqdn parsed = Fqdn.parse(host);
      if (parsed.name().length() > LONGEST_HOST) {
        throw wrong(
            "--host: at most " + LONGEST_HOST + " characters, to leave room for the key's name");
      }
      return parsed;
    } catch (MalformedFieldException e) {
      throw wrong("--host: " + e.getMessage());
    }
  }

  Optional<Path> root() {
    return Optional.ofNullable(root);
  }

  Path data() {
    return data;
  }

  private InetSocketAddress address(String option, String text, int defaultPort) {
    Matcher matcher = ADDRESS.matcher(text);
    if (matcher.matches()) {
      String number = matcher.group("port");
      int chosen = number == null ? defaultPort : Integer.parseInt(number);
      if (chosen <= MAX_PORT) {
        try {
          // Digits and colons only, so nothing is looked up.
          return new InetSocketAddress(InetAddress.getByName(matcher.group("ip")), chosen);
        } catch (UnknownHostException e) {
          // Falls through to the one message.
        }
      }
    }
    throw wrong(option + " takes an IP address with an optional port, not \"" + text + "\"");
  }

  private ParameterException wrong(String message) {
    return new ParameterException(requireNonNull(command, "set by picocli").commandLine(), message);
  }
}
