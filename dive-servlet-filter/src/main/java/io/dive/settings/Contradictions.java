// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import io.dive.key.Signer;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.sign.SignedBody;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
      Set<Fqdn> hosts,
      Set<ProtocolVersion> drafts,
      List<DiveSettings.Key> keys,
      List<Signer> signers,
      List<DiveSettings.Rule> rules,
      DiveSettings.Stream stream) {
    Contradictions contradictions = new Contradictions();
    contradictions.requireSome(hosts.isEmpty(), SettingsTable.HOSTS);
    contradictions.requireSome(drafts.isEmpty(), SettingsTable.DRAFTS);
    contradictions.checkRules(rules);
    contradictions.checkKeys(hosts, keys, signers, rules);
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

  private void checkRules(List<DiveSettings.Rule> rules) {
    requireSome(rules.isEmpty(), SettingsTable.RULE_PATH);
    Map<String, Integer> numberByPattern = new HashMap<>();
    int catchAll = 0;
    for (DiveSettings.Rule rule : rules) {
      String name = "dive.rule." + rule.number();
      Integer same = numberByPattern.putIfAbsent(rule.path().text(), rule.number());
      if (catchAll > 0 || same != null) {
        add(
            name + ".path",
            "\"%s\" is never reached: dive.rule.%d.path is tried before and takes all of it"
                .formatted(rule.path(), catchAll > 0 ? catchAll : same),
            "each pattern once, the one for everything last");
      }
      catchAll = catchAll == 0 && rule.path().matchesAll() ? rule.number() : catchAll;
      checkModes(name, rule);
    }
  }

  private void checkModes(String name, DiveSettings.Rule rule) {
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

  private void checkKeys(
      Set<Fqdn> hosts,
      List<DiveSettings.Key> keys,
      List<Signer> signers,
      List<DiveSettings.Rule> rules) {
    boolean signs =
        rules.stream()
            .anyMatch(r -> r.modes().contains(Mode.STATIC) || r.modes().contains(Mode.STREAM));
    requireSome(signs && keys.isEmpty() && signers.isEmpty(), SettingsTable.KEY_ID);
    if (keys.size() + signers.size() > SignedBody.MAX_KEYS) {
      add(
          "dive.key",
          keys.size() + signers.size() + " keys",
          "at most " + SignedBody.MAX_KEYS + " (decision 6)");
    }
    Map<String, String> seen = new HashMap<>();
    for (Signer signer : signers) {
      checkReference(hosts, seen, "signer " + signer.key(), "", signer.key());
    }
    for (DiveSettings.Key key : keys) {
      String name = "dive.key." + key.number();
      checkReference(hosts, seen, name + ".id", name + ".fqdn", key.reference());
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

  private void checkReference(
      Set<Fqdn> hosts, Map<String, String> seen, String id, String fqdn, KeyReference reference) {
    String other = seen.putIfAbsent(reference.keyId().value().toLowerCase(Locale.ROOT), id);
    if (other != null) {
      add(
          id,
          "\"%s\" is also the Key ID of %s".formatted(reference.keyId(), other),
          "Key IDs that differ in more than case: DNS does not tell it (decision 9)");
    }
    for (Fqdn host : hosts) {
      if (reference.fqdn().isPresent() && !reference.fqdn().get().isSameOrParentOf(host)) {
        add(
            fqdn.isEmpty() ? id : fqdn,
            "\"%s\" is neither %s nor above it".formatted(reference.fqdn().get(), host),
            "a name that every one of dive.hosts equals or lies below (decision 8)");
      }
    }
  }
}
