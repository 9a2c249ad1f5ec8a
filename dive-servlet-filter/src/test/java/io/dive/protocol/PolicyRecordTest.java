// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static io.dive.protocol.Malformed.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyRecordTest {
  private static PolicyRecord withMembers(String members) throws MalformedFieldException {
    return PolicyRecord.parse("v=\"dive-draft-01\", " + members);
  }

  /** The example of either draft, as its character-strings arrive. */
  private static String example(String version, int cache) throws MalformedFieldException {
    return CharacterStrings.join(
        Stream.of(
                "v=\"" + version + "\", ",
                "scopes=(\"strict\"), ",
                "directives=(\"https-required\"), ",
                "cache=" + cache + ", ",
                "invalidate-keys-cache=1700000000, ",
                "report-to=\"https://reports.example.com/dive\"")
            .map(text -> Bytes.of(text.getBytes(StandardCharsets.US_ASCII)))
            .toList());
  }

  @ParameterizedTest
  @CsvSource({"dive-draft-00, DRAFT_00, 900", "dive-draft-01, DRAFT_01, 300"})
  void parse_theDraftsExample_givesEveryMember(String v, ProtocolVersion version, int cache)
      throws MalformedFieldException {
    PolicyRecord record = PolicyRecord.parse(example(v, cache));
    assertEquals(
        new PolicyRecord(
            version,
            List.of("strict"),
            List.of("https-required"),
            cache,
            Optional.of(Instant.ofEpochSecond(1_700_000_000)),
            Optional.of("https://reports.example.com/dive")),
        record);
    assertEquals(example(v, cache), record.serialize());
    assertTrue(record.isStrict());
    assertTrue(record.isHttpsRequired());
    assertFalse(record.isReportOnly());
    assertEquals(Optional.of(URI.create("https://reports.example.com/dive")), record.reportUri());
  }

  @Test
  void parse_onlyTheVersion_takesTheDefaults() throws MalformedFieldException {
    PolicyRecord record = PolicyRecord.parse("v=\"dive-draft-01\"");
    assertEquals(List.of(), record.scopes());
    assertEquals(List.of(), record.directives());
    assertEquals(0, record.cacheSeconds());
    assertEquals(Optional.empty(), record.invalidateKeysCache());
    assertEquals(Optional.empty(), record.reportUri());
    assertFalse(record.isStrict());
  }

  @Test
  void serialize_withoutScopes_publishesAnEmptyListOfThem() throws MalformedFieldException {
    assertEquals(
        "v=\"dive-draft-01\", scopes=()", PolicyRecord.parse("v=\"dive-draft-01\"").serialize());
    assertEquals(
        "v=\"dive-draft-00\", scopes=(\"strict\"), cache=60",
        PolicyRecord.strict(ProtocolVersion.DRAFT_00, 60).serialize());
  }

  @Test
  void ownerName_isBelowTheDomain() throws MalformedFieldException {
    assertEquals("_dive.example.com", PolicyRecord.ownerName(Fqdn.parse("Example.com.")));
  }

  @Nested
  class Version {
    @ParameterizedTest
    @ValueSource(strings = {"dive-draft-02", "dive-draft-1", "DIVE-DRAFT-01", "", "dive-draft-01 "})
    void unknown_hasItsOwnCode(String v) {
      assertEquals(ErrorCode.UNKNOWN_VERSION, codeOf(() -> PolicyRecord.parse("v=\"" + v + "\"")));
    }

    @Test
    void unknown_nothingElseIsInterpreted() {
      assertEquals(
          ErrorCode.UNKNOWN_VERSION,
          codeOf(() -> PolicyRecord.parse("cache=\"no number\", v=\"dive-draft-77\"")));
    }

    @Test
    void absentOrNoString_hasTheCodeOfTheRule() {
      assertEquals(
          ErrorCode.MISSING_MEMBER, codeOf(() -> PolicyRecord.parse("scopes=(\"strict\")")));
      assertEquals(ErrorCode.MISSING_MEMBER, codeOf(() -> PolicyRecord.parse("")));
      assertEquals(ErrorCode.WRONG_TYPE, codeOf(() -> PolicyRecord.parse("v=dive-draft-01")));
      assertEquals(ErrorCode.WRONG_TYPE, codeOf(() -> PolicyRecord.parse("v")));
    }
  }

  @Nested
  class Decision7 {
    @Test
    void listsAreInnerLists() throws MalformedFieldException {
      assertEquals(List.of("x-a", "strict"), withMembers("scopes=(\"x-a\"  \"strict\" )").scopes());
      assertEquals(ErrorCode.WRONG_TYPE, codeOf(() -> withMembers("scopes=\"strict\"")));
    }
  }

  @Nested
  class Decision12 {
    @ParameterizedTest
    @ValueSource(strings = {"Scopes=(\"strict\")", "sCopes=(\"strict\")", "X=1", "cache=1, Y"})
    void upperCaseNames_voidTheRecord(String members) {
      assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> withMembers(members)));
    }

    @Test
    void duplicates_takeTheLast() throws MalformedFieldException {
      assertEquals(2, withMembers("cache=1, cache=2").cacheSeconds());
      assertEquals(2, withMembers("cache=\"wrong type\", cache=2").cacheSeconds());
      assertEquals(ErrorCode.WRONG_TYPE, codeOf(() -> withMembers("cache=2, cache=\"wrong\"")));
      assertEquals(ErrorCode.UNKNOWN_VERSION, codeOf(() -> withMembers("v=\"dive-draft-99\"")));
    }

    @Test
    void unknownMembersAndParameters_areIgnored() throws MalformedFieldException {
      PolicyRecord plain = withMembers("cache=5");
      assertEquals(plain, withMembers("cache=5;why=token, future=(1 2.5 :AA==:);x, flag"));
    }
  }

  @Nested
  class Decision31 {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "scopes=strict",
          "scopes=(strict)",
          "scopes=(\"strict\" 1)",
          "scopes",
          "directives=\"report-only\"",
          "directives=(report-only)",
          "cache=\"300\"",
          "cache=300.0",
          "cache=()",
          "cache",
          "invalidate-keys-cache=\"1700000000\"",
          "invalidate-keys-cache=1.5",
          "report-to=https",
          "report-to=:aHR0cHM=:",
          "report-to=(\"https://example.com/\")"
        })
    void wrongTypeOfAnOptionalMember_voidsTheRecord(String member) {
      assertEquals(ErrorCode.WRONG_TYPE, codeOf(() -> withMembers(member)));
    }

    @Test
    void negativeCache_voidsTheRecord() throws MalformedFieldException {
      assertEquals(ErrorCode.VALUE_NOT_PERMITTED, codeOf(() -> withMembers("cache=-1")));
      assertEquals(0, withMembers("cache=-0").cacheSeconds());
    }

    @Test
    void unknownScopesAndDirectives_areKeptAndMeanNothing() throws MalformedFieldException {
      PolicyRecord record =
          withMembers("scopes=(\"download\" \"STRICT\"), directives=(\"future\")");
      assertEquals(List.of("download", "STRICT"), record.scopes());
      assertEquals(List.of("future"), record.directives());
      assertFalse(record.isStrict());
      assertFalse(record.isHttpsRequired());
    }

    @Test
    void numberTooLongForAnInteger_isMalformed() throws MalformedFieldException {
      assertEquals(999_999_999_999_999L, withMembers("cache=999999999999999").cacheSeconds());
      assertEquals(ErrorCode.MALFORMED_SYNTAX, codeOf(() -> withMembers("cache=1000000000000000")));
    }
  }

  @Nested
  class Decision23 {
    @ParameterizedTest
    @CsvSource({
      "DRAFT_00, 0, 0",
      "DRAFT_00, 86400, 86400",
      "DRAFT_00, 86401, 86400",
      "DRAFT_01, 3600, 3600",
      "DRAFT_01, 3601, 3600",
      "DRAFT_01, 999999999999999, 3600"
    })
    void cache_isClampedToTheRevisionsCap(ProtocolVersion version, long published, long effective) {
      PolicyRecord record = PolicyRecord.strict(version, published);
      assertEquals(published, record.cacheSeconds());
      assertEquals(Duration.ofSeconds(effective), record.cacheDuration());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://example.com/",
        "//example.com/",
        "/dive",
        "https:///dive",
        "https:example.com",
        "mailto:a@example.com",
        "https://exa mple.com/",
        ""
      })
  void reportUri_notAnAbsoluteHttpsUrl_isIgnored(String url) throws MalformedFieldException {
    PolicyRecord record = withMembers("report-to=\"" + url + "\"");
    assertEquals(Optional.of(url), record.reportTo());
    assertEquals(Optional.empty(), record.reportUri());
  }

  @Test
  void parse_errors_nameTheDocumentAndTheOffset() {
    assertEquals(19, Malformed.offsetOf("policy record", () -> withMembers("Scopes=(\"strict\")")));
    assertEquals(
        2, Malformed.offsetOf("policy record", () -> PolicyRecord.parse("  V=\"dive-draft-01\"")));
    assertEquals(22, Malformed.offsetOf("policy record", () -> withMembers("k=:AA:")));
    assertTrue(
        String.valueOf(Malformed.refusal(() -> withMembers("cache=-1")).getMessage())
            .startsWith("policy record"));
  }

  @Test
  void construction_whatCannotBePublished_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> record("strïct", "x", "x"));
    assertThrows(IllegalArgumentException.class, () -> record("x", "line\nbreak", "x"));
    assertThrows(IllegalArgumentException.class, () -> record("x", "x", "https://é.example/"));
    assertThrows(
        IllegalArgumentException.class, () -> PolicyRecord.strict(ProtocolVersion.DRAFT_01, -1));
    assertThrows(
        IllegalArgumentException.class,
        () -> PolicyRecord.strict(ProtocolVersion.DRAFT_01, 1_000_000_000_000_000L));
    for (Instant instant :
        List.of(
            Instant.ofEpochSecond(1, 1),
            Instant.ofEpochSecond(1_000_000_000_000_000L),
            Instant.MIN)) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              new PolicyRecord(
                  ProtocolVersion.DRAFT_01,
                  List.of(),
                  List.of(),
                  0,
                  Optional.of(instant),
                  Optional.empty()));
    }
  }

  private static PolicyRecord record(String scope, String directive, String reportTo) {
    return new PolicyRecord(
        ProtocolVersion.DRAFT_01,
        List.of(scope),
        List.of(directive),
        0,
        Optional.empty(),
        Optional.of(reportTo));
  }

  @Test
  void withInvalidateKeysCache_changesThatMemberAlone() throws Exception {
    String published =
        "v=\"dive-draft-01\",  x-list=(1 2);p, scopes=(\"strict\" \"x-a\"), x-flag=?1,cache=300";
    String canonical =
        "v=\"dive-draft-01\", x-list=(1 2);p, scopes=(\"strict\" \"x-a\"), x-flag, cache=300";
    String with =
        PolicyRecord.withInvalidateKeysCache(
            published, Optional.of(Instant.ofEpochSecond(1_700_000_000)));
    assertEquals(canonical + ", invalidate-keys-cache=1700000000", with);
    assertEquals(
        canonical + ", invalidate-keys-cache=5",
        PolicyRecord.withInvalidateKeysCache(with, Optional.of(Instant.ofEpochSecond(5))));
    assertEquals(canonical, PolicyRecord.withInvalidateKeysCache(with, Optional.empty()));
    assertThrows(
        MalformedFieldException.class,
        () -> PolicyRecord.withInvalidateKeysCache("something else", Optional.empty()));
  }
}
