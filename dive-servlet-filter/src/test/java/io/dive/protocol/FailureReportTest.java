// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static io.dive.protocol.Malformed.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The reports of both drafts and decision 37. */
class FailureReportTest {
  private static final String MINIMAL = "{\"report-version\":\"0.1\",\"timestamp\":1700000000}";

  private static final String DRAFT_00 =
      """
      {
        "report-version": "0.1",
        "timestamp": 1700000000,
        "client": {
          "user-agent": "ExampleClient/1.0"
        },
        "policy": {
          "domain": "example.com",
          "fqdn": "sub.example.com",
          "dnssec-validated": true
        },
        "resource": {
          "url": "https://sub.example.com/static/app.js",
          "method": "GET",
          "status-code": 200,
          "scope": "strict"
        },
        "headers-received": {
          "dive-sig": "key1:sha256:BASE64SIG1,key2:sha384:BASE64SIG2"
        },
        "key-resolution": [
          {
            "key-id": "key1",
            "fqdn-queried": "key1._divekey.sub.example.com",
            "found": true,
            "dnssec-validated": true,
            "sig-algorithm": "ed25519"
          }
        ],
        "validation": {
          "hash-algorithm": "sha256",
          "hash-computed": "BASE64HASHVALUE",
          "signature-valid": false,
          "failure-reason": "signature-mismatch",
          "final-decision": "blocked"
        }
      }
      """;

  private static final String DRAFT_01 =
      """
      {
        "report-version": "0.1",
        "timestamp": 1700000000,
        "client": {
          "user-agent": "ExampleClient/1.0"
        },
        "policy": {
          "domain": "example.com",
          "fqdn": "sub.example.com",
          "dnssec-validated": true
        },
        "resource": {
          "url": "https://sub.example.com/downloads/invalid.zip",
          "method": "GET",
          "status-code": 200,
          "scope": "strict"
        },
        "headers-received": {
          "signature-input":
            "sig1=(\\"content-digest\\");keyid=\\"keyABC\\";alg=\\"ed25519\\"",
          "signature": "sig1=:BASE64SIG:",
          "content-digest": "sha-256=:BASE64DIGEST:"
        },
        "key-resolution": [
          {
            "key-id": "keyABC",
            "fqdn-queried": "keyABC._divekey.sub.example.com",
            "found": true,
            "dnssec-validated": true,
            "sig-algorithm": "ed25519"
          }
        ],
        "validation": {
          "hash-algorithm": "sha-256",
          "hash-computed": "BASE64HASHVALUE",
          "signature-valid": false,
          "failure-reason": "signature-mismatch",
          "final-decision": "blocked"
        }
      }
      """;

  /** The example without its insignificant white space. */
  private static String compact(String example) {
    return example.replaceAll("\\n *", "").replace("\": ", "\":");
  }

  @ParameterizedTest
  @ValueSource(strings = {DRAFT_00, DRAFT_01})
  void parse_theDraftsExample_printsTheSameDocument(String example) throws MalformedFieldException {
    FailureReport report = FailureReport.parse(example);
    assertEquals(compact(example), report.toJson());
    assertEquals(report, FailureReport.parse(report.toJson()));
  }

  @Test
  void parse_theDraftsExamples_giveTheirValues() throws MalformedFieldException {
    FailureReport report = FailureReport.parse(DRAFT_01);
    assertEquals(1_700_000_000, report.timestampSeconds());
    assertEquals(Optional.of("ExampleClient/1.0"), report.userAgent());
    assertEquals(Optional.of(true), report.policy().dnssecValidated());
    assertEquals(Optional.of(200L), report.resource().statusCode());
    assertEquals(
        FailureReport.reportedHeaders(ProtocolVersion.DRAFT_01),
        List.copyOf(report.headersReceived().keySet()));
    assertEquals("keyABC", report.keyResolution().get(0).keyId());
    assertEquals(Optional.of("signature-mismatch"), report.validation().failureReason());
    assertEquals(
        FailureReport.reportedHeaders(ProtocolVersion.DRAFT_00),
        List.copyOf(FailureReport.parse(DRAFT_00).headersReceived().keySet()));
  }

