// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import io.dive.protocol.KeyRecord;
import io.dive.protocol.PolicyRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** What there is to say about the names of a host's keys, before DNS is asked. */
final class KeySetFindings {
  /** Of a name as text; DNS counts 255 octets with the lengths of the labels and the root. */
  static final int MAX_NAME_LENGTH = 253;

  private static final int MAX_SIGNATURES = 3;

  private KeySetFindings() {}

  static List<Finding> of(CheckPlan.Host host) {
    List<Finding> findings = new ArrayList<>(names(host));
    String name = host.name().name();
    Map<String, String> byLowerCase = new LinkedHashMap<>();
    for (CheckPlan.Key key : host.keys()) {
      String id = key.reference().keyId().value();
      String other = byLowerCase.putIfAbsent(id.toLowerCase(Locale.ROOT), id);
      if (other != null && !other.equals(id)) {
        findings.add(
            new Finding(
                FindingCode.KEY_IDS_DIFFER_IN_CASE,
                name,
                "the Key IDs %s and %s differ in case only, and DNS has one name for both"
                    .formatted(other, id),
                "Give one of the keys another, lower-case Key ID (decision 9)."));
      }
    }
    if (host.keys().size() > MAX_SIGNATURES) {
      findings.add(
          new Finding(
              FindingCode.MORE_THAN_THREE_KEYS,
              name,
              "%d keys sign for it, and a response carries %d signatures at most"
                  .formatted(host.keys().size(), MAX_SIGNATURES),
              "Retire keys that are no longer needed: sign the files anew without them (decision"
                  + " 6)."));
    }
    return findings;
  }

  private static List<Finding> names(CheckPlan.Host host) {
    return Stream.concat(
            Stream.of(PolicyRecord.ownerName(host.name())),
            host.keys().stream()
                .map(
                    key ->
                        KeyRecord.ownerName(
                            key.reference().keyId(), key.reference().fqdn().orElse(host.name()))))
        .filter(owner -> owner.length() > MAX_NAME_LENGTH)
        .map(
            owner ->
                new Finding(
                    FindingCode.NAME_TOO_LONG,
                    owner,
                    "DNS cannot hold this name: it has %d characters, %d are allowed"
                        .formatted(owner.length(), MAX_NAME_LENGTH),
                    "Publish the record at a parent domain, or use a shorter Key ID."))
        .toList();
  }
}
