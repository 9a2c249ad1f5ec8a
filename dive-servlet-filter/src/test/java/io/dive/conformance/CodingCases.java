// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.check.CanaryCheck;
import io.dive.check.Finding;
import io.dive.check.FindingCode;
import io.dive.conformance.Wire.Answer;
import io.dive.dns.ScriptedDns;
import io.dive.protocol.FieldNames;
import io.dive.protocol.KeyRecord;
import io.dive.sign.BodyDigester;
import io.dive.verify.DiveClient;
import io.dive.verify.Verifier;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Content codings: what is signed goes out as it is, and what changes it behind us is found. */
class CodingCases extends ServedFiles {
  private static final String GZIP = "Accept-Encoding: gzip";
  private static final byte[] TEXT = ascii("the same words again and again; ".repeat(2_000));

  private static byte[] gzip(byte[] body) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(body);
    }
    return bytes.toByteArray();
  }

  private void staticApplications() throws Exception {
    settings("dive.rule.10.mode = static", "dive.rule.10.root = " + directory);
  }

  private static String acceptEncoding(HttpServletRequest request) {
    return request.getHeader("accept-encoding")
        + Collections.list(request.getHeaders("Accept-Encoding"))
        + Collections.list(request.getHeaderNames()).stream()
            .anyMatch("accept-encoding"::equalsIgnoreCase);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "stream|gzip",
        "stream|identity, br",
        "stream|*",
        "stream|gzip;q=0.5, identity;q=0",
        "static|gzip",
        "static|identity, br",
        "static|*",
        "static|gzip;q=0.5, identity;q=0"
      })
  void anApplication_doesNotSeeThatACodingIsAccepted(String mode, String value) throws Exception {
    application(
        "/app/x", (request, response) -> response.setHeader("X-Seen", acceptEncoding(request)));
    file("x", new byte[0]);
    if (mode.equals("static")) {
      staticApplications();
    }
    assertEquals(
        Optional.of("null[]false"), get("/app/x", "Accept-Encoding: " + value).field("X-Seen"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"identity", "gzip;q=0", "*;q=0.0, identity"})
  void anApplication_seesThatNoCodingIsAccepted(String value) throws Exception {
    application(
        "/app/x", (request, response) -> response.setHeader("X-Seen", acceptEncoding(request)));
    assertEquals(
        Optional.of(value + "[" + value + "]true"),
        get("/app/x", "Accept-Encoding: " + value).field("X-Seen"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max-age=5|max-age=5,no-transform",
        "no-transform|no-transform",
        "max-age=5, No-Transform|max-age=5, No-Transform"
      })
  void cacheControlOfTheApplication_staysBesideNoTransform(String theirs, String all)
      throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("Cache-Control", theirs);
          response.getOutputStream().write(TEXT);
        });
    assertEquals(all, cacheControl(get("/app/x")));
    settings("dive.no-transform = false");
    assertEquals(theirs, cacheControl(get("/app/x")));
  }

  private static String cacheControl(Answer answer) {
    return String.join(
        ",",
        answer.fields().stream()
            .filter(field -> field.getKey().equalsIgnoreCase("Cache-Control"))
            .map(Map.Entry::getValue)
            .toList());
  }

  @Test
  void aBodyThatTheApplicationCodes_isDigestedAsSent() throws Exception {
    byte[] coded = gzip(TEXT);
    application(
        "/app/x",
        (request, response) -> {
          response.setHeader("Content-Encoding", "gzip");
          response.getOutputStream().write(coded);
        });
    Answer answer = get("/app/x");
    assertSigned(answer, coded);
    assertEquals(Optional.of("gzip"), answer.field("Content-Encoding"));
  }

  @Test
  void aFileThatIsItselfCoded_isDigestedAsSent() throws Exception {
    byte[] coded = gzip(TEXT);
    String path = file("a.txt.gz", coded);
    assertSigned(get(path, GZIP), coded);
    file("x", coded);
    application(
        "/app/x",
        (request, response) -> {
          setLastModified(response, "x");
          response.setHeader("Content-Encoding", "gzip");
          response.setContentLength(coded.length);
          response.getOutputStream().write(coded);
        });
    staticApplications();
    Answer answer = get("/app/x", GZIP);
    assertSigned(answer, coded);
    assertEquals(Optional.of("gzip"), answer.field("Content-Encoding"));
  }

  /**
   * A file and its coded twin; {@code alike} makes them of one length and date, so that nothing
   * tells them apart but the bytes.
   */
  private String twins(String name, boolean alike) throws IOException {
    byte[] coded = gzip(TEXT);
    String path = file(name, alike ? bytes(coded.length) : TEXT);
    file(name + ".gz", coded);
    if (alike) {
      Files.setLastModifiedTime(
          directory.resolve(name + ".gz"), Files.getLastModifiedTime(directory.resolve(name)));
    }
    return path;
  }

  @ParameterizedTest
  @CsvSource({"static, false", "static, true", "sidecar, false", "sidecar, true"})
  @Differs(
      in = {Kind.JETTY_EE10, Kind.JETTY_EE11, Kind.UNDERTOW},
      because =
          "its file servlet reads Accept-Encoding past any filter, so it sends the coded twin,"
              + " which goes out unsigned")
  void aFileWithACodedTwin_isSentPlainAndSigned(String mode, boolean alike) throws Exception {
    String path = twins("a.txt", alike);
    byte[] plain = Files.readAllBytes(directory.resolve("a.txt"));
    sign("a.txt");
    int port = another(Extra.PRECOMPRESSED_FILES, "dive.rule.20.mode = " + mode);
    Answer answer = Wire.once(port, "GET " + path + " HTTP/1.1", GZIP + "\r\n");
    Answer head = Wire.once(port, "HEAD " + path + " HTTP/1.1", GZIP + "\r\n");
    Answer part = Wire.once(port, "GET " + path + " HTTP/1.1", GZIP + "\r\nRange: bytes=0-3\r\n");
    if (differs(Kind.JETTY_EE10, Kind.JETTY_EE11, Kind.UNDERTOW)) {
      assertUnsigned(answer, 200, gzip(TEXT));
      if (head.field("Content-Encoding").isPresent() || !alike) {
        assertNoFields(head); // Undertow shows no coding in HEAD, so nothing tells them apart
      }
      boolean partOfTheTwin = !Arrays.equals(Arrays.copyOf(plain, 4), part.body());
      assertEquals(partOfTheTwin, part.field(FieldNames.REPR_DIGEST).isEmpty());
    } else {
      assertSigned(answer, plain);
      assertFieldsOf(head::field, plain);
      assertEquals(206, part.status());
      assertEquals(
          Optional.of(BodyDigester.digest(HASH, plain).contentDigest()),
          part.field(FieldNames.REPR_DIGEST));
    }
    assertSigned(Wire.get(port, path), plain);
  }

  @Test
  void aLargeFileWithACodedTwin_isTrueOrUnsigned() throws Exception {
    byte[] plain = bytes(LARGE);
    byte[] coded = gzip(plain);
    String path = file("a.bin", plain);
    file("a.bin.gz", coded);
    int port = another(Extra.PRECOMPRESSED_FILES);
    Answer answer = Wire.once(port, "GET " + path + " HTTP/1.1", GZIP + "\r\n");
    assertArrayEquals(answer.field("Content-Encoding").isPresent() ? coded : plain, answer.body());
    assertTrueOrUnsigned(answer);
  }

  // Compression behind the filter.

  private static DiveClient client(String acceptEncoding, int port) throws Exception {
    ScriptedDns dns =
        new ScriptedDns()
            .put("_dive.localhost", "v=\"dive-draft-01\", scopes=(\"strict\")")
            .put(
                "key1._divekey.localhost",
                new KeyRecord(publicKey(), Optional.empty(), 0).serialize());
    return DiveClient.builder(
            new Verifier(dns, Clock.systemUTC(), Duration.ofMinutes(1), "tests/1.0"))
        .acceptEncoding(acceptEncoding)
        .connectTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
        .build();
  }

  private static List<FindingCode> selfCheck(int port, String path) throws Exception {
    return new CanaryCheck(
            URI.create("http://localhost" + path),
            client("identity", port),
            client("gzip", port),
            Clock.systemUTC())
        .run().findings().stream().map(Finding::code).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"static", "stream"})
  void compressionBehindTheFilter_isFoundByTheSelfCheck(String mode) throws Exception {
    String path = file("a.txt", TEXT);
    String root = mode.equals("stream") ? "" : files().toString();
    int port =
        another(
            Extra.COMPRESSION,
            "dive.rule.20.mode = " + mode,
            "dive.rule.20.root = " + root,
            "dive.no-transform = false");
    Answer coded = Wire.once(port, "GET " + path + " HTTP/1.1", GZIP + "\r\n");
    assertEquals(Optional.of("gzip"), coded.field("Content-Encoding"));
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(coded.body()))) {
      assertTrue(Arrays.equals(TEXT, in.readAllBytes()));
    }
    assertEquals(
        List.of(FindingCode.CANARY_OK, FindingCode.CANARY_COMPRESSED), selfCheck(port, path));
  }

  @Test
  void withoutCompressionBehindTheFilter_theSelfCheckFindsNone() throws Exception {
    assertEquals(List.of(FindingCode.CANARY_OK), selfCheck(port(), file("a.txt", TEXT)));
  }

  @Test
  void noTransform_isHeededOrTheSelfCheckTells() throws Exception {
    String path = file("a.txt", TEXT);
    int port = another(Extra.COMPRESSION);
    boolean coded =
        Wire.once(port, "GET " + path + " HTTP/1.1", GZIP + "\r\n")
            .field("Content-Encoding")
            .isPresent();
    assertEquals(
        coded
            ? List.of(FindingCode.CANARY_OK, FindingCode.CANARY_COMPRESSED)
            : List.of(FindingCode.CANARY_OK),
        selfCheck(port, path));
  }
}
