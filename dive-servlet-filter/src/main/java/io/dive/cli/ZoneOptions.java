// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.dns.Deadline;
import io.dive.dns.TsigKey;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.zonemd.ZoneSource;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Where a zone is read from. */
final class ZoneOptions {
  private static final int MAX_SECONDS = 3600;

  @Parameters(arity = "0..1", paramLabel = "FILE", description = "A zone file.")
  private @Nullable Path file;

  @Option(
      names = "--axfr",
      paramLabel = "SERVER",
      description = "Transfer the zone from this server, IP or IP:PORT; needs --zone.")
  private @Nullable String server;

  @Option(
      names = "--zone",
      paramLabel = "NAME",
      description = "The zone, and origin of the file's relative names (default: the SOA's owner).")
  private @Nullable String zone;

  @Option(
      names = "--tsig",
      paramLabel = "FILE",
      description = "Key for the transfer, as tsig-keygen writes it.")
  private @Nullable Path tsig;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description =
          "Longest time for reading the zone and for DNS, if it is asked (default: ${DEFAULT-VALUE}).")
  private int timeoutSeconds = 60;

  /** The time that may be spent, from now on. */
  Deadline deadline() throws ConfigException {
    if (timeoutSeconds < 1 || timeoutSeconds > MAX_SECONDS) {
      throw new ConfigException(
          ErrorCode.SETTING_INVALID, "--timeout", "--timeout takes 1 to 3600 seconds");
    }
    return Deadline.in(Duration.ofSeconds(timeoutSeconds));
  }

  /** The file, if one is given. */
  Optional<ZoneSource> file() throws ConfigException {
    if (file == null) {
      return Optional.empty();
    }
    return Optional.of(zone == null ? ZoneSource.file(file) : ZoneSource.file(file, zone));
  }

  /** The transfer, if one is asked for. */
  Optional<ZoneSource> transfer(Clock clock) throws ConfigException {
    if (server == null) {
      if (tsig != null) {
        throw new ConfigException(
            ErrorCode.SETTINGS_CONTRADICT, "--tsig", "--tsig is for a transfer: give --axfr");
      }
      return Optional.empty();
    }
    if (zone == null) {
      throw new ConfigException(
          ErrorCode.SETTING_MISSING, "--zone", "a transfer needs the zone's name: give --zone");
    }
    return Optional.of(
        tsig == null
            ? ZoneSource.transfer(server, zone)
            : ZoneSource.transfer(server, zone, TsigKey.read(tsig), clock));
  }

  static ConfigException noSource() {
    return new ConfigException(
        ErrorCode.SETTING_MISSING, "FILE", "give a zone file, or --axfr and --zone");
  }
}
