// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.ScriptedDns;
import io.dive.dns.TxtLookup;
import io.dive.key.SigningKey;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A host, its key, and a scripted DNS that the check asks about them. */
abstract class DnsCheckSuite {
  static final Duration LONG = Duration.ofMinutes(1);
  static final Fqdn HOST = new Fqdn("www.example.com");
  static final String POLICY = "_dive.www.example.com";
  static final String KEY = "k1._divekey.www.example.com";
  static final String STRICT_01 = "v=\"dive-draft-01\", scopes=(\"strict\"), cache=300";

  /** As an operator has to write it into the zone file, down to the quotes. */
  static final List<String> POLICY_LINES =
      List.of(
          "_dive.www.example.com. 300 IN TXT"
              + " \"v=\\\"dive-draft-01\\\", scopes=(\\\"strict\\\"), cache=300\"",
          "_dive.www.example.com. 300 IN TXT"
              + " \"v=\\\"dive-draft-00\\\", scopes=(\\\"strict\\\"), cache=300\"");

  final ScriptedDns dns = new ScriptedDns();
  final SigningKey key = newKey();

  static SigningKey newKey() {
    return SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
  }

  static String base64(SigningKey key) {
    return key.publicKey().bytes().toBase64();
  }

  static String record(SigningKey key, String more) {
    return "sig=\"ed25519\", key=:" + base64(key) + ":" + more;
  }

  String keyLine(String owner) {
    return owner
        + ". 900 IN TXT \"sig=\\\"ed25519\\\", key=:"
        + base64(key)
        + ":, allowed-hash=(\\\"sha256\\\"), cache=900\"";
  }

  void publishAll() {
    dns.put(POLICY, STRICT_01);
    dns.put(KEY, record(key, ""));
  }

  CheckPlan.Key named(String reference) {
    try {
      return new CheckPlan.Key(KeyReference.parse(reference), key.publicKey());
    } catch (io.dive.protocol.MalformedFieldException e) {
      throw new IllegalArgumentException(e);
    }
  }

  CheckPlan plan(String reference) {
    return plan(EnumSet.allOf(ProtocolVersion.class), false, named(reference));
  }

  static CheckPlan plan(Set<ProtocolVersion> drafts, boolean unsignedPaths, CheckPlan.Key... keys) {
    return new CheckPlan(
        List.of(new CheckPlan.Host(HOST, List.of(keys), unsignedPaths)),
        drafts,
        HashAlgorithm.SHA_256);
  }

  CheckReport run(CheckPlan plan) {
    return run(dns, plan);
  }

  static CheckReport run(TxtLookup dns, CheckPlan plan) {
    return new DnsCheck(dns, LONG, Clock.systemUTC()).run(plan);
  }

  CheckReport run() {
    return run(plan("k1"));
  }

  static List<FindingCode> codes(CheckReport report) {
    return report.findings().stream().map(Finding::code).toList();
  }

  static Finding only(CheckReport report, FindingCode code) {
    List<Finding> found = report.findings().stream().filter(f -> f.code() == code).toList();
    assertEquals(1, found.size(), report::table);
    return found.get(0);
  }

  static void assertRemedyPublishes(Finding finding, List<String> lines) {
    List<String> remedy = finding.remedy().lines().toList();
    lines.forEach(line -> assertTrue(remedy.contains(line), finding::remedy));
  }

  static void assertSays(Finding finding, String... parts) {
    for (String part : parts) {
      assertTrue(finding.sentence().contains(part), finding::sentence);
    }
  }
}
