// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.ProtocolVersion;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** All settings, in the order of the reference table. */
final class SettingsTable {
  static final Setting<Set<HostPattern>> HOSTS =
      Setting.of(
          "dive.hosts",
          SettingType.HOSTS,
          "www.example.com, *.cdn.example.com",
          "Hosts whose responses are signed; requests for other hosts are answered unsigned. A name"
              + " wins over wildcards, a longer wildcard over a shorter one.");
  static final Setting<Set<ProtocolVersion>> DRAFTS =
      Setting.of(
          "dive.drafts",
          SettingType.DRAFTS,
          "01,00",
          "01",
          "Draft revisions whose fields are sent.");
  static final Setting<HashAlgorithm> HASH =
      Setting.of(
          "dive.hash", SettingType.HASH, "sha256", "sha3-512", "Hash algorithm of the bodies.");

  static final Setting<KeyId> KEY_ID =
      Setting.of(
          "dive.key.N.id",
          SettingType.KEY_ID,
          "rel2026",
          "Key ID of key N, the newest first, at most three per host; needed for the modes static"
              + " and stream.");
  static final Setting<Path> KEY_FILE =
      Setting.of(
          "dive.key.N.file",
          SettingType.FILE,
          "rel2026.pem",
          "File with the private key; with dive.key.N.agent, the public key.");
  static final Setting<Fqdn> KEY_FQDN =
      Setting.of(
          "dive.key.N.fqdn",
          SettingType.FQDN,
          "example.com",
          "Domain that publishes the key; without it clients walk up from the host.");
  static final Setting<Set<HostPattern>> KEY_HOSTS =
      Setting.of(
          "dive.key.N.hosts",
          SettingType.HOSTS,
          "*.cdn.example.com",
          "Those of dive.hosts, spelt as there, that the key signs for; without it all.");
  static final Setting<Path> KEY_PASSPHRASE_FILE =
      Setting.of(
          "dive.key.N.passphrase-file",
          SettingType.FILE,
          "rel2026.pass",
          "File whose first line is the passphrase of the key file.");
  static final Setting<String> KEY_PASSPHRASE_ENV =
      Setting.of(
          "dive.key.N.passphrase-env",
          SettingType.VARIABLE_NAME,
          "DIVE_PASSPHRASE",
          "Environment variable that holds the passphrase of the key file.");
  static final Setting<Path> KEY_AGENT =
      Setting.of(
          "dive.key.N.agent",
          SettingType.AGENT,
          "/run/dive/agent.sock",
          "ssh-agent that holds the private key, an Ed25519 one, and signs with it.");
  static final Setting<Duration> KEY_AGENT_TIMEOUT =
      Setting.of(
          "dive.key.N.agent-timeout",
          SettingType.TIME,
          "1s",
          "200ms",
          "Longest time for one signature by the agent.");
  static final Setting<Boolean> KEY_ALLOW_EXPOSED =
      Setting.of(
          "dive.key.allow-exposed",
          SettingType.BOOLEAN,
          "false",
          "true",
          "Accepts private-key files that group or others may read.");

  static final Setting<PathPattern> RULE_PATH =
      Setting.of(
          "dive.rule.N.path",
          SettingType.PATTERN,
          "/downloads/**",
          "Paths within the web application that rule N is for; the first rule that matches wins.");
  static final Setting<List<Mode>> RULE_MODE =
      Setting.of(
          "dive.rule.N.mode",
          SettingType.MODES,
          "sidecar, static",
          "Where signatures come from: the first mode that knows the response.");
  static final Setting<Path> RULE_ROOT =
      Setting.of(
          "dive.rule.N.root",
          SettingType.DIRECTORY,
          "/srv/downloads",
          "Directory that holds the files below the fixed part of the rule's path; without it"
              + " the web application's own.");
  static final Setting<Path> RULE_SIGNATURES_JSON =
      Setting.of(
          "dive.rule.N.signatures-json",
          SettingType.FILE,
          "signatures.json",
          "File with the signatures of all files of the rule, used instead of sidecar files.");
  static final Setting<Set<HostPattern>> RULE_HOSTS =
      Setting.of(
          "dive.rule.N.hosts",
          SettingType.HOSTS,
          "dl.example.com",
          "Those of dive.hosts, spelt as there, that the rule is for; without it all.");

