// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import io.dive.dns.DnssecStatus;
import io.dive.dns.SoaAnswer;
import io.dive.dns.TxtAnswer;
import io.dive.dns.ZoneServers;
import io.dive.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What there is to say about the authoritative servers of one zone. */
final class AuthorityFindings {
  private static final String FIREWALL =
      "See that the firewall lets this machine ask port 53 outward over UDP and TCP; where it must"
          + " not, set dive.check.authorities = off.";

  private static final String TIME = "Give the check more time (dive.check.timeout).";

  /**
   * What one server said.
   *
   * @param soa empty if there was no time to ask
   * @param records its answers by owner name, without those there was no time for; empty if the
   *     server did not give its state
   */
  record Answers(
      ZoneServers.Server server, Optional<SoaAnswer> soa, Map<String, TxtAnswer> records) {
    /** Copies the map. */
    Answers {
      records = Map.copyOf(records);
    }

    Optional<SoaAnswer.Found> state() {
      return soa.filter(SoaAnswer.Found.class::isInstance).map(SoaAnswer.Found.class::cast);
    }

    Optional<SoaAnswer.Failed> failure() {
      return soa.filter(SoaAnswer.Failed.class::isInstance).map(SoaAnswer.Failed.class::cast);
    }

    boolean isAt(SoaAnswer.Found state) {
      return state().filter(own -> own.serial() == state.serial()).isPresent();
    }
  }

  private final ZoneServers zone;
  private final boolean allFound;
  private final Map<String, TxtAnswer> resolved;
  private final RecordAdvice advice;

  /**
   * Findings about a zone.
   *
   * @param allFound whether every server that the zone names has an address
   * @param resolved the validated answers of the resolver, by owner name
   */
  AuthorityFindings(
      ZoneServers zone, boolean allFound, Map<String, TxtAnswer> resolved, RecordAdvice advice) {
    this.zone = zone;
    this.allFound = allFound;
    this.resolved = Map.copyOf(resolved);
    this.advice = advice;
  }

  List<Finding> of(List<Answers> servers, List<AuthorityCheck.Question> questions) {
    Set<Finding> findings = new LinkedHashSet<>(serials(servers));
    List<Answers> answering =
        servers.stream().filter(answers -> answers.state().isPresent()).toList();
    for (AuthorityCheck.Question question : questions) {
      findings.addAll(records(question, answering, allFound && answering.size() == servers.size()));
    }
    if (findings.isEmpty()) {
      findings.add(
          Finding.ok(
              FindingCode.AUTHORITIES_OK,
              zone.apex().name(),
              "the same zone%s and the same records at %s"
                  .formatted(
                      newest(servers).map(soa -> ", serial " + soa.serial()).orElse(""),
                      names(servers))));
    }
    for (AuthorityCheck.Question question : questions) {
      findings.addAll(advice(question, answering));
    }
    return List.copyOf(findings);
  }

  private static String names(List<Answers> servers) {
    return servers.stream()
        .map(answers -> answers.server().toString())
        .collect(Collectors.joining(", "));
  }

  private static Optional<SoaAnswer.Found> newest(List<Answers> servers) {
    return servers.stream()
        .flatMap(answers -> answers.state().stream())
        .reduce((a, b) -> a.isBehind(b) ? b : a);
  }

  private List<Finding> serials(List<Answers> servers) {
    List<SoaAnswer.Failed> failures =
        servers.stream().flatMap(answers -> answers.failure().stream()).toList();
    if (servers.size() > 1
        && failures.size() == servers.size()
        && failures.stream().allMatch(f -> f.code() == failures.get(0).code())
        && failures.get(0).code() != ErrorCode.DNS_LAME) {
      return List.of(noneReachable(servers, failures.get(0)));
    }
    List<Finding> findings = new ArrayList<>();
    for (Answers answers : servers) {
      if (answers.soa().isEmpty()) {
        findings.add(notChecked(answers.server(), "there was no time left to ask it", TIME));
      }
      answers
          .failure()
          .ifPresent(
              failed -> findings.add(unusable(answers.server(), failed.code(), failed.sentence())));
      answers
          .state()
          .ifPresent(
              soa ->
                  newest(servers)
                      .filter(soa::isBehind)
                      .ifPresent(
                          newest -> findings.add(behind(servers, answers.server(), soa, newest))));
    }
    return findings;
  }

