// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What happens to the responses of some paths.
 *
 * @param number the N of its settings' names
 * @param modes tried from left to right
 * @param root the directory of the files; empty for the web application's own
 * @param signaturesJson a {@code signatures.json} instead of sidecar files (decision 26)
 * @param hosts those of {@code dive.hosts} that it is for; empty for all
 */
public record RuleSettings(
    int number,
    PathPattern path,
    List<Mode> modes,
    Optional<Path> root,
    Optional<Path> signaturesJson,
    Set<HostPattern> hosts) {
  /** Copies the collections. */
  public RuleSettings {
    requireNonNull(path, "path");
    modes = List.copyOf(modes);
    requireNonNull(root, "root");
    requireNonNull(signaturesJson, "signaturesJson");
    hosts = HostPattern.copyInOrder(hosts);
  }

  /** A rule for all hosts. */
  public RuleSettings(
      int number,
      PathPattern path,
      List<Mode> modes,
      Optional<Path> root,
      Optional<Path> signaturesJson) {
    this(number, path, modes, root, signaturesJson, Set.of());
  }

  /** Whether it is for one of {@code dive.hosts}. */
  boolean appliesTo(HostPattern host) {
    return host.isAmong(hosts);
  }

  /** Whether it takes sidecars from a tree, from a directory above it or from one within it. */
  boolean takesSidecarsFrom(Path tree) {
    return modes.contains(Mode.SIDECAR) && root.filter(own -> isNested(own, tree)).isPresent();
  }

  private static boolean isNested(Path one, Path other) {
    Path a = SidecarKeys.real(one);
    Path b = SidecarKeys.real(other);
    return a.startsWith(b) || b.startsWith(a);
  }
}
