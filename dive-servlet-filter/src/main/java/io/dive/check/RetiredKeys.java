// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import io.dive.protocol.KeyReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Keys that stored signatures still name and DNS does not have any more. A client takes a response
 * if one of its signatures verifies, so such a key does no harm beside one that is published; alone
 * it makes the file fail.
 *
 * @see "draft-callec-dive-01 §Step 4, §Step 5"
 */
final class RetiredKeys {
  private RetiredKeys() {}

  /** The findings of a host's keys, in order, in which a key that does no harm is a warning. */
  static List<Finding> of(CheckPlan.Host host, Map<CheckPlan.Key, List<Finding>> byKey) {
    Set<KeyReference> published =
        byKey.entrySet().stream()
            .filter(key -> key.getValue().stream().anyMatch(f -> f.code() == FindingCode.KEY_OK))
            .map(key -> key.getKey().reference())
            .collect(Collectors.toUnmodifiableSet());
    List<Finding> findings = new ArrayList<>();
    byKey.forEach(
        (key, found) -> {
          boolean dispensable = isDispensable(key.reference(), host, published);
          for (Finding finding : found) {
            findings.add(
                dispensable && finding.code() == FindingCode.KEY_MISSING
                    ? retired(key, finding)
                    : finding);
          }
        });
    return findings;
  }

  private static boolean isDispensable(
      KeyReference key, CheckPlan.Host host, Set<KeyReference> published) {
    List<Set<KeyReference>> signers =
        host.storedTogether().stream().filter(file -> file.contains(key)).toList();
    return !signers.isEmpty()
        && signers.stream().allMatch(file -> file.stream().anyMatch(published::contains));
  }

  private static Finding retired(CheckPlan.Key key, Finding missing) {
    return new Finding(
        FindingCode.KEY_RETIRED,
        missing.subject(),
        "%s; the sidecars that name it have another signature too, by a key that is published"
            .formatted(missing.sentence()),
        "If key %s is retired, sign the files anew without it (`sign --force`). Otherwise: %s"
            .formatted(key.reference(), missing.remedy()));
  }
}
