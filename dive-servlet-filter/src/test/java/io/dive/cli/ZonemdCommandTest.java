// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import io.dive.dns.SignedZone;
import io.dive.zonemd.AxfrServer;
import io.dive.zonemd.ZoneFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** {@code zonemd generate} and {@code zonemd verify} on files and over a socket. */
@Timeout(120)
class ZonemdCommandTest {
  private static final String SIMPLE = ZoneFiles.vector("A.1.Simple-EXAMPLE-Zone").toString();

  private final Path directory;
  private final ZoneFiles files;

  ZonemdCommandTest(@TempDir Path directory) {
    this.directory = directory;
    this.files = new ZoneFiles(directory);
  }

  private Path damaged() throws Exception {
    String text = Files.readString(Path.of(SIMPLE), StandardCharsets.ISO_8859_1);
    return files.write("damaged", text.replace("203.0.113.63", "203.0.113.64"));
  }

  @Test
  void goodZone_isVerified() throws Exception {
    Console console = Console.runWell("zonemd", "verify", "--zone", "example", SIMPLE);
    assertTrue(
        console.out().startsWith("verified: zone example. serial 2018031900"), console.out());
    JsonObject json =
        Console.runWell("zonemd", "verify", "--json", "--zone", "example", SIMPLE).json();
    assertEquals("verified", json.getString("result"));
    assertEquals("sha384", json.getString("hash"));
    assertEquals("unsigned", json.getString("authenticity"));
    assertEquals(6, json.getInt("records"));
  }

  @Test
  void damagedZone_isExitCode1() throws Exception {
    String damaged = damaged().toString();
    Console console = Console.run("zonemd", "verify", "--zone", "example", damaged);
    assertEquals(1, console.exitCode());
    assertTrue(console.out().startsWith("failed: "), console.out());
    JsonObject json =
        Console.run("zonemd", "verify", "--zone", "example", "--json", damaged).json();
    assertEquals("failed", json.getString("result"));
    assertEquals("digest-mismatch", json.getString("reason"));
  }

  @Test
  void zoneWithoutDigest_isExitCode1AndSaysWhy() throws Exception {
    Path plain = files.write("plain", "example. 60 IN SOA ns. admin. 1 1 1 1 1\n");
    Console console = Console.run("zonemd", "verify", plain.toString());
    assertEquals(1, console.exitCode());
    assertTrue(console.out().startsWith("not verifiable: "), console.out());
    assertEquals(
        "no-zonemd",
        Console.run("zonemd", "verify", "--json", plain.toString()).json().getString("reason"));
  }

  @Test
  void unreadableZone_isExitCode1() {
    Console console = Console.run("zonemd", "verify", directory.resolve("nothing").toString());
    assertEquals(1, console.exitCode());
    assertTrue(console.err().contains("does not exist"), console.err());
  }

  @Test
  void wrongUsage_isExitCode2() throws Exception {
    files.write("key", "key");
    List<List<String>> wrong =
        List.of(
            List.of("verify"),
            List.of("generate"),
            List.of("verify", "--axfr", "127.0.0.1"),
            List.of("verify", "--axfr", "name.example", "--zone", "example"),
            List.of("verify", "--zone", "a..b", SIMPLE),
            List.of("verify", "--timeout", "0", SIMPLE),
            List.of("verify", "--tsig", directory.resolve("key").toString(), SIMPLE),
            List.of("verify", "--trust-anchor", directory.resolve("key").toString(), SIMPLE),
            List.of("verify", "--dns", "nowhere:at:all", SIMPLE),
            List.of("verify", "--dns-ca", directory.resolve("key").toString(), SIMPLE),
            List.of("generate", "--hash", "md5", SIMPLE),
            List.of("generate", "--axfr", "127.0.0.1", "--zone", "example", SIMPLE));
    for (List<String> arguments : wrong) {
      String[] all =
          java.util.stream.Stream.concat(java.util.stream.Stream.of("zonemd"), arguments.stream())
              .toArray(String[]::new);
      Console console = Console.run(all);
      assertEquals(2, console.exitCode(), () -> arguments + console.err());
      assertEquals("", console.out());
    }
  }

  private Console verifyBelow(SignedZone root, Path zone) throws Exception {
    Path anchor = root.writeAnchor(directory.resolve("root.key"));
    return Console.run(
        "zonemd",
        "verify",
        "--json",
        "--zone",
        "example",
        "--dns",
        root.addressText(),
        "--trust-anchor",
        anchor.toString(),
        zone.toString());
  }

  private static void assertRefused(Console console) throws Exception {
    assertEquals(1, console.exitCode(), console::out);
    assertEquals("signature-invalid", console.json().getString("reason"));
  }

  @Test
  void zoneThatDnsSaysIsSigned_isRefusedWithoutSignaturesOrWithThoseOfAnotherKey()
      throws Exception {
    String key = files.key();
    Path zone = Path.of(SIMPLE);
    try (SignedZone root = SignedZone.serve(".").delegate("example.", files.ds(key))) {
      Console good = verifyBelow(root, files.sign("own", zone, key));
      assertEquals(0, good.exitCode(), good::out);
      assertEquals("anchored", good.json().getString("authenticity"));
      assertRefused(verifyBelow(root, zone));
      Path foreign = files.sign("foreign", zone, files.key());
      assertRefused(verifyBelow(root, foreign));
      JsonObject unasked = Console.run("zonemd", "verify", "--json", foreign.toString()).json();
      assertEquals("self-signed", unasked.getString("authenticity"));
    }
  }

