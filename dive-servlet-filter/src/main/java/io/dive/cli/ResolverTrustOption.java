// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.dns.TlsTrust;
import io.dive.protocol.ConfigException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says who vouches for a resolver. */
final class ResolverTrustOption {
  @Option(
      names = "--dns-ca",
      paramLabel = "FILE",
      description =
          "PEM certificates of the authorities that vouch for the resolver (default: those of the"
              + " Java runtime).")
  private @Nullable Path file;

  boolean isGiven() {
    return file != null;
  }

  /** What the option says; empty if it is not given. */
  Optional<TlsTrust> read() throws ConfigException {
    return file == null ? Optional.empty() : Optional.of(TlsTrust.read("--dns-ca", file));
  }
}
