// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A DNSSEC-signed zone on BIND that takes dynamic updates and signs what they change, with a
 * secondary if wanted. Its times to live are a second, so that nothing has to be waited for.
 */
public final class DynamicZone implements AutoCloseable {
  private final String name;
  private final Path directory;
  private final Path anchor;
  private final Path tsig;
  private final Named primary;
  private final Optional<Named> secondary;
  private final Named resolver;

  private DynamicZone(
      String name,
      Path directory,
      Path anchor,
      Path tsig,
      Named primary,
      Optional<Named> secondary,
      Named resolver) {
    this.name = name;
    this.directory = directory;
    this.anchor = anchor;
    this.tsig = tsig;
    this.primary = primary;
    this.secondary = secondary;
    this.resolver = resolver;
  }

  /** Whether all programs are there. */
  public static boolean isPossible() {
    return Named.isInstalled() && Named.program("tsig-keygen").isPresent();
  }

  /**
   * Serves a zone.
   *
   * @param records in the format of a zone file
   * @param withSecondary whether a second server transfers it
   */
  public static DynamicZone start(
      Path directory, String name, String records, boolean withSecondary)
      throws IOException, InterruptedException {
    Path tsig = tsigKey(directory, "rotation");
    String key =
        Named.run(directory, "dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-fk", name).trim();
    String keyRecord =
        Files.readString(directory.resolve(key + ".key"))
            .lines()
            .filter(line -> !line.startsWith(";"))
            .findFirst()
            .orElseThrow();
    String zone =
        """
        $ORIGIN %s.
        $TTL 1
        @ IN SOA ns hostmaster 1 1 1 86400 1
        @ IN NS ns
        ns IN A 127.0.0.1
        %s
        %s
        """
            .formatted(name, records, keyRecord);
    Files.writeString(directory.resolve(name + ".zone"), zone);
    Named.run(
        directory,
        "dnssec-signzone",
        "-q",
        "-z",
        "-P",
        "-o",
        name,
        "-f",
        name + ".signed",
        name + ".zone",
        key);
    Path anchor = Files.writeString(directory.resolve("anchor.txt"), keyRecord + "\n");
    Named primary =
        Named.start(
            directory,
            "recursion no; max-journal-size 1m;",
            """
            include "%s";
            zone "%s" {
              type primary;
              file "%s.signed";
              update-policy { grant rotation subdomain _divekey.%s. TXT; grant rotation name _dive.%s. TXT; };
            };
            """
                .formatted(tsig, name, name, name, name));
    Optional<Named> secondary = Optional.empty();
    if (withSecondary) {
      Path other = Files.createDirectory(directory.resolve("secondary"));
      secondary =
          Optional.of(
              Named.start(
                  other,
                  "recursion no; min-refresh-time 1; max-refresh-time 1; min-retry-time 1;",
                  """
                  zone "%s" { type secondary; file "%s.copy"; masterfile-format text;
                    primaries { 127.0.0.1 port %d; }; };
                  """
                      .formatted(name, name, primary.address().getPort())));
    }
    Named resolver =
        Named.start(
            Files.createDirectory(directory.resolve("resolver")),
            "recursion yes; forward only; forwarders { 127.0.0.1 port %d; };"
                .formatted(primary.address().getPort()),
            "");
    return new DynamicZone(name, directory, anchor, tsig, primary, secondary, resolver);
  }

  /** Makes a key file as {@code tsig-keygen} writes it. */
  static Path tsigKey(Path directory, String name) throws IOException, InterruptedException {
    Path file = directory.resolve(name + ".tsig");
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(file, Named.run(directory, "tsig-keygen", "-a", "hmac-sha256", name));
  }

  /** The name of the zone. */
  public String name() {
    return name;
  }

  /** Where the zone's files are. */
  Path directory() {
    return directory;
  }

  /** The zone's key as a trust anchor. */
  public Path anchor() {
    return anchor;
  }

  /** The key file that permits updates. */
  public Path tsig() {
    return tsig;
  }

  /** Where updates go. */
  public InetSocketAddress primary() {
    return primary.address();
  }

  /** A resolver that remembers what the primary says, absences too. */
  public InetSocketAddress resolver() {
    return resolver.address();
  }

  /** The servers, the primary first. */
  public List<InetSocketAddress> servers() {
    return Stream.concat(Stream.of(primary), secondary.stream()).map(Named::address).toList();
  }

  /** Stops the secondary. */
  public void stopSecondary() {
    secondary.orElseThrow().close();
  }

  @Override
  public void close() {
    resolver.close();
    secondary.ifPresent(Named::close);
    primary.close();
  }
}
