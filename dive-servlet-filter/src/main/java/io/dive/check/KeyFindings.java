// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import io.dive.dns.Deadline;
import io.dive.dns.KeyAnswer;
import io.dive.dns.KeyLookup;
import io.dive.dns.TxtLookup;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.RawPublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What there is to say about one signing key of one host. */
final class KeyFindings {
  private final TxtLookup dns;
  private final TxtLookup unrecorded;
  private final Fqdn host;
  private final Fqdn policyLevel;
  private final ProtocolVersion version;
  private final HashAlgorithm hash;
  private final RecordAdvice advice;

  /**
   * Findings about the keys of a host.
   *
   * @param dns looks where clients look
   * @param unrecorded looks elsewhere too; what it finds is no question to the zones' servers
   */
  KeyFindings(
      TxtLookup dns,
      TxtLookup unrecorded,
      Fqdn host,
      Fqdn policyLevel,
      ProtocolVersion version,
      HashAlgorithm hash,
      RecordAdvice advice) {
    this.advice = advice;
    this.dns = dns;
    this.unrecorded = unrecorded;
    this.host = host;
    this.policyLevel = policyLevel;
    this.version = version;
    this.hash = hash;
  }

  /**
   * The findings.
   *
   * @param revocable whether a key that is proven not to be published was taken away on purpose
   */
  List<Finding> of(CheckPlan.Key key, Deadline deadline, boolean revocable) {
    List<Finding> findings = new ArrayList<>();
    KeyAnswer answer =
        new KeyLookup(dns).find(key.reference(), host, policyLevel, version, deadline);
    findings.add(judge(key, answer, deadline, revocable));
    if (answer instanceof KeyAnswer.Found found) {
      addAdvice(key, found, findings);
    }
    String id = key.reference().keyId().value();
    if (!id.equals(id.toLowerCase(Locale.ROOT))) {
      findings.add(
          new Finding(
              FindingCode.KEY_ID_NOT_LOWER_CASE,
              owner(key),
              "the Key ID has capital letters, which DNS does not tell from small ones",
              "Use a lower-case Key ID for the next key."));
    }
    return findings;
  }

  private void addAdvice(CheckPlan.Key key, KeyAnswer.Found found, List<Finding> findings) {
    String owner = KeyRecord.ownerName(key.reference().keyId(), found.level());
    findings.addAll(
        advice.of(owner, found.ttl(), KeyRecord.ADVISED_TTL_SECONDS, found.signatureExpires()));
    long cap = version.maxKeyCache().toSeconds();
    if (found.key().cacheSeconds() > cap) {
      findings.add(
          new Finding(
              FindingCode.CACHE_ABOVE_CAP,
              owner,
              "cache=%d, clients keep it %d s at most".formatted(found.key().cacheSeconds(), cap),
              "Publish cache=" + KeyRecord.ADVISED_TTL_SECONDS + "."));
    }
  }

  private String owner(CheckPlan.Key key) {
    return KeyRecord.ownerName(key.reference().keyId(), key.reference().fqdn().orElse(host));
  }

  private String publish(CheckPlan.Key key) {
    return publish(key, host);
  }

  private String publish(CheckPlan.Key key, Fqdn level) {
    return "Publish:\n" + PublishedRecords.key(key, level, hash);
  }

  private Finding judge(CheckPlan.Key key, KeyAnswer answer, Deadline deadline, boolean revocable) {
    if (answer instanceof KeyAnswer.Found found) {
      return compare(key, found, revocable);
    } else if (answer instanceof KeyAnswer.Invalid invalid) {
      return ofInvalid(key, invalid);
    } else if (answer instanceof KeyAnswer.Failed failed) {
      return DnsFaults.finding(failed.code(), owner(key), failed.sentence());
    }
    return ofAbsent(key, (KeyAnswer.Absent) answer, deadline, revocable);
  }

