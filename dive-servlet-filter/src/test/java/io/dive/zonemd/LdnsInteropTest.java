// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dive.dns.Named;
import io.dive.dns.TrustAnchors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Zone digests exchanged with ldns in both directions, unsigned, and signed with NSEC and NSEC3.
 */
@Tag("interop")
class LdnsInteropTest {
  private static final String[] ALL_TYPES = {
    "mx 60 IN MX 10 MAIL.Example.",
    "srv 60 IN SRV 1 2 3 Host.Example.",
    "caa 60 IN CAA 0 issue \"CA.example\"",
    "cname 60 IN CNAME TARGET",
    "dname 60 IN DNAME Other.Test.",
    "below.dname 60 IN A 192.0.2.9",
    "naptr 60 IN NAPTR 1 2 \"U\" \"SIP\" \"!^.*$!sip:A@b!\" .",
    "ptr 60 IN PTR A.b.Example.",
    "rp 60 IN RP Admin.Example. Text.Example.",
    "afsdb 60 IN AFSDB 1 A.Example.",
    "kx 60 IN KX 1 A.Example.",
    "ds 60 IN DS 1 8 2 " + "ab".repeat(32),
    "ds 60 IN NS Ns.ds",
    "ns.ds 60 IN A 192.0.2.8",
    "loc 60 IN LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m",
    "sshfp 60 IN SSHFP 1 1 " + "cd".repeat(20),
    "_443._tcp 60 IN TLSA 3 1 1 " + "ef".repeat(32),
    "uri 60 IN URI 10 1 \"https://Example/\"",
    "hinfo 60 IN HINFO \"PC\" \"Unix\"",
    "opaque 60 IN TYPE65534 \\# 5 0041426364",
    "empty 60 IN TYPE65280 \\# 0",
    "*.wild 60 IN TXT \"star\"",
    "a.b.c.d 60 IN AAAA 2001:DB8::1",
    "UPPER.Case 60 IN TXT \"Upper\" \"stays\"",
    "esc\\.aped\\032name 60 IN TXT \"quo\\\"te\\200\"",
    "\\000\\001 60 IN A 192.0.2.7",
    "dup 60 IN A 192.0.2.6",
    "DUP 60 IN A 192.0.2.6"
  };

  private final Path directory;
  private final ZoneFiles files;

  LdnsInteropTest(@TempDir Path directory) {
    this.directory = directory;
    this.files = new ZoneFiles(directory);
  }

  @BeforeEach
  void ldnsIsInstalled() {
    for (String program : List.of("ldns-signzone", "ldns-verify-zone", "ldns-keygen")) {
      assumeTrue(Named.program(program).isPresent(), program + " is not installed");
    }
  }

  private Path zone(String kind) throws Exception {
    return switch (kind) {
      case "generated" -> files.write("unsigned", ZoneFiles.generated(2000));
      case "all types" ->
          files.write("unsigned", ZoneFiles.generated(0) + String.join("\n", ALL_TYPES) + "\n");
      default -> ZoneFiles.vector(kind);
    };
  }

  private void assertLdnsAccepts(Path zone, String... options) throws Exception {
    Object[] arguments = new Object[options.length + 2];
    System.arraycopy(options, 0, arguments, 0, options.length);
    arguments[options.length] = "-Z";
    arguments[options.length + 1] = zone;
    ZoneFiles.Run run = files.run("ldns-verify-zone", arguments);
    assertEquals(0, run.exitCode(), run.output());
  }

  @ParameterizedTest
  @CsvSource({
    "generated, 1, SHA_384",
    "generated, 2, SHA_512",
    "all types, 1, SHA_384",
    "all types, 2, SHA_512",
    "A.1.Simple-EXAMPLE-Zone, 1, SHA_384",
    "A.2.Complex-EXAMPLE-Zone, 2, SHA_512"
  })
  void digestOfLdns_verifiesHereAndOursThere(String kind, int number, ZoneHash hash)
      throws Exception {
    Path unsigned = zone(kind);
    Path theirs = directory.resolve("theirs");
    files.runWell(
        "ldns-signzone", "-Z", "-z", "1:" + number, "-o", "example.", "-f", theirs, unsigned);
    ZoneResult result = ZoneFiles.verify(theirs);
    assertEquals(
        hash, assertInstanceOf(ZoneResult.Verified.class, result, result.sentence()).hash());

    Path ours = files.generate("ours", unsigned, hash);
    assertLdnsAccepts(ours);
    assertEquals(
        List.of(),
        ZoneFiles.read(theirs).differencesFrom(ZoneFiles.read(ours), 10),
        "the same zone, digest included");
  }

