// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import io.dive.dns.Deadline;
import io.dive.dns.KeyAnswer;
import io.dive.dns.KeyLookup;
import io.dive.dns.PolicyAnswer;
import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Step 4: the key record a signature names, from the cache or else from DNS. Only records are
 * cached, never their absence, so "not found" is always a fresh answer. Safe for use by many
 * threads.
 *
 * @see "draft-callec-dive-01 §Step 4, §Cache Management; draft-callec-dive-00 §Step 4"
 */
final class KeyResolver {
  /** One host's key under one policy; what the walk finds depends on all four. */
  private record Question(KeyReference key, Fqdn host, Fqdn policyLevel, ProtocolVersion version) {}

  private final KeyLookup lookup;
  private final RecordCache<Question, KeyAnswer.Found> cache;

  KeyResolver(KeyLookup lookup, Clock clock) {
    this.lookup = lookup;
    this.cache = new RecordCache<>(clock);
  }

  private static Question question(KeyReference key, Fqdn host, PolicyAnswer.Found policy) {
    return new Question(key, host, policy.level(), policy.policy().version());
  }

  /**
   * Applies {@code invalidate-keys-cache}. A timestamp in the future takes every record along,
   * those stored until it has passed included, so that each verification asks DNS.
   */
  void invalidate(PolicyAnswer.Found policy) {
    Optional<Instant> until = policy.policy().invalidateKeysCache();
    if (until.isPresent()) {
      long seconds = until.orElseThrow().getEpochSecond();
      cache.removeIf(
          (question, storedAt) ->
              policy.level().isSameOrParentOf(question.host())
                  && storedAt.getEpochSecond() <= seconds);
    }
  }

  /** The key from the cache, its {@code queried} empty. */
  Optional<KeyAnswer> cached(KeyReference key, Fqdn host, PolicyAnswer.Found policy) {
    return cache.get(question(key, host, policy)).map(found -> found);
  }

  /** Evicts what is cached and asks DNS. */
  KeyAnswer fresh(KeyReference key, Fqdn host, PolicyAnswer.Found policy, Deadline deadline) {
    Question question = question(key, host, policy);
    cache.remove(question);
    ProtocolVersion version = policy.policy().version();
    KeyAnswer answer = lookup.find(key, host, policy.level(), version, deadline);
    if (answer instanceof KeyAnswer.Found found) {
      KeyRecord record = found.key();
      Duration time = record.cacheDuration(version);
      cache.put(question, withoutQueries(found), time);
    }
    return answer;
  }

  private static KeyAnswer.Found withoutQueries(KeyAnswer.Found found) {
    return new KeyAnswer.Found(
        found.key(), found.level(), found.ttl(), found.signatureExpires(), List.of());
  }
}
