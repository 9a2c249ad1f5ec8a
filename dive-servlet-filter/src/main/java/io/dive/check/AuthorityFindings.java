// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import io.dive.dns.SoaAnswer;
import io.dive.dns.TxtAnswer;
import io.dive.dns.ZoneServers;
import io.dive.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What there is to say about the authoritative servers of one zone. */
final class AuthorityFindings {
  /**
   * What one server said.
   *
   * @param records its answers by owner name; empty if the server did not give its state
   */
  record Answers(ZoneServers.Server server, SoaAnswer soa, Map<String, TxtAnswer> records) {
    /** Copies the map. */
    Answers {
      records = Map.copyOf(records);
    }
  }

  private final ZoneServers zone;
  private final Map<String, TxtAnswer> resolved;
  private final RecordAdvice advice;

  /**
   * Findings about a zone.
   *
   * @param resolved the validated answers of the resolver, by owner name
   */
  AuthorityFindings(ZoneServers zone, Map<String, TxtAnswer> resolved, RecordAdvice advice) {
    this.zone = zone;
    this.resolved = Map.copyOf(resolved);
    this.advice = advice;
  }

  List<Finding> of(List<Answers> servers, List<AuthorityCheck.Question> questions) {
    List<Finding> findings = new ArrayList<>(serials(servers));
    List<Answers> answering =
        servers.stream().filter(answers -> answers.soa() instanceof SoaAnswer.Found).toList();
    for (AuthorityCheck.Question question : questions) {
      findings.addAll(records(question, answering, answering.size() == servers.size()));
    }
    if (findings.isEmpty()) {
      findings.add(
          Finding.ok(
              FindingCode.AUTHORITIES_OK,
              zone.apex().name(),
              "the same zone%s and the same records at %s"
                  .formatted(
                      newest(servers).map(soa -> ", serial " + soa.serial()).orElse(""),
                      servers.stream()
                          .map(answers -> answers.server().toString())
                          .collect(Collectors.joining(", ")))));
    }
    for (AuthorityCheck.Question question : questions) {
      findings.addAll(advice(question, answering));
    }
    return findings;
  }

  private static Optional<SoaAnswer.Found> newest(List<Answers> servers) {
    return servers.stream()
        .map(Answers::soa)
        .filter(SoaAnswer.Found.class::isInstance)
        .map(SoaAnswer.Found.class::cast)
        .reduce((a, b) -> a.isBehind(b) ? b : a);
  }

  private List<Finding> serials(List<Answers> servers) {
    List<Finding> findings = new ArrayList<>();
    for (Answers answers : servers) {
      if (answers.soa() instanceof SoaAnswer.Failed failed) {
        findings.add(unusable(answers.server(), failed.code(), failed.sentence()));
      } else if (answers.soa() instanceof SoaAnswer.Found soa) {
        newest(servers)
            .filter(soa::isBehind)
            .ifPresent(newest -> findings.add(behind(servers, answers.server(), soa, newest)));
      }
    }
    return findings;
  }

  private Finding unusable(ZoneServers.Server server, ErrorCode code, String sentence) {
    return code == ErrorCode.DNS_LAME
        ? new Finding(
            FindingCode.AUTHORITY_LAME,
            zone.apex().name(),
            server + " does not serve the zone: " + sentence,
            "Configure the zone at this server, or take its NS record away.")
        : new Finding(
            FindingCode.AUTHORITY_UNREACHABLE,
            zone.apex().name(),
            server + " could not be asked: " + sentence,
            "See that the server runs and answers over UDP and TCP, or take its NS record away.");
  }

  private Finding behind(
      List<Answers> servers,
      ZoneServers.Server server,
      SoaAnswer.Found soa,
      SoaAnswer.Found newest) {
    String ahead =
        servers.stream()
            .filter(answers -> answers.soa().equals(newest))
            .map(answers -> answers.server().toString())
            .collect(Collectors.joining(", "));
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
    Optional<Set<String>> expected =
        Optional.ofNullable(resolved.get(question.owner())).flatMap(AuthorityFindings::values);
    List<Set<String>> seen = new ArrayList<>();
    List<Finding> differing = new ArrayList<>();
    for (Answers answers : servers) {
      TxtAnswer answer = answers.records().get(question.owner());
      if (answer instanceof TxtAnswer.Failed failed) {
        findings.add(
            failed.code().failsValidation()
                ? bogus(question, answers.server(), failed)
                : unusable(answers.server(), failed.code(), failed.sentence()));
      } else if (answer != null) {
        Set<String> values = values(answer).orElseThrow();
        seen.add(values);
        expected
            .filter(wanted -> !wanted.equals(values))
            .ifPresent(wanted -> differing.add(differs(question, answers.server(), values)));
      }
    }
    // All alike and unlike the resolver: then it is the resolver that has something older.
    boolean resolverIsAlone =
        complete && !differing.isEmpty() && findings.isEmpty() && Set.copyOf(seen).size() == 1;
    findings.addAll(resolverIsAlone ? List.of(resolverBehind(question)) : differing);
    return findings;
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
        "every server of the zone has other TXT records than the resolver, which remembers old ones",
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