  @Test
  void bothDigests_verifyThere() throws Exception {
    Path ours = files.generate("ours", zone("all types"), ZoneHash.values());
    assertLdnsAccepts(ours);
    assertEquals(2, Files.readString(ours).lines().filter(l -> l.contains("ZONEMD")).count());
    assertNotEquals(
        0,
        files
            .run(
                "ldns-verify-zone",
                "-Z",
                files.write("bad", Files.readString(ours).replace("192.0.2.9", "192.0.2.10")))
            .exitCode());
  }

  /** A zone signed with ZONEMD by ldns. */
  private Path signed(String kind, String... options) throws Exception {
    String key = files.runWell("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", "example.");
    Path signed = directory.resolve("signed");
    Object[] arguments = new Object[options.length + 8];
    System.arraycopy(options, 0, arguments, 0, options.length);
    Object[] rest = {"-z", "1:1", "-o", "example.", "-f", signed, zone(kind), key};
    System.arraycopy(rest, 0, arguments, options.length, rest.length);
    files.runWell("ldns-signzone", arguments);
    Files.copy(directory.resolve(key + ".key"), directory.resolve("anchor"));
    return signed;
  }

  private ZoneResult verifyAnchored(Path zone, Clock clock) throws Exception {
    TrustAnchors anchors = TrustAnchors.read(directory.resolve("anchor"));
    return ZoneVerifier.anchored(anchors, clock).verify(ZoneFiles.read(zone), ZoneFiles.noHurry());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-n"})
  void signedZoneOfLdns_verifiesUpToTheAnchor(String option) throws Exception {
    Path signed = option.isEmpty() ? signed("all types") : signed("all types", option);
    ZoneResult anchored = verifyAnchored(signed, Clock.systemUTC());
    assertEquals(
        ZoneResult.Authenticity.ANCHORED,
        assertInstanceOf(ZoneResult.Verified.class, anchored, anchored.sentence()).authenticity());
    ZoneResult own = ZoneFiles.verify(signed);
    assertEquals(
        ZoneResult.Authenticity.SELF_SIGNED,
        assertInstanceOf(ZoneResult.Verified.class, own, own.sentence()).authenticity());
  }

  @Test
  void expiredSignature_isASignatureFailure() throws Exception {
    Clock later = Clock.offset(Clock.system(ZoneOffset.UTC), Duration.ofDays(365));
    ZoneResult.Failed failed =
        assertInstanceOf(ZoneResult.Failed.class, verifyAnchored(signed("generated"), later));
    assertEquals(ZoneResult.Failure.SIGNATURE_INVALID, failed.failure());
    assertTrue(failed.sentence().contains("expired"), failed.sentence());
  }

  @Test
  void otherAnchor_isASignatureFailure() throws Exception {
    Path signed = signed("generated");
    String other = files.runWell("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", "example.");
    Files.delete(directory.resolve("anchor"));
    Files.copy(directory.resolve(other + ".key"), directory.resolve("anchor"));
    ZoneResult.Failed failed =
        assertInstanceOf(ZoneResult.Failed.class, verifyAnchored(signed, Clock.systemUTC()));
    assertEquals(ZoneResult.Failure.SIGNATURE_INVALID, failed.failure());
    assertTrue(failed.sentence().contains("trust anchor"), failed.sentence());
  }

  @Test
  void unsignedZone_isNoneThatAnAnchorAllows() throws Exception {
    signed("generated");
    ZoneResult.Failed failed =
        assertInstanceOf(
            ZoneResult.Failed.class,
            verifyAnchored(ZoneFiles.vector("A.1.Simple-EXAMPLE-Zone"), Clock.systemUTC()));
    assertEquals(ZoneResult.Failure.SIGNATURE_INVALID, failed.failure());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-n"})
  void removedZonemd_isFoundByTheDenialProof(String option) throws Exception {
    Path signed = option.isEmpty() ? signed("generated") : signed("generated", option);
    String text =
        Files.readString(signed)
            .lines()
            .filter(line -> !line.contains("\tZONEMD\t"))
            .filter(line -> !line.contains("\tRRSIG\tZONEMD "))
            .reduce("", (a, b) -> a + b + "\n");
    ZoneResult.Failed failed =
        assertInstanceOf(
            ZoneResult.Failed.class,
            verifyAnchored(files.write("removed", text), Clock.systemUTC()));
    assertEquals(ZoneResult.Failure.ZONEMD_REMOVED, failed.failure());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-n"})
  void zoneSignedWithoutZonemd_isProvenToHaveNone(String option) throws Exception {
    String key = files.runWell("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", "example.");
    Path signed = directory.resolve("plain");
    Object[] arguments =
        option.isEmpty()
            ? new Object[] {"-o", "example.", "-f", signed, zone("generated"), key}
            : new Object[] {option, "-o", "example.", "-f", signed, zone("generated"), key};
    files.runWell("ldns-signzone", arguments);
    Files.copy(directory.resolve(key + ".key"), directory.resolve("anchor"));
    ZoneResult.NotVerifiable result =
        assertInstanceOf(ZoneResult.NotVerifiable.class, verifyAnchored(signed, Clock.systemUTC()));
    assertEquals(ZoneResult.Obstacle.NO_ZONEMD, result.obstacle());
    assertTrue(result.sentence().contains("proves"), result.sentence());
    assertEquals(
        GeneratedZonemd.State.PLACEHOLDER,
        GeneratedZonemd.of(ZoneFiles.read(signed), java.util.Set.of(ZoneHash.SHA_384)).state());
  }

  @Test
  void digestOfASignedZone_isTheOneThatLdnsMade() throws Exception {
    Path signed = signed("all types");
    GeneratedZonemd generated =
        GeneratedZonemd.of(ZoneFiles.read(signed), java.util.Set.of(ZoneHash.SHA_384));
    assertEquals(GeneratedZonemd.State.TO_BE_SIGNED, generated.state());
    String digest = generated.records().get(0).replaceAll(".* ", "");
    String text = Files.readString(signed);
    assertTrue(
        text.toLowerCase(java.util.Locale.ROOT).contains(digest.toLowerCase(java.util.Locale.ROOT)),
        () -> generated.records() + "\n" + text);
  }

  /** What is changed in the signed zone, and what the sentences have to name. */
  enum Damage {
    /** A delegation's name server: not signed, so only the digest shows it. */
    DELEGATION("Del7.example.", "ns.del7.example.", "ns.del8.example.", ""),
    ADDRESS("host7.example.", "10.0.0.7", "10.0.0.8", "host7.example. A has a wrong signature"),
    DROPPED_RECORD("host7.example.", "\tA\t10.0.0.7", "", "host7.example. has no A record"),
    DROPPED_NSEC("host7.example.", "\tNSEC\t", "", "host7.example. has no NSEC record"),
    DROPPED_SIGNATURE("host7.example.", "\tRRSIG\tA ", "", "host7.example. A has no RRSIG");

    final String owner;
    final String part;
    final String change;
    final String sentence;

    Damage(String owner, String part, String change, String sentence) {
      this.owner = owner;
      this.part = part;
      this.change = change;
      this.sentence = sentence;
    }

    String line(String line) {
      if (!line.startsWith(owner) || !line.contains(part)) {
        return line + "\n";
      }
      return change.isEmpty() ? "" : line.replace(part, change) + "\n";
    }
  }

  @ParameterizedTest
  @EnumSource
  void damageOfASignedZone_isFoundAndNamed(Damage damage) throws Exception {
    Path signed = signed("generated");
    StringBuilder damaged = new StringBuilder();
    Files.readString(signed).lines().forEach(line -> damaged.append(damage.line(line)));
    assertNotEquals(Files.readString(signed), damaged.toString());
    ZoneResult.Failed failed =
        assertInstanceOf(
            ZoneResult.Failed.class,
            verifyAnchored(files.write("damaged", damaged.toString()), Clock.systemUTC()));
    assertEquals(ZoneResult.Failure.DIGEST_MISMATCH, failed.failure());
    assertEquals(
        damage.sentence.isEmpty(),
        failed.details().isEmpty(),
        () -> "no false alarm, and no silence: " + failed.details());
    assertTrue(
        damage.sentence.isEmpty()
            || failed.details().stream().anyMatch(d -> d.contains(damage.sentence)),
        () -> failed.details().toString());
    List<String> differences =
        ZoneVerifier.differences(
            ZoneFiles.read(directory.resolve("damaged")), ZoneFiles.read(signed));
    assertTrue(
        !differences.isEmpty() && differences.stream().allMatch(d -> d.contains(damage.owner)),
        differences::toString);
  }

  /** What is taken out of a zone signed with NSEC3, and what is said about it. */
  enum Nsec3Damage {
    DROPPED_RECORD("^host7\\.example\\..*\tA\t.*", "host7.example. has no A record, and its NSEC3"),
    DROPPED_NAME("^host7\\.example\\..*", "is for a name that is not there, which has A, RRSIG"),
    DROPPED_SIGNATURE("^host7\\.example\\..*\tRRSIG\tA .*", "host7.example. has no RRSIG record"),
    DROPPED_DELEGATION("^del7\\.example\\..*", "del7.example. has no NS record, and its NSEC3"),
    DROPPED_NSEC3(".*\tNSEC3\t.* A RRSIG *$", "has no NSEC3 record"),
    BROKEN_CHAIN(".*\tNSEC3\t.* A RRSIG *$", " leads to ");

    final Pattern line;
    final String sentence;

    Nsec3Damage(String line, String sentence) {
      this.line = Pattern.compile(line, Pattern.CASE_INSENSITIVE);
      this.sentence = sentence;
    }

    /** Drops the lines; of those that fit many records the first. */
    String drop(String text) {
      boolean dropsOne = line.pattern().startsWith(".*");
      StringBuilder rest = new StringBuilder();
      boolean dropped = false;
      for (String each : text.lines().toList()) {
        if (line.matcher(each).matches() && !(dropped && dropsOne)) {
          dropped = true;
        } else {
          rest.append(each).append('\n');
        }
      }
      assertTrue(dropped, text);
      return rest.toString();
    }
  }

  @ParameterizedTest
  @EnumSource
  void damageOfAZoneSignedWithNsec3_isNamed(Nsec3Damage damage) throws Exception {
    String signed = Files.readString(signed("generated", "-n"));
    ZoneResult.Failed failed =
        assertInstanceOf(
            ZoneResult.Failed.class,
            verifyAnchored(files.write("damaged", damage.drop(signed)), Clock.systemUTC()));
    assertTrue(
        failed.details().stream().anyMatch(d -> d.contains(damage.sentence)),
        () -> failed.details().toString());
    assertTrue(failed.details().size() <= 2, () -> failed.details().toString());
  }

  private static List<String> damageOf(Path file) throws Exception {
    Zone zone = ZoneFiles.read(file);
    ZoneKeys keys = ZoneKeys.of(zone, Clock.systemUTC().instant());
    return new ZoneDamage(zone, keys, ZoneFiles.noHurry()).find(10);
  }

  @ParameterizedTest
  @CsvSource({"all types,-n", "generated,-n", "all types,-np", "generated,-np"})
  void undamagedZoneWithNsec3_hasNothingToName(String kind, String options) throws Exception {
    assertEquals(
        List.of(), damageOf(options.equals("-n") ? signed(kind, "-n") : signed(kind, "-n", "-p")));
  }

  @Test
  void undamagedSignedZone_hasNothingToName() throws Exception {
    assertEquals(List.of(), damageOf(signed("all types")));
  }

  @Test
  void zoneOfDnssecSignzone_verifiesAfterOurDigestWasSigned() throws Exception {
    assumeTrue(Named.isInstalled(), "named is not installed, or a tool of its package");
    Path unsigned = files.write("unsigned", ZoneFiles.generated(40));
    Zone zone = ZoneFiles.read(unsigned);
    String placeholder = ZoneDigest.placeholder(zone.soa(), ZoneHash.SHA_384) + "\n";
    String key =
        Named.run(directory, "dnssec-keygen", "-q", "-a", "ED25519", "-fk", "example").trim();
    String keyRecord =
        Files.readString(directory.resolve(key + ".key"))
            .lines()
            .filter(line -> !line.startsWith(";"))
            .findFirst()
            .orElseThrow();
    files.write("anchor", keyRecord + "\n");
    Path signed = signWithBind(unsigned, placeholder + keyRecord + "\n", key);
    GeneratedZonemd generated =
        GeneratedZonemd.of(ZoneFiles.read(signed), java.util.Set.of(ZoneHash.SHA_384));
    assertEquals(GeneratedZonemd.State.TO_BE_SIGNED, generated.state());
    assertEquals(
        ZoneResult.Failure.DIGEST_MISMATCH,
        assertInstanceOf(ZoneResult.Failed.class, verifyAnchored(signed, Clock.systemUTC()))
            .failure());
    // Ed25519 signs the same records the same way, so signing all again changes only this one.
    Path again = signWithBind(unsigned, generated.records().get(0) + "\n" + keyRecord + "\n", key);
    ZoneResult result = verifyAnchored(again, Clock.systemUTC());
    assertEquals(
        ZoneResult.Authenticity.ANCHORED,
        assertInstanceOf(ZoneResult.Verified.class, result, result.sentence()).authenticity());
    assertLdnsAccepts(again, "-k", directory.resolve("anchor").toString());
  }

  private Path signWithBind(Path unsigned, String more, String key) throws Exception {
    files.write("with-keys", Files.readString(unsigned) + more);
    Named.run(
        directory,
        "dnssec-signzone",
        "-q",
        "-z",
        "-P",
        "-O",
        "full",
        "-s",
        "20250101000000",
        "-e",
        "20371231000000",
        "-o",
        "example",
        "-f",
        "bind-signed",
        "with-keys",
        key);
    return directory.resolve("bind-signed");
  }
}