  private Finding compare(CheckPlan.Key key, KeyAnswer.Found found, boolean revocable) {
    String owner = KeyRecord.ownerName(key.reference().keyId(), found.level());
    RawPublicKey published = found.key().publicKey();
    if (!published.equals(key.publicKey()) && revocable) {
      return revoked(key, owner, "another key is published in its place");
    }
    if (!published.equals(key.publicKey())) {
      return new Finding(
          FindingCode.KEY_MISMATCH,
          owner,
          "key %s: DNS says %s, expected %s"
              .formatted(key.reference(), describe(published), describe(key.publicKey())),
          "Sign with the key that is published; or give this one a Key ID of its own, since clients"
              + " remember the record; or replace the record. "
              + publish(key, found.level()));
    }
    if (!found.key().allows(hash)) {
      return new Finding(
          FindingCode.KEY_HASH_NOT_ALLOWED,
          owner,
          "allowed-hash admits %s, and this server signs %s digests"
              .formatted(found.key().allowedHash().orElse(List.of()), hash),
          "Set dive.hash to an admitted one, or add %s to allowed-hash. ".formatted(hash)
              + publish(key, found.level()));
    }
    return Finding.ok(
        FindingCode.KEY_OK,
        owner,
        "secure, %s, the key that signs".formatted(published.algorithm())
            + advice.state(found.ttl(), found.signatureExpires()));
  }

  private static String describe(RawPublicKey key) {
    return key.algorithm() + " " + key.bytes().toBase64();
  }

  private Finding ofInvalid(CheckPlan.Key key, KeyAnswer.Invalid invalid) {
    return switch (invalid.flaw()) {
      case INSECURE -> insecure(key, invalid.sentence());
      case NOT_A_PARENT ->
          new Finding(
              FindingCode.KEY_UNUSABLE,
              owner(key),
              invalid.sentence(),
              "Set dive.key.N.fqdn to the host or one of its parents (decision 8).");
      case MALFORMED, AMBIGUOUS ->
          new Finding(
              FindingCode.KEY_UNUSABLE,
              owner(key),
              invalid.sentence(),
              "Replace the records at this name. " + publish(key));
    };
  }

  private Finding insecure(CheckPlan.Key key, String sentence) {
    return new Finding(
        FindingCode.KEY_INSECURE,
        owner(key),
        sentence,
        "Sign the zone with DNSSEC and publish its DS record at the parent, or name the zone's"
            + " trust anchor in dive.dns.trust-anchor.");
  }

  private Finding revoked(CheckPlan.Key key, String owner, String how) {
    return new Finding(
        FindingCode.KEY_REVOKED,
        owner,
        "key %s: %s; it is not used any more".formatted(key.reference(), how),
        "Remove the key from the settings and the sidecars. If it was not meant to be revoked: "
            + publish(key));
  }

  private Finding ofAbsent(
      CheckPlan.Key key, KeyAnswer.Absent absent, Deadline deadline, boolean revocable) {
    if (absent.insecureSeen()) {
      return insecure(
          key,
          "there is a key record, not validated by DNSSEC, at one of "
              + String.join(", ", absent.queried()));
    }
    List<KeyAnswer> levels = abovePolicy(key, deadline);
    Optional<Fqdn> above =
        levels.stream()
            .flatMap(level -> level instanceof KeyAnswer.Found f ? Stream.of(f.level()) : null)
            .findFirst();
    if (above.isPresent()) {
      return new Finding(
          FindingCode.KEY_ABOVE_POLICY,
          KeyRecord.ownerName(key.reference().keyId(), above.orElseThrow()),
          "the key %s is published above %s, where the policy stands or should stand, and no"
                  .formatted(key.reference(), policyLevel)
              + " client looks there (decision 33)",
          "Set dive.key.N.fqdn = %s, or publish the key lower. ".formatted(above.orElseThrow())
              + publish(key));
    }
    // A level that gave no answer may be the one where the key stands.
    if (revocable
        && absent.proven()
        && levels.stream().allMatch(level -> level instanceof KeyAnswer.Absent)) {
      return revoked(
          key, owner(key), "no record at %s".formatted(String.join(", ", absent.queried())));
    }
    return new Finding(
        FindingCode.KEY_MISSING,
        owner(key),
        "key %s: no record at %s".formatted(key.reference(), String.join(", ", absent.queried())),
        publish(key));
  }

  /** What is at the levels above the policy, each by itself, where no client looks. */
  private List<KeyAnswer> abovePolicy(CheckPlan.Key key, Deadline deadline) {
    if (key.reference().fqdn().isPresent()) {
      return List.of();
    }
    KeyLookup lookup = new KeyLookup(unrecorded);
    return policyLevel.selfAndParents().stream()
        .skip(1)
        .map(
            level ->
                lookup.find(
                    new KeyReference(key.reference().keyId(), Optional.of(level)),
                    host,
                    policyLevel,
                    version,
                    deadline))
        .toList();
  }
}