  static final Setting<SidecarSettings.Stale> STALE =
      Setting.of(
          "dive.stale",
          SettingType.choice(SidecarSettings.Stale.class),
          "unsigned",
          "fail",
          "What is sent for a file that does not match its sidecar: the file unsigned, the file"
              + " with the stored signatures, or status 503.");
  static final Setting<SidecarSettings.Verify> SIDECAR_VERIFY =
      Setting.of(
          "dive.sidecar.verify",
          SettingType.choice(SidecarSettings.Verify.class),
          "background",
          "first",
          "Whether a file's digest is compared with its sidecar in the background, before the"
              + " first response, or not beyond the size.");
  static final Setting<Integer> SIDECAR_CACHE_ENTRIES =
      Setting.of(
          "dive.sidecar.cache-entries",
          SettingType.ENTRIES,
          "10000",
          "50000",
          "How many sidecars are remembered, 4 KiB each. One that is not is read and verified at the"
              + " next request for its file, which takes about 0.2 ms.");
  static final Setting<Boolean> SIDECAR_SERVE =
      Setting.of(
          "dive.sidecar.serve",
          SettingType.BOOLEAN,
          "false",
          "true",
          "Serves the sidecar files themselves; otherwise they are answered with status 404 by rules"
              + " with the mode sidecar.");
  static final Setting<Integer> STATIC_CACHE_ENTRIES =
      Setting.of(
          "dive.static.cache-entries",
          SettingType.ENTRIES,
          "10000",
          "50000",
          "How many files' digests are remembered in mode static, 2 KiB each. A file whose digest is"
              + " not is hashed at the next request for it.");
  static final Setting<Optional<Long>> STATIC_WARM_UP =
      Setting.of(
          "dive.static.warm-up",
          SettingType.RATE_OR_OFF,
          "off",
          "50MiB",
          "How much is read in a second to hash the files of mode static after the start, so that no"
              + " first request waits for it.");
  static final Setting<Integer> SIGNATURE_CACHE_ENTRIES =
      Setting.of(
          "dive.signature.cache-entries",
          SettingType.ENTRIES,
          "10000",
          "50000",
          "How many bodies' signatures are remembered by their digest, 3 KiB each with one key, for each"
              + " selection of keys that some host signs with: hosts with the same keys share them.");

  static final Setting<Long> STREAM_MEMORY =
      Setting.of(
          "dive.stream.memory",
          SettingType.BYTES,
          "1MiB",
          "64KiB",
          "How much of a body is held in memory before a temporary file takes the rest.");
  static final Setting<Long> STREAM_LIMIT =
      Setting.of(
          "dive.stream.limit",
          SettingType.BYTES,
          "64MiB",
          "1GiB",
          "Longest body that is held back and signed.");
  static final Setting<StreamSettings.Overflow> STREAM_OVERFLOW =
      Setting.of(
          "dive.stream.overflow",
          SettingType.choice(StreamSettings.Overflow.class),
          "unsigned",
          "trailer",
          "What is sent for a longer body: the body unsigned, the body with the fields as"
              + " trailers, or an error.");
  static final Setting<Path> STREAM_TEMP_DIR =
      Setting.of(
          "dive.stream.temp-dir",
          SettingType.DIRECTORY,
          "/var/tmp/dive",
          "Directory of the temporary files; without it the system's.");
  static final Setting<Long> STREAM_TEMP_SPACE =
      Setting.of(
          "dive.stream.temp-space",
          SettingType.BYTES,
          "1GiB",
          "10GiB",
          "Most bytes that all temporary files take together.");
  static final Setting<Integer> STREAM_KNOWN_ENTRIES =
      Setting.of(
          "dive.stream.known-entries",
          SettingType.ENTRIES,
          "10000",
          "0",
          "How many bodies are remembered by URL and strong ETag, so that they are sent without"
              + " being held back when they come again.");

  static final Setting<Boolean> NO_TRANSFORM =
      Setting.of(
          "dive.no-transform",
          SettingType.BOOLEAN,
          "true",
          "false",
          "Adds no-transform to the Cache-Control of covered responses.");
  static final Setting<DiveSettings.OnSigningFailure> ON_SIGNING_FAILURE =
      Setting.of(
          "dive.on-signing-failure",
          SettingType.choice(DiveSettings.OnSigningFailure.class),
          "unsigned",
          "fail",
          "What is sent when signing fails: the body unsigned, or status 503.");

