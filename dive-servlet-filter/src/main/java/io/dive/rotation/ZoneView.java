// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import io.dive.dns.Authorities;
import io.dive.dns.Deadline;
import io.dive.dns.DnssecStatus;
import io.dive.dns.RecordChange;
import io.dive.dns.SoaAnswer;
import io.dive.dns.TxtAnswer;
import io.dive.dns.TxtLookup;
import io.dive.dns.ZoneAnswer;
import io.dive.dns.ZoneServers;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Excerpt;
import io.dive.protocol.RotationException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** TXT records as each authoritative server, and the resolver, shows them. For one run. */
final class ZoneView {
  private final Authorities authorities;
  private final TxtLookup resolver;
  private final Duration limit;
  private final Map<String, ZoneAnswer> zones = new HashMap<>();
  private final Map<ZoneServers.Server, TxtLookup> lookups = new HashMap<>();

  ZoneView(Authorities authorities, TxtLookup resolver, Duration limit) {
    this.authorities = authorities;
    this.resolver = resolver;
    this.limit = limit;
  }

  private ZoneAnswer zone(String owner) {
    return zones.computeIfAbsent(owner, name -> authorities.find(name, Deadline.in(limit)));
  }

  /** The answers by server; where the servers were not found, the one failure. */
  private Map<String, TxtAnswer> everywhere(String owner) {
    Map<String, TxtAnswer> answers = new LinkedHashMap<>();
    ZoneAnswer zone = zone(owner);
    if (zone instanceof ZoneAnswer.Found found) {
      for (ZoneServers.Server server : found.zone().servers()) {
        TxtLookup lookup =
            lookups.computeIfAbsent(server, s -> authorities.lookup(found.zone(), s));
        answers.put(server.toString(), lookup.lookup(owner, limit));
      }
    } else if (zone instanceof ZoneAnswer.Failed failed) {
      zones.remove(owner);
      answers.put(
          "the servers of the zone", new TxtAnswer.Failed(failed.code(), failed.sentence()));
    }
    return answers;
  }

  /**
   * What is missing until every authoritative server has made a change; empty when none is.
   *
   * @throws RotationException if a server shows something that is neither the state before nor
   *     after, or something that DNSSEC does not vouch for
   */
  Optional<String> notYet(RecordChange change) throws RotationException {
    List<String> missing = new ArrayList<>();
    for (Map.Entry<String, TxtAnswer> seen : everywhere(change.owner()).entrySet()) {
      notYet(change, seen.getKey(), seen.getValue()).ifPresent(missing::add);
    }
    return missing.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", missing));
  }

  /** The same for the resolver. */
  Optional<String> notYetForClients(RecordChange change) throws RotationException {
    return notYet(change, "the resolver", resolver.lookup(change.owner(), limit));
  }

  private static Optional<String> notYet(RecordChange change, String server, TxtAnswer answer)
      throws RotationException {
    Optional<Set<String>> values = values(change.owner(), server, answer);
    if (values.isEmpty()) {
      return Optional.of("%s: %s".formatted(server, ((TxtAnswer.Failed) answer).sentence()));
    } else if (values.orElseThrow().equals(change.after())) {
      return Optional.empty();
    } else if (values.orElseThrow().equals(change.before())) {
      return Optional.of(
          "%s still has %s at %s".formatted(server, words(values.orElseThrow()), change.owner()));
    }
    throw wrong(
        "%s has %s at %s, where %s was expected; find out who else changes it, put it right, and run this again"
            .formatted(server, words(values.orElseThrow()), change.owner(), words(change.after())));
  }

  /** The values; empty when the server gave no answer. */
  private static Optional<Set<String>> values(String owner, String server, TxtAnswer answer)
      throws RotationException {
    if (answer instanceof TxtAnswer.Found found) {
      requireSecure(owner, server, found.status());
      if (!found.owner().equals(owner.toLowerCase(Locale.ROOT))) {
        throw wrong(
            "%s says that %s is an alias (CNAME) of %s; rotate keys of such a name by hand, or make it a record of its own"
                .formatted(server, owner, found.owner()));
      }
      return Optional.of(Set.copyOf(found.values()));
    } else if (answer instanceof TxtAnswer.Absent absent) {
      requireSecure(owner, server, absent.status());
      return Optional.of(Set.of());
    }
    TxtAnswer.Failed failed = (TxtAnswer.Failed) answer;
    if (failed.code().failsValidation()) {
      throw wrong(
          "%s: %s; repair the zone's signatures there, and run this again"
              .formatted(server, failed.sentence()));
    }
    return Optional.empty();
  }