  @Test
  void toJson_absentValues_areNull() throws MalformedFieldException {
    FailureReport report = FailureReport.parse(MINIMAL);
    assertEquals(
        "{\"report-version\":\"0.1\",\"timestamp\":1700000000,\"client\":{\"user-agent\":null},"
            + "\"policy\":{\"domain\":null,\"fqdn\":null,\"dnssec-validated\":null},"
            + "\"resource\":{\"url\":null,\"method\":null,\"status-code\":null,\"scope\":null},"
            + "\"headers-received\":{},\"key-resolution\":[],"
            + "\"validation\":{\"hash-algorithm\":null,\"hash-computed\":null,"
            + "\"signature-valid\":null,\"failure-reason\":null,\"final-decision\":null}}",
        report.toJson());
    assertEquals(report, FailureReport.parse(report.toJson()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"client\":null",
        "\"client\":{}",
        "\"client\":{\"user-agent\":null}",
        "\"key-resolution\":null",
        "\"headers-received\":null",
        "\"validation\":{\"future\":[1,{\"deep\":true}]},\"other\":1e400"
      })
  void parse_absentNullAndUnknown_readAlike(String members) throws MalformedFieldException {
    assertEquals(FailureReport.parse(MINIMAL), parseWith(members));
  }

  private static FailureReport parseWith(String members) throws MalformedFieldException {
    return FailureReport.parse(MINIMAL.replace("}", "," + members + "}"));
  }

  @Test
  void parse_headerNotReceived_isKeptAsSuch() throws MalformedFieldException {
    assertEquals(
        Map.of("dive-sig", Optional.empty()),
        parseWith("\"headers-received\":{\"dive-sig\":null}").headersReceived());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"timestamp\":\"1700000000\"",
        "\"timestamp\":1.5",
        "\"timestamp\":1e300",
        "\"timestamp\":99999999999999999999",
        "\"timestamp\":true",
        "\"client\":\"curl\"",
        "\"client\":[]",
        "\"client\":{\"user-agent\":1}",
        "\"policy\":{\"dnssec-validated\":\"true\"}",
        "\"resource\":{\"status-code\":\"200\"}",
        "\"resource\":{\"status-code\":200.0}",
        "\"headers-received\":{\"dive-sig\":[\"a\"]}",
        "\"headers-received\":\"a\"",
        "\"key-resolution\":{}",
        "\"key-resolution\":[1]",
        "\"key-resolution\":[null]",
        "\"key-resolution\":[{\"key-id\":1}]",
        "\"validation\":{\"signature-valid\":0}"
      })
  void parse_wrongType_refused(String members) {
    assertEquals(ErrorCode.WRONG_TYPE, codeOf(() -> parseWith(members)));
  }

  @Test
  void parse_otherRefusals_haveTheirCodes() {
    assertEquals(
        ErrorCode.MISSING_MEMBER,
        codeOf(() -> FailureReport.parse("{\"report-version\":\"0.1\"}")));
    assertEquals(ErrorCode.MISSING_MEMBER, codeOf(() -> parseWith("\"key-resolution\":[{}]")));
    assertEquals(ErrorCode.MISSING_MEMBER, codeOf(() -> parseWith("\"timestamp\":null")));
    assertEquals(ErrorCode.UNKNOWN_FORMAT, codeOf(() -> FailureReport.parse("{}")));
    assertEquals(
        ErrorCode.UNKNOWN_FORMAT,
        codeOf(() -> FailureReport.parse("{\"report-version\":\"0.2\"}")));
    assertEquals(
        ErrorCode.WRONG_TYPE, codeOf(() -> FailureReport.parse("{\"report-version\":0.1}")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "[]",
        "1",
        "\"a\"",
        "{",
        "{}{}",
        "{} x",
        "{\"a\":}",
        "{\"a\" 1}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":'b'}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":1,}",
        "{\"a\":NaN}",
        "{\"a\":[1,]}",
        "\u0000"
      })
  void parse_noJsonObject_refused(String text) {
    assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> FailureReport.parse(text)));
  }

  @Test
  void parse_deepNesting_refusedBeforeItHurts() throws MalformedFieldException {
    for (String opening : List.of("[", "{\"a\":")) {
      String hostile = "{\"a\":" + opening.repeat(10_000);
      assertEquals(ErrorCode.TOO_LARGE, codeOf(() -> FailureReport.parse(hostile)));
    }
    String deepest = "\"x\":" + "[".repeat(31) + "]".repeat(31);
    assertEquals(FailureReport.parse(MINIMAL), parseWith(deepest));
    assertEquals(
        ErrorCode.TOO_LARGE, codeOf(() -> parseWith("\"x\":" + "[".repeat(32) + "]".repeat(32))));
  }

  @Test
  void parse_bracketsInStrings_areNoNesting() throws MalformedFieldException {
    String text = "[{\\\"\\\\".repeat(100);
    assertEquals(
        Optional.of("[{\"\\".repeat(100)),
        parseWith("\"client\":{\"user-agent\":\"" + text + "\"}").userAgent());
  }

  @Test
  void parse_over64Ki_refused() throws MalformedFieldException {
    String filler = " ".repeat(65_536 - MINIMAL.length());
    assertEquals(FailureReport.parse(MINIMAL), FailureReport.parse(MINIMAL + filler));
    assertEquals(ErrorCode.TOO_LARGE, codeOf(() -> FailureReport.parse(MINIMAL + filler + " ")));
  }

  @Test
  void parse_errors_nameTheDocumentAndThePlace() {
    assertEquals(5, Malformed.offsetOf("failure report", () -> FailureReport.parse("{\"a\":}")));
    String message =
        String.valueOf(
            Malformed.refusal(() -> parseWith("\"resource\":{\"status-code\":\"200\"}"))
                .getMessage());
    assertEquals("failure report: resource.status-code is not a Number", message);
  }

  @Test
  void construction_null_refused() {
    assertThrows(NullPointerException.class, () -> FailureReport.parse(nothing()));
  }

  @SuppressWarnings("NullAway")
  private static String nothing() {
    return null;
  }
}
