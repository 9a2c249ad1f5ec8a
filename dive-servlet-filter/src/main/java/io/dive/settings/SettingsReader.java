// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import io.dive.key.SshAgent;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.ProtocolVersion;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/**
 * Reads settings from a file, the filter's init parameters and system properties, the later winning
 * over the earlier, and collects all problems before it gives up. For one reading.
 */
final class SettingsReader {
  /** Names the settings file: init parameter, system property; {@link #CONFIG_VARIABLE} is last. */
  static final String CONFIG = "dive.config";

  static final String CONFIG_VARIABLE = "DIVE_CONFIG";

  private final GivenSettings given = new GivenSettings();

  private SettingsReader() {}

  /**
   * Reads a file.
   *
   * @throws ConfigException naming every problem
   */
  static DiveSettings read(Path file, Properties systemProperties) throws ConfigException {
    return read(Map.of(CONFIG, file.toString()), systemProperties, Map.of());
  }

  /**
   * Reads what a filter was configured with.
   *
   * @param initParameters all of the filter's; those not starting with {@code dive.} are ignored
   * @throws ConfigException naming every problem
   */
  static DiveSettings read(
      Map<String, String> initParameters,
      Properties systemProperties,
      Map<String, String> environment)
      throws ConfigException {
    SettingsReader reader = new SettingsReader();
    Optional<Path> file = file(initParameters, systemProperties, environment);
    if (file.isEmpty() && initParameters.keySet().stream().noneMatch(k -> k.startsWith("dive."))) {
      throw new ConfigException(
          ErrorCode.SETTING_MISSING,
          CONFIG,
          "no settings: name the file dive.properties in the filter init parameter dive.config,"
              + " the system property dive.config or the environment variable DIVE_CONFIG");
    }
    reader.take(file);
    reader.given.initParameters(initParameters);
    reader.given.systemProperties(systemProperties);
    return reader.assemble();
  }

  /**
   * Reads what an application says.
   *
   * @throws ConfigException naming every problem
   */
  static DiveSettings read(ApplicationSettings application) throws ConfigException {
    SettingsReader reader = new SettingsReader();
    reader.take(application.file());
    reader.given.application(application);
    return reader.assemble();
  }

  private void take(Optional<Path> file) throws ConfigException {
    file.ifPresent(given::file);
    if (given.isUnreadable()) {
      throw given.problems();
    }
  }

  /** The file that init parameter, system property or environment name, in this order. */
  static Optional<Path> file(
      Map<String, String> initParameters,
      Properties systemProperties,
      Map<String, String> environment) {
    return Optional.ofNullable(initParameters.get(CONFIG))
        .or(() -> Optional.ofNullable(systemProperties.getProperty(CONFIG)))
        .or(() -> Optional.ofNullable(environment.get(CONFIG_VARIABLE)))
        .map(Path::of);
  }

  private DiveSettings assemble() throws ConfigException {
    DiveSettingsBuilder builder = DiveSettings.builder();
    List<KeySettings> keys = given.numbers("key").stream().flatMap(n -> key(n).stream()).toList();
    List<RuleSettings> rules =
        given.numbers("rule").stream().flatMap(n -> rule(n).stream()).toList();
    Set<HostPattern> hosts = given.value(SettingsTable.HOSTS).orElse(Set.of());
    Set<ProtocolVersion> drafts = given.valueOrDefault(SettingsTable.DRAFTS);
    HashAlgorithm hash = given.valueOrDefault(SettingsTable.HASH);
    StreamSettings stream = stream();
    hosts.forEach(builder::host);
    keys.forEach(builder::key);
    rules.forEach(builder::rule);
    builder.drafts(drafts).hash(hash).stream(stream)
        .allowExposedKeys(given.valueOrDefault(SettingsTable.KEY_ALLOW_EXPOSED))
        .sidecars(sidecars())
        .caches(caches())
        .noTransform(given.valueOrDefault(SettingsTable.NO_TRANSFORM))
        .onSigningFailure(given.valueOrDefault(SettingsTable.ON_SIGNING_FAILURE))
        .checks(checks())
        .reloadInterval(given.valueOrDefault(SettingsTable.RELOAD_INTERVAL))
        .dns(dns());
    zone().ifPresent(builder::zone);
    Duration canaryInterval = given.valueOrDefault(SettingsTable.CANARY_INTERVAL);
    Optional<InetSocketAddress> canaryConnect = given.value(SettingsTable.CANARY_CONNECT);
    if (canaryConnect.isPresent() && given.value(SettingsTable.CANARY_URL).isEmpty()) {
      given.contradiction(
          SettingsTable.CANARY_CONNECT.name(),
          "that dive.canary.url is not set",
          "only with a URL to fetch");
    }
    given
        .value(SettingsTable.CANARY_URL)
        .ifPresent(u -> builder.canary(new CanarySettings(u, canaryConnect, canaryInterval)));
    Contradictions.in(hosts, drafts, keys, List.of(), rules, stream).forEach(given::contradiction);
    if (given.hasProblems()) {
      throw given.problems();
    }
    return builder.build();
  }

  private StreamSettings stream() {
    return new StreamSettings(
        given.valueOrDefault(SettingsTable.STREAM_MEMORY),
        given.valueOrDefault(SettingsTable.STREAM_LIMIT),
        given.valueOrDefault(SettingsTable.STREAM_OVERFLOW),
        given.value(SettingsTable.STREAM_TEMP_DIR),
        given.valueOrDefault(SettingsTable.STREAM_TEMP_SPACE),
        given.valueOrDefault(SettingsTable.STREAM_KNOWN_ENTRIES));
  }

