// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import io.dive.dns.Authorities;
import io.dive.dns.Deadline;
import io.dive.dns.SoaAnswer;
import io.dive.dns.TxtAnswer;
import io.dive.dns.TxtLookup;
import io.dive.dns.ZoneAnswer;
import io.dive.dns.ZoneServers;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks every authoritative server of the zones concerned for their state and for the records that
 * the resolver was asked for: zones and servers at the same time, each server once for its SOA.
 */
final class AuthorityCheck {
  /** A name to ask for. */
  record Question(String owner, long advisedTtlSeconds) {}

  /** Of one address, whatever the zones it serves, so that a long list is no flood. */
  private static final int QUESTIONS_AT_A_TIME = 8;

  /** What finding the servers may take of the time; the rest is for asking them. */
  private static final int FINDING_SHARE = 3;

  private final Authorities authorities;
  private final ExecutorService executor;
  private final Deadline questions;
  private final Deadline end;
  private final Map<InetSocketAddress, Semaphore> free = new ConcurrentHashMap<>();

  /**
   * One run.
   *
   * @param executor grows with its tasks, since some wait for others
   * @param questions by when the questions are over
   * @param end by when everything is, a little later
   */
  AuthorityCheck(
      Authorities authorities, ExecutorService executor, Deadline questions, Deadline end) {
    this.authorities = authorities;
    this.executor = executor;
    this.questions = questions;
    this.end = end;
  }

  /** The questions of one zone. */
  private record Zone(ZoneServers servers, boolean allFound, Set<Question> questions) {}

  List<Finding> of(List<Question> asked, Map<String, TxtAnswer> resolved, RecordAdvice advice) {
    Set<Finding> findings = new LinkedHashSet<>();
    Map<Fqdn, Zone> zones = zones(asked, findings);
    List<Runnable> judgements = new ArrayList<>();
    for (Zone zone : zones.values()) {
      // All zones are being asked before the first is waited for.
      List<Future<AuthorityFindings.Answers>> pending =
          zone.servers().servers().stream()
              .map(server -> executor.submit(() -> ask(zone, server)))
              .toList();
      judgements.add(
          () -> {
            List<AuthorityFindings.Answers> answers = new ArrayList<>();
            for (int i = 0; i < pending.size(); i++) {
              answers.add(await(pending.get(i), late(zone.servers().servers().get(i))));
            }
            findings.addAll(
                new AuthorityFindings(zone.servers(), zone.allFound(), resolved, advice)
                    .of(answers, List.copyOf(zone.questions())));
          });
    }
    judgements.forEach(Runnable::run);
    return List.copyOf(findings);
  }

  /** Names below the same {@code _divekey} label lie in one zone, which is looked for once. */
  private Map<Fqdn, Zone> zones(List<Question> asked, Set<Finding> findings) {
    Map<String, List<Question>> byPlace = new LinkedHashMap<>();
    for (Question question : asked) {
      String owner = question.owner();
      String place = owner.startsWith("_dive.") ? owner : owner.substring(owner.indexOf('.') + 1);
      byPlace.computeIfAbsent(place, p -> new ArrayList<>()).add(question);
    }
    Deadline finding = Deadline.in(questions.remaining().dividedBy(FINDING_SHARE));
    Map<String, Future<ZoneAnswer>> pending = new LinkedHashMap<>();
    byPlace
        .keySet()
        .forEach(
            place -> pending.put(place, executor.submit(() -> authorities.find(place, finding))));
    Map<Fqdn, Zone> zones = new LinkedHashMap<>();
    pending.forEach(
        (place, answer) -> {
          ZoneAnswer found =
              await(answer, new ZoneAnswer.Failed(ErrorCode.DNS_TIMEOUT, "no answer in time"));
          if (found instanceof ZoneAnswer.Found zone) {
            zones
                .computeIfAbsent(
                    zone.zone().apex(),
                    apex ->
                        new Zone(
                            zone.zone(), zone.withoutAddress().isEmpty(), new LinkedHashSet<>()))
                .questions()
                .addAll(byPlace.getOrDefault(place, List.of()));
            zone.withoutAddress().forEach(name -> findings.add(withoutAddress(zone.zone(), name)));
          } else if (found instanceof ZoneAnswer.Failed failed) {
            findings.add(notFound(place, failed));
          }
        });
    return zones;
  }

  private static Finding notFound(String place, ZoneAnswer.Failed failed) {
    return new Finding(
        FindingCode.AUTHORITIES_NOT_FOUND,
        place,
        "the zone's authoritative servers could not be found: " + failed.sentence(),
        "Check the zone's NS records and their addresses; or list the servers, or turn this part of"
            + " the check off (dive.check.authorities).");
  }

  private static Finding withoutAddress(ZoneServers zone, String name) {
    return new Finding(
        FindingCode.AUTHORITY_UNREACHABLE,
        zone.apex().name(),
        name + " is named by an NS record, and no address was found for it in time",
        "Publish its address, see that the servers of its own zone answer, or take its NS record"
            + " away.");
  }

  private AuthorityFindings.Answers ask(Zone zone, ZoneServers.Server server)
      throws InterruptedException {
    Semaphore turns =
        free.computeIfAbsent(server.address(), address -> new Semaphore(QUESTIONS_AT_A_TIME));
    if (!isItsTurn(turns)) {
      return late(server);
    }
    SoaAnswer soa;
    try {
      if (questions.remaining().isZero()) {
        return late(server);
      }
      soa = authorities.soa(zone.servers(), server, questions);
    } finally {
      turns.release();
    }
    Map<String, TxtAnswer> records = new LinkedHashMap<>();
    if (soa instanceof SoaAnswer.Found) {
      TxtLookup lookup = authorities.lookup(zone.servers(), server);
      Map<String, Future<Optional<TxtAnswer>>> pending = new LinkedHashMap<>();
      for (Question question : zone.questions()) {
        // What finds no turn is left out, and told as not asked.
        if (isItsTurn(turns)) {
          pending.put(question.owner(), executor.submit(() -> ask(lookup, question, turns)));
        }
      }
      pending.forEach(
          (owner, answer) ->
              await(answer, Optional.<TxtAnswer>empty()).ifPresent(a -> records.put(owner, a)));
    }
    return new AuthorityFindings.Answers(server, Optional.of(soa), records);
  }

  private boolean isItsTurn(Semaphore turns) throws InterruptedException {
    return turns.tryAcquire(questions.remaining().toNanos(), TimeUnit.NANOSECONDS);
  }

  private Optional<TxtAnswer> ask(TxtLookup lookup, Question question, Semaphore turns) {
    try {
      Duration left = questions.remaining();
      return left.isZero() ? Optional.empty() : Optional.of(lookup.lookup(question.owner(), left));
    } finally {
      turns.release();
    }
  }

  private static AuthorityFindings.Answers late(ZoneServers.Server server) {
    return new AuthorityFindings.Answers(server, Optional.empty(), Map.of());
  }

  private <T> T await(Future<T> future, T late) {
    try {
      return future.get(end.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return late;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return late;
    } catch (ExecutionException e) {
      throw new IllegalStateException("the check of authoritative servers broke", e.getCause());
    }
  }
}
