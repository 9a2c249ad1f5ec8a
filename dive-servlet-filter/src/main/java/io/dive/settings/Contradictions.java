// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import io.dive.key.Signer;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.sign.SignedBody;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What single settings cannot show: those that are missing or do not go together. */
final class Contradictions {
  /**
   * One of them.
   *
   * @param setting the name of the setting to change
   * @param found what is wrong
   * @param allowed what would be right
   */
  record Finding(ErrorCode code, String setting, String found, String allowed) {
    String sentence() {
      return setting + ": " + found + "; allowed: " + allowed;
    }
  }

  private final List<Finding> findings = new ArrayList<>();

  private Contradictions() {}

  static List<Finding> in(
      Set<HostPattern> hosts,
      Set<ProtocolVersion> drafts,
      List<KeySettings> keys,
      List<Signer> signers,
      List<RuleSettings> rules,
      StreamSettings stream) {
    Contradictions contradictions = new Contradictions();
    contradictions.requireSome(hosts.isEmpty(), SettingsTable.HOSTS);
    contradictions.requireSome(drafts.isEmpty(), SettingsTable.DRAFTS);
    contradictions.checkRules(hosts, rules);
    contradictions.checkKeys(hosts, keys, signers);
    contradictions.checkThatKeysSign(hosts, keys, signers, rules);
    if (stream.memoryBytes() > stream.limitBytes()) {
      contradictions.add(
          "dive.stream.memory",
          stream.memoryBytes() + " bytes are more than dive.stream.limit",
          "at most " + stream.limitBytes() + " bytes, or a greater dive.stream.limit");
    }
    if (stream.memoryBytes() > Integer.MAX_VALUE) {
      contradictions.add(
          "dive.stream.memory",
          stream.memoryBytes() + " bytes are more than one response can hold in memory",
          "less than 2GiB");
    }
    return List.copyOf(contradictions.findings);
  }

  private void add(String setting, String found, String allowed) {
    findings.add(new Finding(ErrorCode.SETTINGS_CONTRADICT, setting, found, allowed));
  }

  private void requireSome(boolean missing, Setting<?> setting) {
    if (missing) {
      findings.add(
          new Finding(
              ErrorCode.SETTING_MISSING,
              setting.name(),
              "required and absent",
              setting.type().allowed() + ", such as " + setting.example()));
    }
  }

  /** Each of the named hosts must be one of {@code dive.hosts}, where these are known. */
  private void checkNames(String setting, Set<HostPattern> named, Set<HostPattern> hosts) {
    for (HostPattern host : named) {
      if (!hosts.isEmpty() && !hosts.contains(host)) {
        add(
            setting,
            "\"%s\" is none of dive.hosts".formatted(host),
            "names and wildcards as dive.hosts has them: "
                + String.join(", ", hosts.stream().map(HostPattern::toString).toList()));
      }
    }
  }

  private void checkRules(Set<HostPattern> hosts, List<RuleSettings> rules) {
    requireSome(rules.isEmpty(), SettingsTable.RULE_PATH);
    for (int i = 0; i < rules.size(); i++) {
      RuleSettings rule = rules.get(i);
      String name = "dive.rule." + rule.number();
      List<RuleSettings> before = rules.subList(0, i);
      List<Integer> takers = takers(hosts, before, rule);
      if (!takers.isEmpty()) {
        add(
            name + ".path",
            "\"%s\" is never reached: dive.rule.%d.path is tried before and takes all of it"
                .formatted(rule.path(), takers.get(0)),
            "each pattern once for a host, the one for everything last");
      }
      checkNames(name + ".hosts", rule.hosts(), hosts);
      checkModes(name, rule);
    }
  }

  /** The rules before a rule that leave it nothing; empty when something is left for a host. */
  private static List<Integer> takers(
      Set<HostPattern> hosts, List<RuleSettings> before, RuleSettings rule) {
    // Rules are judged even where the hosts are not known.
    Set<HostPattern> judged = hosts.isEmpty() ? rule.hosts() : hosts;
    List<Integer> takers = new ArrayList<>();
    for (HostPattern host : judged) {
      if (rule.appliesTo(host)) {
        Optional<Integer> taker = taker(host, before, rule);
        if (taker.isEmpty()) {
          return List.of();
        }
        takers.add(taker.orElseThrow());
      }
    }
    return takers;
  }

  /** The rule before a rule that takes all it could have of a host. */
  private static Optional<Integer> taker(
      HostPattern host, List<RuleSettings> before, RuleSettings rule) {
    return before.stream()
        .filter(other -> other.appliesTo(host))
        .filter(other -> other.path().matchesAll() || other.path().equals(rule.path()))
        .map(RuleSettings::number)
        .findFirst();
  }