  private SidecarSettings sidecars() {
    return new SidecarSettings(
        given.valueOrDefault(SettingsTable.STALE),
        given.valueOrDefault(SettingsTable.SIDECAR_VERIFY),
        given.valueOrDefault(SettingsTable.SIDECAR_CACHE_ENTRIES),
        given.valueOrDefault(SettingsTable.SIDECAR_SERVE));
  }

  private CacheSettings caches() {
    return new CacheSettings(
        given.valueOrDefault(SettingsTable.STATIC_CACHE_ENTRIES),
        given.valueOrDefault(SettingsTable.SIGNATURE_CACHE_ENTRIES),
        given.valueOrDefault(SettingsTable.STATIC_WARM_UP));
  }

  private DnsSettings dns() {
    String resolver = given.valueOrDefault(SettingsTable.DNS_RESOLVER);
    boolean trustAd = given.valueOrDefault(SettingsTable.DNS_TRUST_AD);
    boolean encrypted = resolver.startsWith("tls://") || resolver.startsWith("https://");
    Optional<Path> authorities = given.value(SettingsTable.DNS_TLS_CA);
    if (trustAd && !encrypted) {
      given.contradiction(
          SettingsTable.DNS_TRUST_AD.name(),
          "\"true\" with a resolver whose answers anybody on the way can change",
          "only with a dive.dns.resolver of the form tls://… or https://… (decision 21)");
    }
    return new DnsSettings(
        resolver,
        authorities,
        trustAd,
        given.value(SettingsTable.DNS_TRUST_ANCHOR),
        given.valueOrDefault(SettingsTable.CHECK_AUTHORITIES));
  }

  private Optional<ZoneSettings> zone() {
    Optional<Fqdn> name = given.value(SettingsTable.ZONE_NAME);
    Optional<Path> file = given.value(SettingsTable.ZONE_FILE);
    Optional<String> axfr = given.value(SettingsTable.ZONE_AXFR);
    Optional<Path> tsig = given.value(SettingsTable.ZONE_TSIG_FILE);
    if (axfr.isPresent() && name.isEmpty()) {
      given.contradiction(
          SettingsTable.ZONE_NAME.name(),
          "required by dive.zone.axfr and absent",
          "the name of the zone, such as example.com");
    }
    if (tsig.isPresent() && axfr.isEmpty()) {
      given.contradiction(
          SettingsTable.ZONE_TSIG_FILE.name(),
          "that dive.zone.axfr is not set",
          "only with a transfer");
    }
    if (name.isPresent() && file.isEmpty() && axfr.isEmpty()) {
      given.contradiction(
          SettingsTable.ZONE_NAME.name(),
          "that neither dive.zone.file nor dive.zone.axfr is set",
          "only with one of them");
    }
    return file.isEmpty() && (axfr.isEmpty() || name.isEmpty())
        ? Optional.empty()
        : Optional.of(
            new ZoneSettings(
                name,
                file,
                axfr.filter(server -> name.isPresent()),
                tsig,
                given.valueOrDefault(SettingsTable.ZONE_INTERVAL),
                given.valueOrDefault(SettingsTable.ZONE_TIMEOUT)));
  }

  private CheckSettings checks() {
    return new CheckSettings(
        given.valueOrDefault(SettingsTable.CHECK),
        given.valueOrDefault(SettingsTable.CHECK_INTERVAL),
        given.valueOrDefault(SettingsTable.CHECK_TIMEOUT));
  }

  private Optional<KeySettings> key(int number) {
    Optional<KeyId> id = given.required(SettingsTable.KEY_ID, number);
    Optional<Path> file = given.required(SettingsTable.KEY_FILE, number);
    Optional<Fqdn> fqdn = given.value(SettingsTable.KEY_FQDN, number);
    Optional<Path> passphraseFile = given.value(SettingsTable.KEY_PASSPHRASE_FILE, number);
    Optional<String> passphraseVariable = given.value(SettingsTable.KEY_PASSPHRASE_ENV, number);
    Optional<SshAgent> agent = agent(number);
    Set<HostPattern> hosts = given.value(SettingsTable.KEY_HOSTS, number).orElse(Set.of());
    return id.isEmpty() || file.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new KeySettings(
                number,
                id.get(),
                file.get(),
                fqdn,
                passphraseFile,
                passphraseVariable,
                agent,
                hosts));
  }

  private Optional<SshAgent> agent(int number) {
    Optional<Path> socket = given.value(SettingsTable.KEY_AGENT, number);
    Optional<Duration> timeout = given.value(SettingsTable.KEY_AGENT_TIMEOUT, number);
    if (socket.isEmpty() && timeout.isPresent()) {
      given.contradiction(
          SettingsTable.KEY_AGENT_TIMEOUT.name(number),
          "that %s is not set".formatted(SettingsTable.KEY_AGENT.name(number)),
          "only with an agent");
    }
    return socket.map(
        s -> new SshAgent(s, timeout.orElseGet(SettingsTable.KEY_AGENT_TIMEOUT::defaultValue)));
  }

  private Optional<RuleSettings> rule(int number) {
    Optional<PathPattern> path = given.required(SettingsTable.RULE_PATH, number);
    Optional<List<Mode>> modes = given.required(SettingsTable.RULE_MODE, number);
    Optional<Path> root = given.value(SettingsTable.RULE_ROOT, number);
    Optional<Path> signaturesJson = given.value(SettingsTable.RULE_SIGNATURES_JSON, number);
    Set<HostPattern> hosts = given.value(SettingsTable.RULE_HOSTS, number).orElse(Set.of());
    return path.isEmpty() || modes.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new RuleSettings(number, path.get(), modes.get(), root, signaturesJson, hosts));
  }
}
