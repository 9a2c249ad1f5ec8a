// SPDX-License-Identifier: Apache-2.0
package io.dive.verify;

import static io.dive.verify.SignedSite.BODY;
import static io.dive.verify.SignedSite.POLICY_01;
import static io.dive.verify.SignedSite.fields;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.BodyDigest;
import io.dive.protocol.FailureReport;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.protocol.ProtocolVersion;
import io.dive.sign.BodyDigester;
import java.net.URI;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is allowed, blocked and reported. */
class Step6ReportingTest extends VerifierSuite {
  private static final String MORE =
      ", directives=(\"report-only\"), report-to=\"https://reports.example.com/dive\"";

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void reportOnly_allowsWhatFailed(ProtocolVersion version) throws Exception {
    site.policy(SignedSite.policy(version) + MORE);
    Outcome outcome = site.visit(signed());
    assertInstanceOf(Verdict.Rejected.class, outcome.verdict());
    assertEquals(Decision.ALLOWED_REPORT_ONLY, outcome.decision());
    assertEquals(
        Optional.of("allowed-report-only"),
        outcome.report().orElseThrow().validation().finalDecision());
    assertEquals(Optional.of(URI.create("https://reports.example.com/dive")), outcome.reportUri());
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void report_holdsWhatTheDraftAsksFor(ProtocolVersion version) throws Exception {
    strict(version);
    List<HeaderField> fields = fields("k1", other);
    URI url = URI.create("https://user:secret@www.example.com/a%20b?q=%2F#part");
    FailureReport report = site.visit(url, "GET", 200, fields, BODY).report().orElseThrow();
    BodyDigest digest = BodyDigester.digest(HashAlgorithm.SHA_256, BODY);
    boolean first = version == ProtocolVersion.DRAFT_00;
    assertEquals(site.clock.instant().getEpochSecond(), report.timestampSeconds());
    assertEquals(Optional.of("tests/1.0"), report.userAgent());
    assertEquals(
        new FailureReport.Policy(
            Optional.of("example.com"), Optional.of("www.example.com"), Optional.of(true)),
        report.policy());
    assertEquals(
        new FailureReport.Resource(
            Optional.of("https://www.example.com/a%20b?q=%2F"),
            Optional.of("GET"),
            Optional.of(200L),
            Optional.of("strict")),
        report.resource());
    Stream<String> names =
        first ? Stream.of("dive-sig") : Stream.of("signature-input", "signature", "content-digest");
    assertEquals(names.toList(), List.copyOf(report.headersReceived().keySet()));
    assertTrue(report.headersReceived().values().stream().allMatch(Optional::isPresent));
    assertEquals(
        List.of(
            new FailureReport.KeyResolution(
                "k1",
                Optional.of(KEY_NAME),
                Optional.of(true),
                Optional.of(true),
                Optional.of("ed25519"))),
        report.keyResolution());
    assertEquals(
        new FailureReport.Validation(
            Optional.of(first ? "sha256" : "sha-256"),
            Optional.of(digest.value().toBase64()),
            Optional.of(false),
            Optional.of("signature-mismatch"),
            Optional.of("blocked")),
        report.validation());
    assertEquals(report, FailureReport.parse(report.toJson()));
  }

  @Test
  void missingHeaders_areNullInTheReport() {
    strict(ProtocolVersion.DRAFT_01);
    FailureReport report = site.visit(List.of()).report().orElseThrow();
    assertTrue(report.headersReceived().values().stream().allMatch(Optional::isEmpty));
    assertEquals(List.of(), report.keyResolution());
    assertEquals(Optional.empty(), report.validation().hashComputed());
    assertEquals(Optional.of("missing-headers"), report.validation().failureReason());
  }

  @Test
  void plainHttpReportTo_isIgnored() {
    site.policy(POLICY_01 + ", report-to=\"http://reports.example.com/\"");
    Outcome outcome = site.visit(List.of());
    assertTrue(outcome.report().isPresent());
    assertEquals(Optional.empty(), outcome.reportUri());
  }

  @Test
  void everyDetail_hasItsOwnToken() {
    Set<FailureDetail> all = EnumSet.allOf(FailureDetail.class);
    assertEquals(all.size(), all.stream().map(FailureDetail::token).distinct().count());
  }
}
