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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  /** Of one server, so that a long list is no flood. */
  private static final int QUESTIONS_AT_A_TIME = 8;

  private final Authorities authorities;
  private final ExecutorService executor;
  private final Deadline questions;
  private final Deadline end;

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
  private record Zone(ZoneServers servers, Set<Question> questions) {}

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
                new AuthorityFindings(zone.servers(), resolved, advice)
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
    Map<String, Future<ZoneAnswer>> pending = new LinkedHashMap<>();
    byPlace
        .keySet()
        .forEach(
            place -> pending.put(place, executor.submit(() -> authorities.find(place, questions))));
    Map<Fqdn, Zone> zones = new LinkedHashMap<>();
    pending.forEach(
        (place, answer) -> {
          ZoneAnswer found =
              await(answer, new ZoneAnswer.Failed(ErrorCode.DNS_TIMEOUT, "no answer in time"));
          if (found instanceof ZoneAnswer.Found zone) {
            zones
                .computeIfAbsent(
                    zone.zone().apex(), apex -> new Zone(zone.zone(), new LinkedHashSet<>()))
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
        name + " is named by an NS record, and no address was found for it",
        "Publish its address, or take its NS record away.");
  }

  private AuthorityFindings.Answers ask(Zone zone, ZoneServers.Server server)
      throws InterruptedException {
    SoaAnswer soa = authorities.soa(zone.servers(), server, questions);
    Map<String, TxtAnswer> records = new LinkedHashMap<>();
    if (soa instanceof SoaAnswer.Found) {
      TxtLookup lookup = authorities.lookup(zone.servers(), server);
      Semaphore free = new Semaphore(QUESTIONS_AT_A_TIME);
      Map<String, Future<TxtAnswer>> pending = new LinkedHashMap<>();
      for (Question question : zone.questions()) {
        free.acquire();
        pending.put(question.owner(), executor.submit(() -> ask(lookup, question, free)));
      }
      TxtAnswer late = new TxtAnswer.Failed(ErrorCode.DNS_TIMEOUT, "no answer in time");
      pending.forEach((owner, answer) -> records.put(owner, await(answer, late)));
    }
    return new AuthorityFindings.Answers(server, soa, records);
  }

  private TxtAnswer ask(TxtLookup lookup, Question question, Semaphore free) {
    try {
      return lookup.lookup(question.owner(), questions.remaining());
    } finally {
      free.release();
    }
  }

  private static AuthorityFindings.Answers late(ZoneServers.Server server) {
    return new AuthorityFindings.Answers(
        server, new SoaAnswer.Failed(ErrorCode.DNS_TIMEOUT, "no answer in time"), Map.of());
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