  /** More likely a wall around this machine than the end of all servers. */
  private Finding noneReachable(List<Answers> servers, SoaAnswer.Failed first) {
    return new Finding(
        FindingCode.AUTHORITY_UNREACHABLE,
        zone.apex().name(),
        "none of the servers could be asked from here, all failed alike: %s; the first: %s"
            .formatted(names(servers), first.sentence()),
        "Look at the way to them: " + FIREWALL);
  }

  private Finding notChecked(ZoneServers.Server server, String reason, String remedy) {
    return new Finding(
        FindingCode.AUTHORITY_NOT_CHECKED,
        zone.apex().name(),
        server + " was not checked: " + reason,
        remedy);
  }

  private Finding unusable(ZoneServers.Server server, ErrorCode code, String sentence) {
    return switch (code) {
      case RESOLVER_FAILED ->
          notChecked(server, sentence, "Check the resolver (dive.dns.resolver), not this server.");
      case DNS_LAME ->
          new Finding(
              FindingCode.AUTHORITY_LAME,
              zone.apex().name(),
              server + " does not serve the zone: " + sentence,
              "Configure the zone at this server, or take its NS record away.");
      default ->
          new Finding(
              FindingCode.AUTHORITY_UNREACHABLE,
              zone.apex().name(),
              server + " could not be asked: " + sentence,
              FIREWALL
                  + " Otherwise see that the server runs and answers over UDP and TCP, or take its"
                  + " NS record away.");
    };
  }

  private Finding behind(
      List<Answers> servers,
      ZoneServers.Server server,
      SoaAnswer.Found soa,
      SoaAnswer.Found newest) {
    String ahead = names(servers.stream().filter(answers -> answers.isAt(newest)).toList());
    return new Finding(
        FindingCode.AUTHORITY_BEHIND,
        zone.apex().name(),
        "%s has serial %d, and %s has %d".formatted(server, soa.serial(), ahead, newest.serial()),
        "Wait for its zone transfer; if that was long ago, look for what stops it (NOTIFY, TSIG,"
            + " allow-transfer).");
  }

  private List<Finding> records(
      AuthorityCheck.Question question, List<Answers> servers, boolean complete) {
    List<Finding> findings = new ArrayList<>();
    Map<ZoneServers.Server, Set<String>> seen = new LinkedHashMap<>();
    for (Answers answers : servers) {
      TxtAnswer answer = answers.records().get(question.owner());
      if (answer == null) {
        findings.add(notChecked(answers.server(), "there was no time left for all records", TIME));
      } else if (answer instanceof TxtAnswer.Failed failed) {
        findings.add(
            failed.code().failsValidation()
                ? bogus(question, answers.server(), failed)
                : unusable(answers.server(), failed.code(), failed.sentence()));
      } else {
        seen.put(answers.server(), values(answer).orElseThrow());
      }
    }
    Optional.ofNullable(resolved.get(question.owner()))
        .flatMap(AuthorityFindings::values)
        .filter(wanted -> seen.values().stream().anyMatch(values -> !values.equals(wanted)))
        .ifPresent(
            wanted -> {
              Set<Set<String>> good = new HashSet<>(Set.of(wanted));
              // All alike and unlike the resolver: then it is the resolver that is older.
              Optional<Set<String>> published =
                  newestRecords(question, servers)
                      .or(
                          () ->
                              complete && findings.isEmpty()
                                  ? onlyOne(List.copyOf(seen.values()))
                                  : Optional.empty())
                      .filter(values -> !values.equals(wanted));
              published.ifPresent(
                  values -> {
                    good.add(values);
                    findings.add(resolverBehind(question));
                  });
              seen.forEach(
                  (server, values) -> {
                    if (!good.contains(values)) {
                      findings.add(differs(question, server, values));
                    }
                  });
            });
    return findings;
  }

