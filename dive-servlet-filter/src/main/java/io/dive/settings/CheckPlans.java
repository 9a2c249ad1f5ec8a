// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import io.dive.check.CheckPlan;
import io.dive.key.Signer;
import io.dive.protocol.KeyReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What a server with given settings does, host by host, for comparison with DNS. */
final class CheckPlans {
  private final DiveSettings settings;
  private final Map<HostPattern, List<Signer>> signers;
  private final Function<RuleSettings, Optional<Path>> roots;

  /** Hosts often share their roots, which are large: each selection is looked at once. */
  private final Map<List<Path>, SidecarKeys.Sample> samples = new HashMap<>();

  CheckPlans(
      DiveSettings settings,
      Map<HostPattern, List<Signer>> signers,
      Function<RuleSettings, Optional<Path>> roots) {
    this.settings = settings;
    this.signers = signers;
    this.roots = roots;
  }

  CheckPlan plan() {
    List<CheckPlan.Host> hosts = new ArrayList<>();
    for (HostPattern host : settings.hosts()) {
      List<RuleSettings> rules = settings.rulesOf(host);
      List<Signer> own = signers.getOrDefault(host, List.of());
      hosts.add(
          new CheckPlan.Host(
              host.domain(),
              own.isEmpty()
                  ? stored(rules)
                  : own.stream().map(s -> new CheckPlan.Key(s.key(), s.publicKey())).toList(),
              rules.stream().anyMatch(rule -> rule.modes().contains(Mode.OFF))
                  || rules.stream().noneMatch(rule -> rule.path().matchesAll()),
              host.isWildcard(),
              own.isEmpty()
                  ? List.of()
                  : stored(rules.stream().filter(r -> r.modes().contains(Mode.SIDECAR)).toList()),
              own.isEmpty() ? sample(rules).together() : Set.of()));
    }
    return new CheckPlan(hosts, settings.drafts(), settings.hash());
  }

  /** Those the sidecars name, but for the keys that the settings give to some host. */
  private List<CheckPlan.Key> stored(List<RuleSettings> rules) {
    Set<String> configured =
        signers.values().stream()
            .flatMap(List::stream)
            .map(signer -> name(signer.key()))
            .collect(Collectors.toUnmodifiableSet());
    return sample(rules).keys().stream()
        .filter(key -> !configured.contains(name(key.reference())))
        .toList();
  }

  private SidecarKeys.Sample sample(List<RuleSettings> rules) {
    List<Path> named = rules.stream().flatMap(rule -> roots.apply(rule).stream()).toList();
    return samples.computeIfAbsent(named, SidecarKeys::sample);
  }

  /** As DNS tells Key IDs apart (decision 9). */
  private static String name(KeyReference key) {
    return key.keyId().value().toLowerCase(Locale.ROOT);
  }
}
