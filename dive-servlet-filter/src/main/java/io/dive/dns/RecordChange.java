// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import static java.util.Objects.requireNonNull;

import io.dive.protocol.CharacterStrings;
import io.dive.protocol.Excerpt;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A change of all TXT records of one name, from what is known to be there to what shall be there.
 * Whoever makes it does so only if the former is true.
 *
 * @param owner a domain name without its final dot
 * @param before the values that are there, character-strings joined (decision 11); empty for none
 * @param after the values that shall be there; empty for none
 * @param ttl of new records, in whole seconds
 */
public record RecordChange(String owner, Set<String> before, Set<String> after, Duration ttl) {
  private static final Duration MAX_TTL = Duration.ofSeconds(Integer.MAX_VALUE);

  /**
   * Copies the sets.
   *
   * @throws IllegalArgumentException if the time to live is out of range
   */
  public RecordChange {
    requireNonNull(owner, "owner");
    before = Collections.unmodifiableSet(new LinkedHashSet<>(before));
    after = Collections.unmodifiableSet(new LinkedHashSet<>(after));
    if (ttl.isNegative() || ttl.compareTo(MAX_TTL) > 0) {
      throw new IllegalArgumentException("no time to live: " + ttl);
    }
  }

  /** The first record of a name that has none. */
  public static RecordChange add(String owner, String value, Duration ttl) {
    return new RecordChange(owner, Set.of(), Set.of(value), ttl);
  }

  /** The end of a name's only record. */
  public static RecordChange remove(String owner, String value, Duration ttl) {
    return new RecordChange(owner, Set.of(value), Set.of(), ttl);
  }

  /** The values that come, in order. */
  public List<String> added() {
    return after.stream().filter(value -> !before.contains(value)).toList();
  }

  /** The values that go, in order. */
  public List<String> removed() {
    return before.stream().filter(value -> !after.contains(value)).toList();
  }

  /** A record of this name as a line of a zone file. */
  public String zoneFileLine(String value) {
    return CharacterStrings.zoneFileLine(owner, ttl.toSeconds(), value);
  }

  /** The change in one line. */
  @Override
  public String toString() {
    return owner + " TXT from " + Excerpt.of(before + "") + " to " + Excerpt.of(after + "");
  }
}