  private static void requireSecure(String owner, String server, DnssecStatus status)
      throws RotationException {
    if (status != DnssecStatus.SECURE) {
      throw wrong(
          "%s: the answer for %s is %s, so no client believes it; publish the zone's DS record, or name its trust anchor"
              .formatted(server, owner, status.name().toLowerCase(Locale.ROOT)));
    }
  }

  private static RotationException wrong(String sentence) {
    return new RotationException(ErrorCode.ROTATION_CHECK_FAILED, sentence);
  }

  /** Servers with different records, which a secondary that lags will not have for long. */
  static RotationException differ(String owner, Map<String, Set<String>> published) {
    return new RotationException(
        ErrorCode.ROTATION_SERVERS_DIFFER,
        "the servers of the zone do not agree on %s: %s; if they still do not after the zone's refresh time, put that right"
            .formatted(
                owner,
                published.entrySet().stream()
                    .map(seen -> seen.getKey() + " has " + words(seen.getValue()))
                    .collect(Collectors.joining(", "))));
  }

  private static String words(Set<String> values) {
    return values.isEmpty()
        ? "no record"
        : "\"" + Excerpt.of(String.join("\" and \"", values.stream().sorted().toList())) + "\"";
  }

  /**
   * The records of a name by server, of those servers that answer.
   *
   * @throws RotationException with a {@code DNS_} code if none does
   */
  Map<String, Set<String>> published(String owner) throws RotationException {
    Map<String, Set<String>> published = new LinkedHashMap<>();
    ErrorCode code = ErrorCode.DNS_SERVER_FAILURE;
    List<String> failures = new ArrayList<>();
    for (Map.Entry<String, TxtAnswer> seen : everywhere(owner).entrySet()) {
      values(owner, seen.getKey(), seen.getValue())
          .ifPresent(values -> published.put(seen.getKey(), values));
      if (seen.getValue() instanceof TxtAnswer.Failed failed) {
        code = failed.code();
        failures.add(seen.getKey() + ": " + failed.sentence());
      }
    }
    if (published.isEmpty()) {
      throw new RotationException(
          code,
          "no server of the zone answers for %s: %s; run this again when one does"
              .formatted(owner, String.join("; ", failures)));
    }
    return published;
  }

  /** Whether a server that answers, or the resolver, has anything at a name. */
  boolean isTaken(String owner) throws RotationException {
    return resolver.lookup(owner, limit) instanceof TxtAnswer.Found
        || published(owner).values().stream().anyMatch(values -> !values.isEmpty());
  }

  /** The time to live of a name's records in the zone; empty when no server has any. */
  Optional<Duration> ttl(String owner) {
    return everywhere(owner).values().stream()
        .filter(TxtAnswer.Found.class::isInstance)
        .map(answer -> ((TxtAnswer.Found) answer).ttl())
        .max(Duration::compareTo);
  }

  /**
   * How long resolvers may remember that a name is absent (RFC 2308 §5), by the server that says
   * longest; empty when one does not say.
   */
  Optional<Duration> negativeTtl(String owner) {
    Duration longest = Duration.ZERO;
    if (!(zone(owner) instanceof ZoneAnswer.Found found)) {
      zones.remove(owner);
      return Optional.empty();
    }
    for (ZoneServers.Server server : found.zone().servers()) {
      SoaAnswer soa = authorities.soa(found.zone(), server, Deadline.in(limit));
      if (!(soa instanceof SoaAnswer.Found state)) {
        return Optional.empty();
      }
      longest = longest.compareTo(state.negativeTtl()) < 0 ? state.negativeTtl() : longest;
    }
    return Optional.of(longest);
  }
}
