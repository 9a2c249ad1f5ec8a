// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import io.dive.dns.ScriptedDns;
import io.dive.key.SigningKey;
import io.dive.protocol.DiveException;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.sign.BodyDigester;
import io.dive.sign.ResponseSigner;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/** A host, its DNS and its keys, and a verifier that visits it. */
final class SignedSite {
  static final byte[] BODY = "a file worth signing\n".getBytes(StandardCharsets.US_ASCII);
  static final URI URL = URI.create("https://www.example.com/file");
  static final String POLICY_00 = "v=\"dive-draft-00\", scopes=(\"strict\")";
  static final String POLICY_01 = "v=\"dive-draft-01\", scopes=(\"strict\")";

  final ScriptedDns dns = new ScriptedDns();
  final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T12:00:00Z"));
  final Verifier verifier = new Verifier(dns, clock, Duration.ofMinutes(1), "tests/1.0");

  SignedSite policy(String record) {
    dns.put("_dive.example.com", record);
    return this;
  }

  static String policy(ProtocolVersion version) {
    return version == ProtocolVersion.DRAFT_00 ? POLICY_00 : POLICY_01;
  }

  static SigningKey newKey(SignatureAlgorithm algorithm) {
    return SigningKey.generate(algorithm, new SecureRandom());
  }

  static SigningKey newKey() {
    return newKey(SignatureAlgorithm.ED25519);
  }

  static String record(SigningKey key, String... more) {
    StringBuilder record =
        new StringBuilder(new KeyRecord(key.publicKey(), Optional.empty(), 0).serialize());
    Arrays.stream(more).forEach(member -> record.append(", ").append(member));
    return record.toString();
  }

  SignedSite publish(String keyId, SigningKey key, String... more) {
    dns.put(keyId + "._divekey.example.com", record(key, more));
    return this;
  }

  /** The fields of both revisions over {@link #BODY}; keys and names in pairs of equal order. */
  static List<HeaderField> fields(HashAlgorithm hash, List<String> names, List<SigningKey> keys)
      throws DiveException {
    List<io.dive.key.Signer> signers = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      signers.add(keys.get(i).signer(KeyReference.parse(names.get(i))));
    }
    return new ResponseSigner(signers, EnumSet.allOf(ProtocolVersion.class), 0)
        .sign(BodyDigester.digest(hash, BODY))
        .fields(EnumSet.allOf(ProtocolVersion.class));
  }

  static List<HeaderField> fields(String name, SigningKey key) throws DiveException {
    return fields(HashAlgorithm.SHA_256, List.of(name), List.of(key));
  }

  Outcome visit(List<HeaderField> fields) {
    return visit(fields, BODY);
  }

  Outcome visit(List<HeaderField> fields, byte[] body) {
    return visit(URL, "GET", 200, fields, body);
  }

  Outcome visit(URI url, String method, int status, List<HeaderField> fields, byte[] body) {
    Verification verification =
        verifier.begin(verifier.discover(url), new ReceivedResponse(url, method, status, fields));
    verification.update(body, 0, body.length / 2);
    verification.update(
        java.nio.ByteBuffer.wrap(body, body.length / 2, body.length - body.length / 2));
    return verification.finish();
  }

  static List<HeaderField> replace(List<HeaderField> fields, String name, String... values) {
    List<HeaderField> changed =
        new ArrayList<>(fields.stream().filter(f -> !f.name().equals(name)).toList());
    Arrays.stream(values).forEach(value -> changed.add(ResponseReader.received(name, value)));
    return changed;
  }

  static String value(List<HeaderField> fields, String name) {
    return fields.stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow().value();
  }
}
