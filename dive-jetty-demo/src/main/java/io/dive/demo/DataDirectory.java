// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import io.dive.demo.nameserver.OwnerOnlyFile;
import io.dive.demo.nameserver.TsigKeyFile;
import io.dive.demo.nameserver.ZoneFile;
import io.dive.demo.nameserver.ZoneKeys;
import io.dive.dns.TsigKey;
import io.dive.protocol.DiveException;
import io.dive.protocol.Fqdn;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.xbill.DNS.Name;

/**
 * The directory in which the sandbox keeps what has to outlive it: signing keys, the zone's key
 * with its trust anchor, the zone and the key to update it with, the bundled downloads, and the
 * settings file it runs on.
 */
record DataDirectory(Path path) {
  private static final List<String> BUNDLED = List.of("valid.txt", "invalid.txt", "about.txt");

  /**
   * Creates what is missing of the directory, and keeps others out before a secret is in it.
   *
   * @throws IOException if that cannot be done; the message says what to do
   */
  static DataDirectory open(Path path) throws IOException {
    try {
      Files.createDirectories(path);
      if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
      }
      Files.delete(Files.createTempFile(path, "writable", ".tmp"));
      return new DataDirectory(path.toRealPath());
    } catch (IOException e) {
      throw new IOException(
          "--data %s cannot be used (%s): name a directory that is yours to write"
              .formatted(path, e),
          e);
    }
  }

  /**
   * Takes the directory for this process until the result is closed.
   *
   * @throws IOException if a running sandbox has it
   */
  Closeable claim() throws IOException {
    FileChannel channel =
        FileChannel.open(
            path.resolve("sandbox.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null; // another one in this process
    }
    if (lock == null) {
      channel.close();
      throw new IOException(
          "a running sandbox uses %s: stop it, or give this one a directory of its own with --data"
              .formatted(path));
    }
    return channel;
  }

  Path trustAnchor() {
    return path.resolve("trust-anchor.txt");
  }

  Path settings() {
    return path.resolve("dive.properties");
  }

  /** Where the zone's data are kept; a name server of your own has them in its zone file. */
  ZoneFile zoneFile() {
    return new ZoneFile(path.resolve("zone.txt"));
  }

  /** The key that dynamic updates of the zone are signed with, made on the first start. */
  TsigKey updateKey() throws IOException, DiveException {
    return new TsigKeyFile(path.resolve("update.key")).readOrCreate("sandbox-update");
  }

  /** Where a rotation remembers how far it came. */
  Path rotationState() {
    return path.resolve("rotation.json");
  }

  /** The keys that sign; one is made on the first start. */
  SigningKeys signingKeys(Clock clock) throws IOException, DiveException {
    return SigningKeys.open(this, clock);
  }

  /** The Key IDs in the settings; empty while those cannot be read. */
  List<String> signingKeyIds() {
    try {
      return SigningKeys.known(path, settings()).stream().map(key -> key.id().value()).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /**
   * The zone's key, made on the first start, with its trust anchor in a file for others.
   *
   * @throws IOException if the directory holds the key of another zone, or an unusable one
   */
  ZoneKeys zoneKeys(Name apex) throws IOException {
    Path file = path.resolve("zone.key");
    if (Files.exists(file)) {
      Name owner = ZoneKeys.load(file).apex();
      if (!owner.equals(apex)) {
        throw new IOException(
            "%s belongs to host %s, not %s: give each host its own directory with --data"
                .formatted(path, owner.toString(true), apex.toString(true)));
      }
    }
    ZoneKeys keys = ZoneKeys.loadOrGenerate(file, apex);
    Files.writeString(trustAnchor(), keys.trustAnchorDnskey() + "\n", StandardCharsets.US_ASCII);
    return keys;
  }

  /** The bundled downloads, as they are in the jar. */
  Path bundledDownloads() throws IOException {
    Path downloads = Files.createDirectories(path.resolve("downloads"));
    for (String name : BUNDLED) {
      try (InputStream in = DataDirectory.class.getResourceAsStream("site/downloads/" + name)) {
        if (in == null) {
          throw new IOException("the jar lacks " + name + "; build it again");
        }
        byte[] content = in.readAllBytes();
        Path file = downloads.resolve(name);
        // An unchanged file keeps its sidecar.
        if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), content)) {
          Files.write(file, content);
        }
      }
    }
    return downloads;
  }

  /**
   * Writes the settings that a server like this one has, in one step: they alone tell which keys
   * sign.
   *
   * @param dns where the zone is answered
   * @param http where the server itself can be reached
   */
  void writeSettings(
      Fqdn host, SigningKeys keys, Path root, InetSocketAddress dns, InetSocketAddress http)
      throws IOException {
    OwnerOnlyFile.write(
        settings(),
        """
        # Written anew at every start of the sandbox, but for the keys; a server of your own has a file like this.
        dive.hosts = %1$s
        %2$s
        dive.rule.1.path = /downloads/**
        dive.rule.1.mode = sidecar, static, stream
        dive.rule.1.root = %3$s
        dive.rule.2.path = /**
        dive.rule.2.mode = stream
        dive.stream.limit = 2GiB
        dive.stream.temp-space = 8GiB
        dive.check = enforce
        dive.dns.resolver = %4$s
        dive.dns.trust-anchor = %5$s
        dive.check.authorities = %4$s
        dive.zone.name = %1$s
        dive.zone.axfr = %4$s
        dive.canary.url = %6$s
        dive.canary.connect = %7$s
        dive.reload.interval = 1s
        """
            .formatted(
                host,
                String.join("\n", keyLines(keys)),
                escaped(root),
                text(dns),
                escaped(trustAnchor()),
                "http://" + host + ":" + http.getPort() + "/",
                text(http)));
  }

  private static List<String> keyLines(SigningKeys keys) {
    List<String> lines = new ArrayList<>();
    for (SigningKeys.Key key : keys.keys()) {
      String name = "dive.key." + (lines.size() / 2 + 1);
      lines.add(name + ".id = " + key.id());
      lines.add(name + ".file = " + escaped(key.file()));
    }
    return lines;
  }

  /** As settings and command lines take it: IP:PORT, an IPv6 address in brackets. */
  static String text(InetSocketAddress address) {
    String ip = address.getAddress().getHostAddress();
    return (ip.indexOf(':') < 0 ? ip : "[" + ip + "]") + ":" + address.getPort();
  }

  /** A backslash is an escape in a properties file. */
  private static String escaped(Path file) {
    return file.toString().replace("\\", "\\\\");
  }
}
