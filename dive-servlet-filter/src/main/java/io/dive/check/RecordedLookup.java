// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import io.dive.dns.TxtAnswer;
import io.dive.dns.TxtLookup;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.PolicyRecord;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** Remembers what a look-up said, to compare it with what others say. */
final class RecordedLookup implements TxtLookup {
  private static final String POLICY_LABEL = "_dive.";

  private final TxtLookup dns;
  private final Map<String, TxtAnswer> answers = new ConcurrentHashMap<>();

  RecordedLookup(TxtLookup dns) {
    this.dns = dns;
  }

  @Override
  public TxtAnswer lookup(String ownerName, Duration limit) {
    TxtAnswer answer = dns.lookup(ownerName, limit);
    answers.put(ownerName, answer);
    return answer;
  }

  /** The latest answers by owner name. */
  Map<String, TxtAnswer> answers() {
    return Map.copyOf(answers);
  }

  /**
   * What the zones' servers should be asked: where there is something, or should be. That a parent
   * has nothing needs no second opinion.
   */
  List<AuthorityCheck.Question> questions(CheckPlan plan) {
    Set<String> owners = new LinkedHashSet<>();
    for (CheckPlan.Host host : plan.hosts()) {
      owners.add(PolicyRecord.ownerName(host.name()));
      for (CheckPlan.Key key : host.keys()) {
        owners.add(
            KeyRecord.ownerName(
                key.reference().keyId(), key.reference().fqdn().orElse(host.name())));
      }
    }
    new TreeMap<>(answers)
        .forEach(
            (owner, answer) -> {
              if (!(answer instanceof TxtAnswer.Absent)) {
                owners.add(owner);
              }
            });
    return owners.stream()
        .filter(owner -> owner.length() <= KeySetFindings.MAX_NAME_LENGTH)
        .map(
            owner ->
                new AuthorityCheck.Question(
                    owner,
                    owner.startsWith(POLICY_LABEL)
                        ? PolicyRecord.ADVISED_TTL_SECONDS
                        : KeyRecord.ADVISED_TTL_SECONDS))
        .toList();
  }
}