  @Test
  void dnsThatDoesNotSayWhetherTheZoneIsSigned_isAnError() throws Exception {
    String ds = "example. 60 IN DS 12 15 2 " + "ab".repeat(32);
    try (SignedZone root = SignedZone.serve(".").delegate("example.", ds)) {
      assertRefused(verifyBelow(root, Path.of(SIMPLE)));
      root.spoil("example.");
      Console console = verifyBelow(root, Path.of(SIMPLE));
      assertEquals(1, console.exitCode());
      String message = console.json().getObject("error").getString("message");
      assertTrue(message.contains("has to be signed is not known"), message);
    }
  }

  @Test
  void zoneThatDnsProvesUnsigned_isVerifiedAsAChecksum() throws Exception {
    try (SignedZone root = SignedZone.serve(".").delegate("example.")) {
      Console console = verifyBelow(root, Path.of(SIMPLE));
      assertEquals(0, console.exitCode(), console::out);
      assertEquals("unsigned", console.json().getString("authenticity"));
      String sentence = console.json().getString("sentence");
      assertTrue(sentence.contains("has no DS record"), sentence);
    }
  }

  @Test
  void generatedZone_verifiesWithEachHash() throws Exception {
    Path file = directory.resolve("zone");
    for (List<String> hashes :
        List.of(List.<String>of(), List.of("sha512"), List.of("sha512", "sha384"))) {
      List<String> arguments =
          new java.util.ArrayList<>(
              List.of("zonemd", "generate", "--zone", "example", damaged().toString()));
      hashes.forEach(hash -> arguments.addAll(List.of("--hash", hash)));
      Console printed = Console.runWell(arguments.toArray(String[]::new));
      arguments.addAll(List.of("--output", file.toString()));
      Console.runWell(arguments.toArray(String[]::new));
      assertEquals(printed.out(), Files.readString(file));
      assertEquals(
          Math.max(1, hashes.size()),
          printed.out().lines().filter(line -> line.contains(" ZONEMD ")).count());
      assertTrue(printed.out().startsWith("example."), printed.out());
      Console.runWell("zonemd", "verify", file.toString());
    }
    try (java.util.stream.Stream<Path> left = Files.list(directory)) {
      assertEquals(
          List.of(), left.filter(p -> p.getFileName().toString().startsWith(".")).toList());
    }
  }

  @Test
  void generatedAgain_isTheSame() throws Exception {
    String once = Console.runWell("zonemd", "generate", "--zone", "example", SIMPLE).out();
    Path file = files.write("once", once);
    assertEquals(once, Console.runWell("zonemd", "generate", file.toString()).out());
    JsonObject json = Console.runWell("zonemd", "generate", "--json", file.toString()).json();
    assertEquals("complete", json.getString("state"));
    assertEquals(1, json.getArray("zonemd").size());
    assertTrue(once.contains(json.getArray("zonemd").getString(0)), once);
  }

  @Test
  void zoneSignedWithoutDigest_getsAPlaceholderAndARemark() throws Exception {
    Path signed =
        files.write(
            "signed",
            """
            example. 60 IN SOA ns. admin. 7 1 1 1 1
            example. 60 IN NS ns.
            example. 60 IN DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=
            """);
    Console refused =
        Console.run("zonemd", "generate", "--output", signed.toString(), signed.toString());
    assertEquals(2, refused.exitCode(), refused.err());
    assertTrue(refused.err().contains("Nothing was written"), refused.err());
    assertTrue(Files.readString(signed).contains("DNSKEY"), "the zone is still there");
    Console console = Console.run("zonemd", "generate", signed.toString());
    assertEquals(0, console.exitCode());
    assertEquals(
        "example. 60 IN ZONEMD 7 1 1 " + "0".repeat(96),
        console.out().trim().replaceAll(" +", " "));
    assertTrue(console.err().contains("placeholder"), console.err());
  }

  private static List<Record> zoneOf(String address) throws Exception {
    Name apex = Name.fromString("example.");
    return List.of(
        Record.fromString(apex, Type.SOA, DClass.IN, 60, "ns1 admin 5 1 1 1 1", apex),
        Record.fromString(apex, Type.NS, DClass.IN, 60, "ns1", apex),
        Record.fromString(Name.fromString("ns1", apex), Type.A, DClass.IN, 60, address, apex));
  }

  @Test
  void transferredZone_isComparedWithTheFile() throws Exception {
    Path good = directory.resolve("good");
    try (AxfrServer server = AxfrServer.serve(zoneOf("192.0.2.1"))) {
      Console.runWell(
          "zonemd",
          "generate",
          "--axfr",
          server.address(),
          "--zone",
          "example",
          "--output",
          good.toString());
    }
    List<Record> damaged = new java.util.ArrayList<>(zoneOf("192.0.2.2"));
    String zonemd =
        Files.readString(good).lines().filter(l -> l.contains("ZONEMD")).findFirst().orElseThrow();
    damaged.add(
        Record.fromString(
            Name.fromString("example."),
            Type.ZONEMD,
            DClass.IN,
            60,
            zonemd.replaceAll(".* ZONEMD ", ""),
            Name.root));
    try (AxfrServer server = AxfrServer.serve(damaged)) {
      Console console =
          Console.run(
              "zonemd", "verify", "--axfr", server.address(), "--zone", "example", good.toString());
      assertEquals(1, console.exitCode());
      assertTrue(console.out().contains("ns1.example. 60 IN A 192.0.2.1"), console.out());
      assertTrue(console.out().contains("ns1.example. 60 IN A 192.0.2.2"), console.out());
      JsonObject json =
          Console.run(
                  "zonemd",
                  "verify",
                  "--json",
                  "--axfr",
                  server.address(),
                  "--zone",
                  "example",
                  good.toString())
              .json();
      assertEquals(2, json.getArray("details").size());
    }
  }
}