  /** Modes that sign need a key for every host that gets there. */
  private void checkThatKeysSign(
      Set<HostPattern> hosts,
      List<KeySettings> keys,
      List<Signer> signers,
      List<RuleSettings> rules) {
    if (keys.isEmpty() && signers.isEmpty()) {
      requireSome(rules.stream().anyMatch(Contradictions::signs), SettingsTable.KEY_ID);
      return;
    }
    for (int i = 0; i < rules.size(); i++) {
      RuleSettings rule = rules.get(i);
      List<RuleSettings> before = rules.subList(0, i);
      List<String> keyless =
          hosts.stream()
              .filter(host -> signs(rule) && rule.appliesTo(host))
              .filter(host -> taker(host, before, rule).isEmpty())
              .filter(host -> signers.isEmpty() && keysOf(host, keys) == 0)
              .map(HostPattern::toString)
              .toList();
      if (!keyless.isEmpty()) {
        add(
            "dive.rule." + rule.number() + ".mode",
            "no key signs for " + String.join(", ", keyless),
            "static and stream for hosts with a key: widen dive.key.N.hosts, or name the others in"
                + " dive.rule.N.hosts");
      }
    }
  }

  private static boolean signs(RuleSettings rule) {
    return rule.modes().contains(Mode.STATIC) || rule.modes().contains(Mode.STREAM);
  }

  private static long keysOf(HostPattern host, List<KeySettings> keys) {
    return keys.stream().filter(key -> key.signsFor(host)).count();
  }

  private void checkModes(String name, RuleSettings rule) {
    List<Mode> modes = rule.modes();
    boolean offIsAlone = !modes.contains(Mode.OFF) || modes.size() == 1;
    boolean streamIsLast =
        !modes.contains(Mode.STREAM) || modes.indexOf(Mode.STREAM) == modes.size() - 1;
    if (modes.isEmpty()
        || !offIsAlone
        || !streamIsLast
        || new HashSet<>(modes).size() < modes.size()) {
      add(
          name + ".mode",
          "\"" + String.join(",", modes.stream().map(DiveSettings::word).toList()) + "\"",
          "sidecar, static, stream in any selection, each once, stream last; or off alone");
    }
    boolean readsFiles = modes.contains(Mode.SIDECAR) || modes.contains(Mode.STATIC);
    if (rule.root().isPresent() && !readsFiles) {
      add(name + ".root", "the rule's modes read no files", "only with sidecar or static");
    }
    if (rule.signaturesJson().isPresent() && !modes.contains(Mode.SIDECAR)) {
      add(name + ".signatures-json", "the rule's modes do not use it", "only with sidecar");
    }
  }

  private void checkKeys(Set<HostPattern> hosts, List<KeySettings> keys, List<Signer> signers) {
    hosts.stream()
        .filter(host -> signers.size() + keysOf(host, keys) > SignedBody.MAX_KEYS)
        .findFirst()
        .ifPresent(
            host ->
                add(
                    keys.isEmpty() ? "dive.key" : last(host, keys),
                    "%d keys sign for %s".formatted(signers.size() + keysOf(host, keys), host),
                    "at most %d for each host (decision 6)".formatted(SignedBody.MAX_KEYS)));
    Map<String, String> seen = new HashMap<>();
    for (Signer signer : signers) {
      checkReference(hosts, seen, "signer " + signer.key(), "", signer.key());
    }
    for (KeySettings key : keys) {
      String name = "dive.key." + key.number();
      checkNames(name + ".hosts", key.hosts(), hosts);
      Set<HostPattern> own = key.hosts().isEmpty() ? hosts : key.hosts();
      checkReference(own, seen, name + ".id", name + ".fqdn", key.reference());
      if (key.passphraseFile().isPresent() && key.passphraseVariable().isPresent()) {
        add(
            name + ".passphrase-env",
            name + ".passphrase-file is set too",
            "one of the two, or neither");
      }
      if (key.agent().isPresent()
          && (key.passphraseFile().isPresent() || key.passphraseVariable().isPresent())) {
        add(
            name + (key.passphraseFile().isPresent() ? ".passphrase-file" : ".passphrase-env"),
            name + ".agent is set too",
            "no passphrase: the file holds the public key, and the agent is given the passphrase by"
                + " ssh-add");
      }
    }
  }

  /** The setting of the key that is one too many. */
  private static String last(HostPattern host, List<KeySettings> keys) {
    return keys.stream()
        .filter(key -> key.signsFor(host))
        .reduce((first, second) -> second)
        .map(key -> "dive.key." + key.number() + ".id")
        .orElse("dive.key");
  }

  /**
   * Key IDs are told apart over all hosts: what a sidecar or a client calls a key must mean one.
   */
  private void checkReference(
      Set<HostPattern> hosts,
      Map<String, String> seen,
      String id,
      String fqdn,
      KeyReference reference) {
    String other = seen.putIfAbsent(reference.keyId().value().toLowerCase(Locale.ROOT), id);
    if (other != null) {
      add(
          id,
          "\"%s\" is also the Key ID of %s".formatted(reference.keyId(), other),
          "Key IDs that differ in more than case, whatever the hosts: DNS does not tell it"
              + " (decision 9)");
    }
    for (HostPattern host : hosts) {
      if (reference.fqdn().isPresent() && !reference.fqdn().get().isSameOrParentOf(host.domain())) {
        add(
            fqdn.isEmpty() ? id : fqdn,
            "\"%s\" is neither %s nor above it".formatted(reference.fqdn().get(), host.domain()),
            "a name that every host of the key equals or lies below (decision 8)");
      }
    }
  }
}