  static final Setting<CheckSettings.Level> CHECK =
      Setting.of(
          "dive.check",
          SettingType.choice(CheckSettings.Level.class),
          "warn",
          "enforce",
          "Whether keys that do not agree with DNS, or a damaged zone, stop the start, are logged, or"
              + " not looked for.");
  static final Setting<Duration> CHECK_INTERVAL =
      Setting.of(
          "dive.check.interval",
          SettingType.TIME,
          "5m",
          "1h",
          "Time between two comparisons of keys and DNS.");
  static final Setting<Duration> CHECK_TIMEOUT =
      Setting.of(
          "dive.check.timeout",
          SettingType.TIME,
          "5s",
          "500ms",
          "Longest time for one comparison, all DNS look-ups together.");
  static final Setting<String> CHECK_AUTHORITIES =
      Setting.of(
          "dive.check.authorities",
          SettingType.AUTHORITIES,
          "auto",
          "192.0.2.1,192.0.2.2",
          "Authoritative servers that the check asks beside the resolver: with auto those of the"
              + " zones' NS records, or none where the resolver is at another port than 53.");
  static final Setting<String> DNS_RESOLVER =
      Setting.of(
          "dive.dns.resolver",
          SettingType.RESOLVER,
          "system",
          "tls://192.0.2.53#dns.example.com",
          "Resolver that the checks ask; its answers are validated here.");
  static final Setting<Path> DNS_TLS_CA =
      Setting.of(
          "dive.dns.tls-ca",
          SettingType.FILE,
          "resolver-ca.pem",
          "PEM certificates that vouch for a resolver over TLS or HTTPS; without it those of the"
              + " Java runtime.");
  static final Setting<Boolean> DNS_TRUST_AD =
      Setting.of(
          "dive.dns.trust-ad",
          SettingType.BOOLEAN,
          "false",
          "true",
          "Believes a resolver over TLS or HTTPS when it says that it has validated an answer.");
  static final Setting<Path> DNS_TRUST_ANCHOR =
      Setting.of(
          "dive.dns.trust-anchor",
          SettingType.FILE,
          "root.key",
          "File with the DNSSEC trust anchors; without it the built-in ones of the root.");
  static final Setting<Fqdn> ZONE_NAME =
      Setting.of(
          "dive.zone.name",
          SettingType.FQDN,
          "example.com",
          "Zone that is verified by its ZONEMD record; needed for a transfer.");
  static final Setting<Path> ZONE_FILE =
      Setting.of(
          "dive.zone.file",
          SettingType.FILE,
          "example.com.zone",
          "Zone file to verify; with dive.zone.axfr, the good copy that a damaged transfer is"
              + " compared with.");
  static final Setting<String> ZONE_AXFR =
      Setting.of(
          "dive.zone.axfr",
          SettingType.SERVER,
          "192.0.2.1",
          "Server from which the zone is transferred to verify it.");
  static final Setting<Path> ZONE_TSIG_FILE =
      Setting.of(
          "dive.zone.tsig-file",
          SettingType.FILE,
          "transfer.key",
          "Key for the transfer, as tsig-keygen writes it.");
  static final Setting<Duration> ZONE_INTERVAL =
      Setting.of(
          "dive.zone.interval",
          SettingType.TIME,
          "1h",
          "1d",
          "Time between two verifications of the zone.");
  static final Setting<Duration> ZONE_TIMEOUT =
      Setting.of(
          "dive.zone.timeout",
          SettingType.TIME,
          "1m",
          "10s",
          "Longest time for one verification, the transfer included.");
  static final Setting<URI> CANARY_URL =
      Setting.of(
          "dive.canary.url",
          SettingType.URL,
          "https://dl.example.com/canary.txt",
          "Resource of this site that is fetched and verified as a client would.");
  static final Setting<InetSocketAddress> CANARY_CONNECT =
      Setting.of(
          "dive.canary.connect",
          SettingType.ADDRESS,
          "127.0.0.1:8080",
          "Where to connect for the canary, whatever its URL's host and port; for http URLs.");
  static final Setting<Duration> CANARY_INTERVAL =
      Setting.of(
          "dive.canary.interval",
          SettingType.TIME,
          "5m",
          "1h",
          "Time between two looks at the canary.");

  static final Setting<Optional<Duration>> RELOAD_INTERVAL =
      Setting.of(
          "dive.reload.interval",
          SettingType.TIME_OR_OFF,
          "10s",
          "1m",
          "How often this file and those that dive.key.N.file, dive.key.N.passphrase-file,"
              + " dive.dns.trust-anchor, dive.dns.tls-ca and dive.zone.tsig-file name are looked at"
              + " for a change; what is the same in two looks is put to work.");

  static final List<Setting<?>> ALL =
      List.of(
          HOSTS,
          DRAFTS,
          HASH,
          KEY_ID,
          KEY_FILE,
          KEY_FQDN,
          KEY_HOSTS,
          KEY_PASSPHRASE_FILE,
          KEY_PASSPHRASE_ENV,
          KEY_AGENT,
          KEY_AGENT_TIMEOUT,
          KEY_ALLOW_EXPOSED,
          RULE_PATH,
          RULE_MODE,
          RULE_ROOT,
          RULE_SIGNATURES_JSON,
          RULE_HOSTS,
          STALE,
          SIDECAR_VERIFY,
          SIDECAR_CACHE_ENTRIES,
          SIDECAR_SERVE,
          STATIC_CACHE_ENTRIES,
          STATIC_WARM_UP,
          SIGNATURE_CACHE_ENTRIES,
          STREAM_MEMORY,
          STREAM_LIMIT,
          STREAM_OVERFLOW,
          STREAM_TEMP_DIR,
          STREAM_TEMP_SPACE,
          STREAM_KNOWN_ENTRIES,
          NO_TRANSFORM,
          ON_SIGNING_FAILURE,
          CHECK,
          CHECK_INTERVAL,
          CHECK_TIMEOUT,
          CHECK_AUTHORITIES,
          DNS_RESOLVER,
          DNS_TLS_CA,
          DNS_TRUST_AD,
          DNS_TRUST_ANCHOR,
          ZONE_NAME,
          ZONE_FILE,
          ZONE_AXFR,
          ZONE_TSIG_FILE,
          ZONE_INTERVAL,
          ZONE_TIMEOUT,
          CANARY_URL,
          CANARY_CONNECT,
          CANARY_INTERVAL,
          RELOAD_INTERVAL);

  private SettingsTable() {}
}
