// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dive.dns.Named;
import io.dive.dns.TsigKey;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.ZoneException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Transfers from BIND's name server, open ones and such that need a key. */
@Tag("interop")
@Timeout(180)
class NamedTransferTest {
  private final Path directory;
  private final ZoneFiles files;

  NamedTransferTest(@TempDir Path directory) {
    this.directory = directory;
    this.files = new ZoneFiles(directory);
  }

  @BeforeEach
  void namedIsInstalled() {
    for (String program : List.of("named", "tsig-keygen")) {
      assumeTrue(Named.program(program).isPresent(), program + " is not installed");
    }
  }

  private Path key(String name) throws Exception {
    Path file = directory.resolve(name + ".key");
    Files.writeString(file, Named.run(directory, "tsig-keygen", "-a", "hmac-sha256", "transfer"));
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private Named start(Path zone, String allow) throws Exception {
    return Named.start(
        directory,
        "allow-transfer { " + allow + " };",
        "zone \"example\" { type primary; file \"" + zone.getFileName() + "\"; };");
  }

  private static String address(Named named) {
    return "127.0.0.1:" + named.address().getPort();
  }

  private static ZoneResult verify(Zone zone) {
    return ZoneVerifier.unanchored(Clock.systemUTC()).verify(zone, ZoneFiles.noHurry());
  }

  /** Large enough for many messages. */
  private Path zone() throws Exception {
    return files.generate(
        "example.zone",
        files.write("unsigned", ZoneFiles.generated(8000)),
        ZoneHash.SHA_384,
        ZoneHash.SHA_512);
  }

  @Test
  void openTransfer_verifies() throws Exception {
    Path zone = zone();
    try (Named named = start(zone, "any;")) {
      Zone transferred = ZoneSource.transfer(address(named), "Example").read(ZoneFiles.noHurry());
      ZoneResult result = verify(transferred);
      assertInstanceOf(ZoneResult.Verified.class, result, result.sentence());
      assertEquals(List.of(), ZoneVerifier.differences(transferred, ZoneFiles.read(zone)));
    }
  }

  @Test
  void keyIsNeededAndHasToBeTheRightOne() throws Exception {
    Path right = key("right");
    Path wrong = key("wrong");
    files.write("keys.conf", Files.readString(right));
    try (Named named =
        Named.start(
            directory,
            "allow-transfer { key transfer; };",
            "include \"keys.conf\"; zone \"example\" { type primary; file \""
                + zone().getFileName()
                + "\"; };")) {
      String address = address(named);
      ZoneResult result =
          verify(
              ZoneSource.transfer(address, "example", TsigKey.read(right), Clock.systemUTC())
                  .read(ZoneFiles.noHurry()));
      assertInstanceOf(ZoneResult.Verified.class, result, result.sentence());

      Clock late = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));
      List<ZoneSource> refused =
          List.of(
              ZoneSource.transfer(address, "example"),
              ZoneSource.transfer(address, "example", TsigKey.read(wrong), Clock.systemUTC()),
              ZoneSource.transfer(address, "example", TsigKey.read(right), late));
      for (ZoneSource source : refused) {
        ZoneException e = assertThrows(ZoneException.class, () -> source.read(ZoneFiles.noHurry()));
        assertEquals(ErrorCode.ZONE_TRANSFER_FAILED, e.code());
        assertTrue(e.toString().contains("refused"), e.toString());
      }
    }
  }

  @Test
  void otherZone_isRefused() throws Exception {
    try (Named named = start(zone(), "any;")) {
      assertEquals(
          ErrorCode.ZONE_TRANSFER_FAILED,
          assertThrows(
                  ZoneException.class,
                  () ->
                      ZoneSource.transfer(address(named), "example.org").read(ZoneFiles.noHurry()))
              .code());
    }
  }
}