  /**
   * What the servers at the newest serial say where another one is older, if they agree and DNSSEC
   * vouches for it.
   */
  private static Optional<Set<String>> newestRecords(
      AuthorityCheck.Question question, List<Answers> servers) {
    SoaAnswer.Found newest = newest(servers).orElseThrow();
    List<Answers> ahead = servers.stream().filter(answers -> answers.isAt(newest)).toList();
    List<Set<String>> vouchedFor =
        ahead.stream()
            .flatMap(answers -> Stream.ofNullable(answers.records().get(question.owner())))
            .filter(AuthorityFindings::isSecure)
            .flatMap(answer -> values(answer).stream())
            .toList();
    return ahead.size() < servers.size() && vouchedFor.size() == ahead.size()
        ? onlyOne(vouchedFor)
        : Optional.empty();
  }

  private static boolean isSecure(TxtAnswer answer) {
    return (answer instanceof TxtAnswer.Found found && found.status() == DnssecStatus.SECURE)
        || (answer instanceof TxtAnswer.Absent absent && absent.status() == DnssecStatus.SECURE);
  }

  private static Optional<Set<String>> onlyOne(List<Set<String>> all) {
    return Set.copyOf(all).size() == 1 ? Optional.of(all.get(0)) : Optional.empty();
  }

  /** Nothing where nothing is known; the empty set where there is no record. */
  private static Optional<Set<String>> values(TxtAnswer answer) {
    if (answer instanceof TxtAnswer.Found found) {
      return Optional.of(Set.copyOf(found.values()));
    }
    return answer instanceof TxtAnswer.Absent ? Optional.of(Set.of()) : Optional.empty();
  }

  private static Finding bogus(
      AuthorityCheck.Question question, ZoneServers.Server server, TxtAnswer.Failed failed) {
    return new Finding(
        FindingCode.AUTHORITY_BOGUS,
        question.owner(),
        server + ": " + failed.sentence(),
        "Transfer the zone to this server again. Its copy is damaged, was tampered with, or its"
            + " signatures have run out; clients whose resolver asks it refuse every download.");
  }

  private static Finding differs(
      AuthorityCheck.Question question, ZoneServers.Server server, Set<String> values) {
    return values.isEmpty()
        ? new Finding(
            FindingCode.AUTHORITY_RECORD_MISSING,
            question.owner(),
            server + " has no TXT record here, and the resolver finds one",
            "Transfer the zone to this server again, or wait until it has done so.")
        : new Finding(
            FindingCode.AUTHORITY_RECORD_DIFFERS,
            question.owner(),
            server + " has other TXT records than the resolver finds: it is stale or tampered with",
            "Transfer the zone to this server again, or wait until it has done so.");
  }

  private static Finding resolverBehind(AuthorityCheck.Question question) {
    return new Finding(
        FindingCode.RESOLVER_BEHIND,
        question.owner(),
        "the newest servers of the zone agree on other TXT records than the resolver, which remembers"
            + " old ones",
        "Wait until the record's TTL, or the zone's negative TTL, has passed.");
  }

  private List<Finding> advice(AuthorityCheck.Question question, List<Answers> servers) {
    List<Finding> findings = new ArrayList<>();
    for (Answers answers : servers) {
      if (answers.records().get(question.owner()) instanceof TxtAnswer.Found found) {
        findings.addAll(
            advice.of(
                question.owner(),
                found.ttl(),
                question.advisedTtlSeconds(),
                found.signatureExpires()));
        advice
            .lowTtl(question.owner(), found.ttl(), question.advisedTtlSeconds())
            .ifPresent(findings::add);
      }
    }
    return findings;
  }
}
