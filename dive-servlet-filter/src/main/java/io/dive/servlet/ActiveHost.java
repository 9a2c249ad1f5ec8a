// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import java.util.List;
import java.util.Optional;

/**
 * A configured host or wildcard at work.
 *
 * @param rules in the order they are tried
 * @param settled the files that need no rule any more
 */
record ActiveHost(HostKeys keys, List<ActiveRule> rules, SettledFiles settled) {
  /** Copies the rules. */
  ActiveHost {
    rules = List.copyOf(rules);
  }

  /** The first rule that matches; empty when none does. */
  Optional<ActiveRule> rule(String path) {
    for (ActiveRule rule : rules) {
      if (rule.path().matches(path)) {
        return Optional.of(rule);
      }
    }
    return Optional.empty();
  }
}
