// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static java.util.Objects.requireNonNull;

import io.dive.check.CheckPlan;
import io.dive.dns.TxtLookup;
import io.dive.key.Signer;
import io.dive.protocol.ConfigException;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.ProtocolVersion;
import io.dive.sidecar.SidecarStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.function.Function;

/**
 * Everything the filter can be told. Made by {@link #load} from {@code dive.properties} or, for
 * registration in code, by {@link #builder}. Immutable. The settings' names, defaults and meaning
 * are in the reference table, {@code docs/settings.md}.
 *
 * @param hosts the covered hosts (decision 20), at least one
 * @param drafts the revisions whose fields are sent, at least one
 * @param keys the keys in files and agents, in signing order, the newest first
 * @param signers signers given in code, for all hosts, in signing order; they come before {@code
 *     keys}
 * @param rules the rules in the order they are tried
 * @param sidecarStore a store given in code, for all rules without a {@code signatures.json}; empty
 *     for the files beside the downloads
 * @param txtLookup a look-up given in code for the checks; empty for one made from {@code dns}
 * @param reloadInterval how often the settings' files are looked at; empty for never
 */
public record DiveSettings(
    Set<HostPattern> hosts,
    Set<ProtocolVersion> drafts,
    HashAlgorithm hash,
    List<KeySettings> keys,
    boolean allowExposedKeys,
    List<Signer> signers,
    List<RuleSettings> rules,
    Optional<SidecarStore> sidecarStore,
    Optional<TxtLookup> txtLookup,
    SidecarSettings sidecars,
    CacheSettings caches,
    StreamSettings stream,
    boolean noTransform,
    OnSigningFailure onSigningFailure,
    CheckSettings checks,
    DnsSettings dns,
    Optional<ZoneSettings> zone,
    Optional<CanarySettings> canary,
    Optional<Duration> reloadInterval) {

  /**
   * Copies the collections and refuses contradictions.
   *
   * @throws IllegalArgumentException naming every contradiction
   */
  public DiveSettings {
    hosts = HostPattern.copyInOrder(hosts);
    drafts = drafts.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(drafts));
    requireNonNull(hash, "hash");
    keys = List.copyOf(keys);
    signers = List.copyOf(signers);
    rules = List.copyOf(rules);
    requireNonNull(sidecarStore, "sidecarStore");
    requireNonNull(txtLookup, "txtLookup");
    requireNonNull(sidecars, "sidecars");
    requireNonNull(caches, "caches");
    requireNonNull(stream, "stream");
    requireNonNull(onSigningFailure, "onSigningFailure");
    requireNonNull(checks, "checks");
    requireNonNull(dns, "dns");
    requireNonNull(zone, "zone");
    requireNonNull(canary, "canary");
    requireNonNull(reloadInterval, "reloadInterval");
    List<Contradictions.Finding> findings =
        Contradictions.in(hosts, drafts, keys, signers, rules, stream);
    if (!findings.isEmpty()) {
      throw new IllegalArgumentException(
          String.join("\n", findings.stream().map(Contradictions.Finding::sentence).toList()));
    }
  }

  /**
   * Reads a settings file; system properties of the same names win over it.
   *
   * @throws ConfigException naming every problem with file, line, setting, value and remedy
   */
  public static DiveSettings load(Path file) throws ConfigException {
    return SettingsReader.read(file, System.getProperties());
  }

  /**
   * Reads what a filter was configured with. The file is named by the init parameter {@code
   * dive.config}, else the system property, else the environment variable {@code DIVE_CONFIG}; init
   * parameters and then system properties win over it.
   *
   * @param initParameters all of the filter's; those not starting with {@code dive.} are ignored
   * @throws ConfigException naming every problem with file, line, setting, value and remedy
   */
  public static DiveSettings read(
      Map<String, String> initParameters,
      Properties systemProperties,
      Map<String, String> environment)
      throws ConfigException {
    return SettingsReader.read(initParameters, systemProperties, environment);
  }

  /**
   * The file that {@link #read} takes settings from; empty where none is named.
   *
   * @param initParameters all of the filter's
   */
  public static Optional<Path> file(
      Map<String, String> initParameters,
      Properties systemProperties,
      Map<String, String> environment) {
    return SettingsReader.file(initParameters, systemProperties, environment);
  }

  /**
   * The files whose content is part of the settings: keys, passphrases, trust anchors,
   * certificates.
   */
  public Set<Path> files() {
    Set<Path> files = new LinkedHashSet<>();
    for (KeySettings key : keys) {
      files.add(key.file());
      key.passphraseFile().ifPresent(files::add);
    }
    dns.trustAnchor().ifPresent(files::add);
    dns.resolverAuthorities().ifPresent(files::add);
    zone.flatMap(ZoneSettings::tsigFile).ifPresent(files::add);
    return Collections.unmodifiableSet(files);
  }

  /** What does nothing beside the other settings, and what to do about it: a sentence each. */
  public List<String> warnings() {
    return IdleSettings.in(this);
  }

  /** How a constant is written in settings, messages and meters. */
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The one of the {@link #hosts} that a name belongs to (decision 20); empty when none does. */
  public Optional<HostPattern> hostOf(Fqdn name) {
    HostPattern exact = HostPattern.of(name);
    return hosts.contains(exact)
        ? Optional.of(exact)
        : name.selfAndParents().stream()
            .skip(1)
            .map(HostPattern::below)
            .filter(hosts::contains)
            .findFirst();
  }

  /** The keys in files that sign for one of the {@link #hosts}, in signing order. */
  public List<KeySettings> keysOf(HostPattern host) {
    return keys.stream().filter(key -> key.signsFor(host)).toList();
  }

  /** The rules for one of the {@link #hosts}, in the order they are tried. */
  public List<RuleSettings> rulesOf(HostPattern host) {
    return rules.stream().filter(rule -> rule.appliesTo(host)).toList();
  }

  /**
   * All signers in signing order: those given in code, then those of the key files, which are read
   * anew with every call. No agent is asked yet. Those behind the ones given in code belong to the
   * caller, who closes them where they are {@link io.dive.key.RemoteSigner remote}.
   *
   * @throws KeyMaterialException if a key file cannot be used
   */
  public List<Signer> openSigners() throws KeyMaterialException {
    return openSigners(keys);
  }

  /**
   * Signers of some of the {@link #keys}, opened as by {@link #openSigners()}.
   *
   * @param some in signing order
   * @throws KeyMaterialException if a key file cannot be used
   */
  public List<Signer> openSigners(List<KeySettings> some) throws KeyMaterialException {
    List<Signer> opened = new ArrayList<>(signers);
    for (KeySettings key : some) {
      opened.add(key.open(allowExposedKeys));
    }
    return List.copyOf(opened);
  }

  /**
   * The keys in files that make the sidecars of a tree: those of the hosts whose rules take
   * sidecars from it, from a directory above it or from one within it. All keys where no rule says
   * so.
   *
   * @param tree a directory or file
   * @return in signing order; more than a sidecar holds if the hosts together have so many
   */
  public List<KeySettings> keysOfTree(Path tree) {
    List<RuleSettings> taking =
        rules.stream().filter(rule -> rule.takesSidecarsFrom(tree)).toList();
    return taking.isEmpty()
        ? keys
        : keys.stream().filter(key -> signsForOneOf(taking, key)).toList();
  }

  private boolean signsForOneOf(List<RuleSettings> some, KeySettings key) {
    return hosts.stream()
        .filter(key::signsFor)
        .anyMatch(host -> some.stream().anyMatch(rule -> rule.appliesTo(host)));
  }

  /**
   * The signers of each of the {@link #hosts} in signing order. The key files are read anew with
   * every call, each once; hosts that share a key share its signer.
   *
   * @return all hosts in the order of the settings, with an empty list where no key signs
   * @throws KeyMaterialException if a key file cannot be used
   */
  public Map<HostPattern, List<Signer>> openSignersByHost() throws KeyMaterialException {
    Map<KeySettings, Signer> opened = new HashMap<>();
    for (KeySettings key : keys) {
      opened.put(key, key.open(allowExposedKeys));
    }
    Map<HostPattern, List<Signer>> byHost = new LinkedHashMap<>();
    for (HostPattern host : hosts) {
      List<Signer> own = new ArrayList<>(signers);
      keysOf(host).forEach(key -> own.add(requireNonNull(opened.get(key))));
      byHost.put(host, List.copyOf(own));
    }
    return Collections.unmodifiableMap(byHost);
  }

  /**
   * What a server with these settings does, for comparison with DNS. For a host without a signing
   * key, the keys are those that the sidecars below its rules' roots name; a sample of them is read
   * for it. For a wildcard the plan has the domain behind it.
   *
   * @throws KeyMaterialException if a key file cannot be used
   */
  public CheckPlan checkPlan() throws KeyMaterialException {
    return checkPlan(openSignersByHost(), RuleSettings::root);
  }

  /**
   * The same with signers that are open already.
   *
   * @param opened what {@link #openSignersByHost} gave
   * @param roots where the files of a rule are
   */
  public CheckPlan checkPlan(
      Map<HostPattern, List<Signer>> opened, Function<RuleSettings, Optional<Path>> roots) {
    return new CheckPlans(this, opened, roots).plan();
  }

  /** Starts settings in code, with the defaults of the reference table. */
  public static DiveSettingsBuilder builder() {
    return new DiveSettingsBuilder();
  }

  /** What is sent when a signer fails. */
  public enum OnSigningFailure {
    /** The body without signatures. */
    UNSIGNED,
    /** 503. */
    FAIL
  }
}
