// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.Signer;
import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.FieldNames;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.RawPublicKey;
import io.dive.servlet.CaptureContainer.Application;
import io.dive.servlet.CaptureContainer.Kind;
import io.dive.servlet.CaptureWire.Answer;
import io.dive.servlet.StreamLimits.OverflowAction;
import io.dive.servlet.StreamLimits.SigningFailureAction;
import io.dive.servlet.StreamMode.UnsignedReason;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Blocking applications, judged by the bytes on the socket. */
class StreamModeTest extends CaptureSuite {
  private static Stream<Arguments> bothWith(Object... values) {
    return Stream.of(Kind.values())
        .flatMap(kind -> Stream.of(values).map(value -> Arguments.of(kind, value)));
  }

  private static void writeInParts(HttpServletResponse response, byte[] body) throws IOException {
    ServletOutputStream out = response.getOutputStream();
    for (int from = 0; from < body.length; from += 7_001) {
      out.write(body, from, Math.min(7_001, body.length - from));
    }
  }

  // What is signed.

  static Stream<Arguments> lengthsThatAreHeld() {
    return bothWith(
        0L, 1L, 16_384L, 16_385L, (long) MEMORY, MEMORY + 1L, 200_000L, LIMIT - 1, LIMIT);
  }

  @ParameterizedTest
  @MethodSource("lengthsThatAreHeld")
  void bodyUpToTheLimit_isSigned(Kind kind, long length) throws Exception {
    byte[] body = bytes(length);
    container(kind).application("/app", (request, response) -> writeInParts(response, body));
    assertSigned(get(kind), body);
    assertEquals(List.of(length), heard.signed);
  }

  @ParameterizedTest
  @MethodSource("lengthsThatAreHeld")
  void bodyInOneWrite_isSigned(Kind kind, long length) throws Exception {
    byte[] body = bytes(length);
    container(kind)
        .application("/app", (request, response) -> response.getOutputStream().write(body));
    assertSigned(get(kind), body);
  }

  @ParameterizedTest
  @EnumSource
  void singleBytes_areSigned(Kind kind) throws Exception {
    byte[] body = bytes(MEMORY + 100);
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              for (byte octet : body) {
                response.getOutputStream().write(octet);
              }
            });
    assertSigned(get(kind), body);
  }

  @ParameterizedTest
  @EnumSource
  void post_isSigned(Kind kind) throws Exception {
    container(kind)
        .application("/app", (request, response) -> response.getWriter().print("posted"));
    assertSigned(
        CaptureWire.once(container(kind).port(), "POST /app HTTP/1.1", "Content-Length: 0\r\n"),
        ascii("posted"));
  }

  static Stream<Arguments> unsignedMethods() {
    return bothWith("HEAD", "OPTIONS");
  }

  @ParameterizedTest
  @MethodSource("unsignedMethods")
  void otherMethods_areUntouched(Kind kind, String method) throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              assertFalse(response instanceof CapturingResponse);
              response.getWriter().print("body");
            });
    Answer answer = CaptureWire.once(container(kind).port(), method + " /app HTTP/1.1", "");
    assertEquals(200, answer.status());
    assertNoFields(answer);
  }

  @ParameterizedTest
  @EnumSource
  void http10_isSigned(Kind kind) throws Exception {
    byte[] body = bytes(MEMORY + 1);
    container(kind).application("/app", (request, response) -> writeInParts(response, body));
    assertSigned(CaptureWire.once(container(kind).port(), "GET /app HTTP/1.0", ""), body);
  }

  @ParameterizedTest
  @EnumSource
  void keptConnection_carriesSeveralSignedAnswers(Kind kind) throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) ->
                writeInParts(response, bytes(Long.parseLong(request.getParameter("n")))));
    try (CaptureWire wire = new CaptureWire(container(kind).port())) {
      for (int length : new int[] {5, 0, MEMORY * 3, 17}) {
        wire.send("GET /app?n=" + length + " HTTP/1.1", "");
        assertSigned(wire.receive(false), bytes(length));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void http2_isSigned(Kind kind) throws Exception {
    byte[] body = bytes(200_000);
    container(kind).application("/app", (request, response) -> writeInParts(response, body));
    HttpResponse<byte[]> answer = http2(kind);
    assertEquals(HttpClient.Version.HTTP_2, answer.version());
    assertArrayEquals(body, answer.body());
    assertFieldsOf(name -> answer.headers().firstValue(name), body);
  }

  /** A second request, since the first one still carries the upgrade. */
  private static HttpResponse<byte[]> http2(Kind kind) throws Exception {
    container(kind).application("/third", (request, response) -> response.setStatus(204));
    String root = "http://127.0.0.1:" + container(kind).port();
    HttpClient client = HttpClient.newHttpClient();
    client.send(
        HttpRequest.newBuilder(URI.create(root + "/third")).build(),
        HttpResponse.BodyHandlers.discarding());
    return client.send(
        HttpRequest.newBuilder(URI.create(root + "/app")).build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  @ParameterizedTest
  @EnumSource
  void defaultServlet_isSigned(Kind kind) throws Exception {
    byte[] body = bytes(150_000);
    Files.write(served.resolve("file.bin"), body);
    Answer answer = CaptureWire.get(container(kind).port(), "/file.bin");
    assertSigned(answer, body);
    Answer part =
        CaptureWire.once(
            container(kind).port(), "GET /file.bin HTTP/1.1", "Range: bytes=10-99\r\n");
    assertUnsigned(part, 206, java.util.Arrays.copyOfRange(body, 10, 100));
  }

  @ParameterizedTest
  @EnumSource
  void contentCodingOfTheApplication_isDigestedAsSent(Kind kind) throws Exception {
    ByteArrayOutputStream coded = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(coded)) {
      gzip.write(bytes(500));
    }
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              response.setHeader("Content-Encoding", "gzip");
              coded.writeTo(response.getOutputStream());
            });
    Answer answer = get(kind);
    assertSigned(answer, coded.toByteArray());
    assertEquals(Optional.of("gzip"), answer.field("Content-Encoding"));
  }

  @ParameterizedTest
  @EnumSource
  void fieldsOfTheApplication_areReplaced(Kind kind) throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              for (String name : FieldNames.SIGNED_RESPONSE) {
                response.addHeader(name, "mine");
                response.addHeader(name, "mine again");
              }
              response.getOutputStream().print("x");
            });
    assertSigned(get(kind), ascii("x"));
  }

  // Status.

  static Stream<Arguments> otherStatuses() {
    return bothWith(201, 203, 204, 206, 304, 404, 500, 503);
  }

  @ParameterizedTest
  @MethodSource("otherStatuses")
  void otherStatus_isUnsigned(Kind kind, int status) throws Exception {
    byte[] body = status == 204 || status == 304 ? new byte[0] : bytes(MEMORY * 2);
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              response.setStatus(status);
              writeInParts(response, body);
            });
    assertUnsigned(get(kind), status, body);
    assertEquals(List.of(UnsignedReason.STATUS), heard.unsigned);
  }

  @ParameterizedTest
  @EnumSource
  void statusSetAfterTheBody_isUnsigned(Kind kind) throws Exception {
    byte[] body = bytes(MEMORY * 2);
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              writeInParts(response, body);
              response.setStatus(404);
            });
    assertUnsigned(get(kind), 404, body);
  }

  // Failure.

  private interface Throwing {
    void run() throws IOException, ServletException;
  }

  static Stream<Arguments> failures() {
    List<Throwing> failures =
        List.of(
            () -> {
              throw new IOException("planned");
            },
            () -> {
              throw new ServletException("planned");
            },
            () -> {
              throw new IllegalArgumentException("planned");
            },
            () -> {
              throw new LinkageError("planned");
            });
    return bothWith(failures.toArray())
        .flatMap(
            row ->
                Stream.of(10, MEMORY * 3)
                    .flatMap(
                        length ->
                            Stream.of(false, true)
                                .map(
                                    flush ->
                                        Arguments.of(row.get()[0], row.get()[1], length, flush))));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void chainThatThrows_sendsNothingOfItsBody(Kind kind, Throwing failure, int length, boolean flush)
      throws Exception {
    byte[] body = "secret-".repeat(length / 7 + 1).getBytes(StandardCharsets.US_ASCII);
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              try (ServletOutputStream out = response.getOutputStream()) {
                out.write(body);
                if (flush) {
                  out.flush();
                }
                failure.run();
              }
            });
    Answer answer = get(kind);
    assertEquals(500, answer.status());
    assertFalse(answer.text().contains("secret-"));
    assertNoFields(answer);
    assertEquals(List.of(UnsignedReason.APPLICATION_FAILED), heard.unsigned);
  }

  @ParameterizedTest
  @EnumSource
  void sendErrorAfterWriting_dropsTheBody(Kind kind) throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              writeInParts(response, "secret-".repeat(9_000).getBytes(StandardCharsets.US_ASCII));
              response.sendError(409, "planned");
              assertTrue(response.isCommitted());
            });
    Answer answer = get(kind);
    assertEquals(409, answer.status());
    assertFalse(answer.text().contains("secret-"));
    assertNoFields(answer);
  }

  @ParameterizedTest
  @EnumSource
  void sendRedirectAfterWriting_dropsTheBody(Kind kind) throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              writeInParts(response, "secret-".repeat(9_000).getBytes(StandardCharsets.US_ASCII));
              response.sendRedirect("/other");
            });
    Answer answer = get(kind);
    assertEquals(302, answer.status());
    assertFalse(answer.text().contains("secret-"));
    assertNoFields(answer);
  }

  // Content-Length.

  private interface Declaring {
    void declare(HttpServletResponse response, int length);
  }

  static Stream<Arguments> declarations() {
    return bothWith(
        (Declaring) HttpServletResponse::setContentLength,
        (Declaring) (response, length) -> response.setContentLengthLong(length),
        (Declaring) (response, length) -> response.setIntHeader("content-length", length),
        (Declaring) (response, length) -> response.addIntHeader("Content-Length", length),
        (Declaring) (response, length) -> response.setHeader("Content-Length", length + ""),
        (Declaring) (response, length) -> response.addHeader("CONTENT-LENGTH", length + ""));
  }

  @ParameterizedTest
  @MethodSource("declarations")
  void declaredLength_isTheOneWritten_isSigned(Kind kind, Declaring declaring) throws Exception {
    byte[] body = bytes(MEMORY * 2);
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              declaring.declare(response, body.length);
              assertTrue(response.containsHeader("Content-Length"));
              assertEquals("" + body.length, response.getHeader("content-length"));
              assertEquals(
                  List.of("" + body.length), List.copyOf(response.getHeaders("Content-Length")));
              assertTrue(response.getHeaderNames().contains("Content-Length"));
              writeInParts(response, body);
            });
    assertSigned(get(kind), body);
  }

  @ParameterizedTest
  @MethodSource("declarations")
  void declaredLength_isLongerThanTheBody_isUnsignedAndIncomplete(Kind kind, Declaring declaring)
      throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              declaring.declare(response, 100);
              response.getOutputStream().write(bytes(60));
            });
    Answer answer = get(kind);
    assertNoFields(answer);
    assertFalse(answer.status() == 200 && answer.complete());
    assertEquals(List.of(UnsignedReason.LENGTH_MISMATCH), heard.unsigned);
  }

  @ParameterizedTest
  @MethodSource("declarations")
  void declaredLength_isShorterThanTheBody_isUnsigned(Kind kind, Declaring declaring)
      throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              declaring.declare(response, 50);
              response.getOutputStream().write(bytes(40));
              response.getOutputStream().write(bytes(60));
            });
    assertNoFields(get(kind));
    assertEquals(List.of(UnsignedReason.LENGTH_MISMATCH), heard.unsigned);
  }

  @ParameterizedTest
  @EnumSource
  void declaredLengthTakenBack_isForgotten(Kind kind) throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              response.setContentLengthLong(77);
              response.setContentLengthLong(-1);
              assertFalse(response.containsHeader("Content-Length"));
              response.getOutputStream().print("x");
            });
    assertSigned(get(kind), ascii("x"));
  }

  @ParameterizedTest
  @EnumSource
  void declaredLengthOf3GiB_passesThroughAtOnce(Kind kind) throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              response.setHeader("Content-Length", Long.toString(3L << 30));
              response.getOutputStream().write(bytes(100));
              response.flushBuffer();
            });
    try (CaptureWire wire = new CaptureWire(container(kind).port())) {
      wire.send("GET /app HTTP/1.1", "Connection: close\r\n");
      Answer answer = wire.receive(false);
      assertEquals(200, answer.status());
      assertEquals(Optional.of("3221225472"), answer.field("Content-Length"));
      assertArrayEquals(bytes(100), answer.body());
      assertFalse(answer.complete());
      assertNoFields(answer);
    }
    assertEquals(List.of(OverflowAction.UNSIGNED), heard.overflows);
  }

  @ParameterizedTest
  @EnumSource
  void declaredLengthOf3GiB_whereOverflowFails_is500(Kind kind) throws Exception {
    container(kind).mode(mode(limits(OverflowAction.FAIL)));
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              response.setContentLengthLong(3L << 30);
              response.getOutputStream().write(bytes(100));
            });
    assertRefused(get(kind));
  }

  private static void assertRefused(Answer answer) {
    assertUnsigned(answer, 500, ascii("The response could not be signed.\n"));
  }

  // Overflow.

  static Stream<Arguments> lengthsThatOverflow() {
    return bothWith(LIMIT + 1, LIMIT * 3);
  }

  @ParameterizedTest
  @MethodSource("lengthsThatOverflow")
  void overflow_unsigned_passesTheWholeBody(Kind kind, long length) throws Exception {
    byte[] body = bytes(length);
    container(kind).application("/app", (request, response) -> writeInParts(response, body));
    assertUnsigned(get(kind), 200, body);
    assertEquals(List.of(OverflowAction.UNSIGNED), heard.overflows);
    assertEquals(List.of(UnsignedReason.OVERFLOW), heard.unsigned);
  }

  @ParameterizedTest
  @MethodSource("lengthsThatOverflow")
  void overflow_fail_is500(Kind kind, long length) throws Exception {
    container(kind).mode(mode(limits(OverflowAction.FAIL)));
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              response.addHeader("X-Own", "1");
              writeInParts(response, bytes(length));
            });
    Answer answer = get(kind);
    assertRefused(answer);
    assertEquals(Optional.empty(), answer.field("X-Own"));
  }

  @ParameterizedTest
  @EnumSource
  void overflow_fail_isQuietWhateverTheApplicationMakesOfIt(Kind kind) throws Exception {
    container(kind).mode(mode(limits(OverflowAction.FAIL)));
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              try {
                response.getOutputStream().write(bytes(LIMIT + 1));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    assertRefused(get(kind));
  }

  @ParameterizedTest
  @MethodSource("lengthsThatOverflow")
  void overflow_trailer_signsInTrailers(Kind kind, long length) throws Exception {
    byte[] body = bytes(length);
    container(kind).mode(mode(limits(OverflowAction.TRAILER)));
    container(kind).application("/app", (request, response) -> writeInParts(response, body));
    Answer answer = get(kind);
    assertEquals(200, answer.status());
    assertArrayEquals(body, answer.body());
    assertEquals(
        Optional.of("Content-Digest, DIVE-Sig, Signature, Signature-Input"),
        answer.field("Trailer"));
    assertEquals(Optional.empty(), answer.field(FieldNames.CONTENT_DIGEST));
    assertFieldsOf(answer::trailer, body);
    assertEquals(List.of(length), heard.signed);
  }

  @ParameterizedTest
  @EnumSource
  void overflow_trailer_closedByTheApplication(Kind kind) throws Exception {
    byte[] body = bytes(LIMIT + 1);
    container(kind).mode(mode(limits(OverflowAction.TRAILER)));
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              response.setTrailerFields(() -> java.util.Map.of("X-Own", "1"));
              try (ServletOutputStream out = response.getOutputStream()) {
                out.write(body);
              }
            });
    Answer answer = get(kind);
    assertFieldsOf(answer::trailer, body);
    assertEquals(Optional.of("1"), answer.trailer("X-Own"));
  }

  @ParameterizedTest
  @EnumSource
  void overflow_trailer_ofAChainThatThrows_hasNone(Kind kind) throws Exception {
    container(kind).mode(mode(limits(OverflowAction.TRAILER)));
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              writeInParts(response, bytes(LIMIT * 2));
              throw new IOException("planned");
            });
    Answer answer = get(kind);
    assertFalse(answer.complete());
    assertNoFields(answer);
    assertEquals(List.of(UnsignedReason.APPLICATION_FAILED), heard.unsigned);
  }

  @ParameterizedTest
  @EnumSource
  void overflow_trailer_withDeclaredLengthOrHttp10_isUnsigned(Kind kind) throws Exception {
    byte[] body = bytes(LIMIT * 2);
    container(kind).mode(mode(limits(OverflowAction.TRAILER)));
    container(kind).application("/app", (request, response) -> writeInParts(response, body));
    assertUnsigned(CaptureWire.once(container(kind).port(), "GET /app HTTP/1.0", ""), 200, body);
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              response.setContentLength(body.length);
              writeInParts(response, body);
            });
    Answer answer = get(kind);
    assertUnsigned(answer, 200, body);
    assertEquals(Optional.of("" + body.length), answer.field("Content-Length"));
  }

  @ParameterizedTest
  @EnumSource
  void overflow_trailer_http2BodyIsWhole(Kind kind) throws Exception {
    byte[] body = bytes(LIMIT * 2);
    container(kind).mode(mode(limits(OverflowAction.TRAILER)));
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              response.setContentLength(body.length);
              writeInParts(response, body);
            });
    HttpResponse<byte[]> answer = http2(kind);
    assertEquals(HttpClient.Version.HTTP_2, answer.version());
    assertArrayEquals(body, answer.body());
    assertTrue(answer.headers().firstValue("Trailer").isPresent());
    // The body is whole for the client before the trailers are signed.
    container(kind).awaitIdle();
    assertEquals(List.of((long) body.length), heard.signed);
  }

  // Faults of our own.

  private static Signer failing(RuntimeException orElse, boolean checked) {
    return new Signer() {
      @Override
      public KeyReference key() {
        return SIGNER.key();
      }

      @Override
      public RawPublicKey publicKey() {
        return SIGNER.publicKey();
      }

      @Override
      public Bytes sign(byte[] message) throws KeyMaterialException {
        if (checked) {
          throw new KeyMaterialException(ErrorCode.SIGNER_UNAVAILABLE, "planned");
        }
        throw orElse;
      }
    };
  }

  static Stream<Arguments> checkedOrNot() {
    return bothWith(true, false);
  }

  @ParameterizedTest
  @MethodSource("checkedOrNot")
  void signerThatFails_servesUnsignedOr500(Kind kind, boolean checked) throws Exception {
    byte[] body = bytes(MEMORY * 2);
    Signer signer = failing(new IllegalStateException("planned"), checked);
    container(kind).application("/app", (request, response) -> writeInParts(response, body));
    container(kind).mode(mode(limits(), signer));
    assertUnsigned(get(kind), 200, body);
    container(kind).mode(mode(failing(SigningFailureAction.FAIL), signer));
    assertRefused(get(kind));
    assertEquals(2, heard.failures.size());
  }

  private StreamLimits failing(SigningFailureAction action) {
    return new StreamLimits(
        MEMORY, LIMIT, OverflowAction.UNSIGNED, tempDir, 100 * LIMIT, action, true);
  }

  @ParameterizedTest
  @EnumSource
  void temporaryDirectoryThatIsGone_servesUnsignedOr500(Kind kind) throws Exception {
    byte[] body = bytes(MEMORY * 2);
    Path gone = tempDir.resolve("gone");
    container(kind).application("/app", (request, response) -> writeInParts(response, body));
    for (SigningFailureAction action : SigningFailureAction.values()) {
      container(kind)
          .mode(
              mode(
                  new StreamLimits(
                      MEMORY, LIMIT, OverflowAction.UNSIGNED, gone, 100 * LIMIT, action, true)));
      if (action == SigningFailureAction.UNSIGNED) {
        assertUnsigned(get(kind), 200, body);
      } else {
        assertRefused(get(kind));
      }
    }
    assertEquals(
        List.of(UnsignedReason.TEMP_FILE_FAILED, UnsignedReason.TEMP_FILE_FAILED), heard.unsigned);
  }

  @ParameterizedTest
  @EnumSource
  void temporarySpace_isSharedAndGivenBack(Kind kind) throws Exception {
    byte[] body = bytes(200_000);
    container(kind)
        .mode(
            mode(
                new StreamLimits(
                    MEMORY,
                    LIMIT,
                    OverflowAction.UNSIGNED,
                    tempDir,
                    300_000,
                    SigningFailureAction.UNSIGNED,
                    true)));
    container(kind).application("/other", (request, response) -> writeInParts(response, body));
    List<Answer> inner = new ArrayList<>();
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              writeInParts(response, body);
              // While this one holds its bytes, the other finds no room.
              inner.add(CaptureWire.get(container(kind).port(), "/other"));
            });
    assertSigned(get(kind), body);
    assertUnsigned(inner.get(0), 200, body);
    assertEquals(List.of(UnsignedReason.TEMP_SPACE), heard.unsigned);
    container(kind).awaitIdle();
    assertSigned(CaptureWire.get(container(kind).port(), "/other"), body);
  }

  @ParameterizedTest
  @EnumSource
  void temporaryFile_isTheOwnersAndHasNoName(Kind kind) throws Exception {
    List<String> seen = new ArrayList<>();
    byte[] body = bytes(MEMORY * 2);
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              writeInParts(response, body);
              for (Path descriptor : openFiles(tempDir)) {
                seen.add(PosixFilePermissions.toString(Files.getPosixFilePermissions(descriptor)));
              }
              try (Stream<Path> files = Files.list(tempDir)) {
                assertEquals(0, files.count());
              }
            });
    assertSigned(get(kind), body);
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Files.isDirectory(Path.of("/proc/self/fd")), "/proc is not there");
    assertEquals(List.of("rw-------"), seen);
  }

  @ParameterizedTest
  @EnumSource
  void clientThatGoesAway_leavesNothing(Kind kind) throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    byte[] body = bytes(16 << 20);
    container(kind)
        .mode(
            mode(
                new StreamLimits(
                    MEMORY,
                    body.length,
                    OverflowAction.UNSIGNED,
                    tempDir,
                    body.length,
                    SigningFailureAction.UNSIGNED,
                    true)));
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              response.getOutputStream().write(body);
              await(gone);
            });
    try (CaptureWire wire = new CaptureWire(container(kind).port())) {
      wire.send("GET /app HTTP/1.1", "");
      wire.abort();
    }
    gone.countDown();
    try (CaptureWire wire = new CaptureWire(container(kind).port())) {
      wire.send("GET /app HTTP/1.1", "");
      wire.readSome(1_000);
      wire.abort();
    }
    container(kind).awaitIdle();
  }

  static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(60, java.util.concurrent.TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  // What the application sees.

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Nested
  class Commit {
    @ParameterizedTest
    @EnumSource(Kind.class)
    void beforeAFlush_everythingCanChange(Kind kind) throws Exception {
      container(kind)
          .application(
              "/app",
              (request, response) -> {
                writeInParts(response, bytes(MEMORY * 3));
                assertFalse(response.isCommitted());
                response.resetBuffer();
                response.setHeader("X-Late", "1");
                response.getOutputStream().print("second");
                response.reset();
                response.setHeader("X-Later", "1");
                response.getWriter().print("third");
              });
      Answer answer = get(kind);
      assertSigned(answer, ascii("third"));
      assertEquals(Optional.empty(), answer.field("X-Late"));
      assertEquals(Optional.of("1"), answer.field("X-Later"));
    }

    static Stream<Arguments> flushes() {
      return bothWith(
          (Application) (request, response) -> response.flushBuffer(),
          (Application) (request, response) -> response.getWriter().flush(),
          (Application) (request, response) -> assertFalse(response.getWriter().checkError()));
    }

    @ParameterizedTest
    @MethodSource("flushes")
    void afterAFlush_itLooksCommittedAndIsSigned(Kind kind, Application flush) throws Exception {
      container(kind)
          .application(
              "/app",
              (request, response) -> {
                response.getWriter().print("first ");
                flush.service(request, response);
                assertTrue(response.isCommitted());
                response.setStatus(404);
                response.setHeader("X-Late", "1");
                response.addHeader("X-Late", "1");
                response.setIntHeader("X-Late", 1);
                response.setDateHeader("X-Late", 1);
                response.addCookie(new jakarta.servlet.http.Cookie("late", "1"));
                response.setContentType("image/png");
                response.setContentLength(3);
                assertEquals(200, response.getStatus());
                assertThrows(IllegalStateException.class, response::reset);
                assertThrows(IllegalStateException.class, response::resetBuffer);
                assertThrows(IllegalStateException.class, () -> response.sendError(500));
                assertThrows(IllegalStateException.class, () -> response.sendRedirect("/other"));
                assertThrows(IllegalStateException.class, () -> response.setBufferSize(1));
                assertThrows(
                    IllegalStateException.class, () -> response.setTrailerFields(() -> null));
                response.getWriter().print("second");
              });
      Answer answer = get(kind);
      assertSigned(answer, ascii("first second"));
      assertEquals(Optional.empty(), answer.field("X-Late"));
      assertEquals(Optional.empty(), answer.field("Set-Cookie"));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void flushOfAnotherStatus_reachesTheClientAtOnce(Kind kind) throws Exception {
      CountDownLatch read = new CountDownLatch(1);
      container(kind)
          .application(
              "/app",
              (request, response) -> {
                response.setStatus(202);
                response.getOutputStream().print("part");
                response.flushBuffer();
                await(read);
              });
      try (CaptureWire wire = new CaptureWire(container(kind).port())) {
        wire.send("GET /app HTTP/1.1", "");
        wire.readSome("HTTP/1.1 202".length());
        read.countDown();
      }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void afterClose_nothingMoreIsWritten(Kind kind) throws Exception {
      container(kind)
          .application(
              "/app",
              (request, response) -> {
                ServletOutputStream out = response.getOutputStream();
                out.print("whole");
                out.close();
                assertTrue(response.isCommitted());
                assertThrows(IOException.class, () -> out.print("more"));
              });
      assertSigned(get(kind), ascii("whole"));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void streamAndWriter_excludeEachOther(Kind kind) throws Exception {
      container(kind)
          .application(
              "/app",
              (request, response) -> {
                ServletOutputStream out = response.getOutputStream();
                assertTrue(out.isReady());
                assertThrows(IllegalStateException.class, response::getWriter);
                response.reset();
                PrintWriter writer = response.getWriter();
                assertEquals(writer, response.getWriter());
                assertThrows(IllegalStateException.class, response::getOutputStream);
                response.setBufferSize(50_000);
                assertTrue(response.getBufferSize() >= 50_000);
                writer.print("x");
                assertThrows(IllegalStateException.class, () -> response.setBufferSize(60_000));
                assertThrows(
                    IllegalStateException.class,
                    () -> out.setWriteListener(null == request ? null : new NoWriting()));
              });
      assertSigned(get(kind), ascii("x"));
    }
  }

  private static final class NoWriting implements jakarta.servlet.WriteListener {
    @Override
    public void onWritePossible() {}

    @Override
    public void onError(Throwable cause) {}
  }

  /** Type, charset and text as the bare container sends them. */
  @Nested
  class Charset {
    static Stream<Arguments> ways() {
      String text = "h\u00e9llo \u20ac \ud83d\ude00";
      String latin = "h\u00e9llo \u20ac";
      return bothWith(
          (Application) (q, p) -> p.getWriter().print(latin),
          (Application)
              (q, p) -> {
                p.setContentType("text/html");
                p.getWriter().print(text);
              },
          (Application)
              (q, p) -> {
                p.setContentType("text/plain");
                p.getWriter().println(latin);
                p.setContentType("text/html;charset=utf-16");
                p.setCharacterEncoding("utf-16");
              },
          (Application)
              (q, p) -> {
                p.setContentType("text/html; charset=UTF-8");
                p.getWriter().printf("%s %d", text, 17);
              },
          (Application)
              (q, p) -> {
                p.setCharacterEncoding("UTF-8");
                p.setContentType("application/json");
                p.getWriter().append(text).append('x').write(65);
              },
          (Application)
              (q, p) -> {
                p.setContentType("application/json");
                p.getWriter().print("{}");
              },
          (Application)
              (q, p) -> {
                p.setHeader("Content-Type", "text/xml");
                p.getWriter().print("<a/>");
              },
          (Application)
              (q, p) -> {
                p.setLocale(java.util.Locale.JAPANESE);
                p.setContentType("text/plain");
                p.getWriter().print("\u65e5\u672c");
                p.setLocale(java.util.Locale.FRENCH);
              },
          (Application)
              (q, p) -> {
                p.setContentType("text/plain;charset=windows-1252");
                p.getWriter().print(latin);
                p.setHeader("content-type", "text/csv; charset=utf-8");
              },
          (Application)
              (q, p) -> {
                p.setContentType("text/css; charset=utf-8");
                p.getOutputStream().print("a{}");
              },
          (Application)
              (q, p) -> {
                p.setContentType("text/plain;charset=utf-8");
                for (int i = 0; i < text.length(); i++) {
                  p.getWriter().write(text.charAt(i));
                }
                p.getWriter().close();
              },
          (Application)
              (q, p) -> {
                p.setCharacterEncoding("no-such-charset");
                try {
                  p.getWriter().print("x");
                } catch (java.io.UnsupportedEncodingException e) {
                  p.sendError(415);
                }
              });
    }

    @ParameterizedTest
    @MethodSource("ways")
    void isTheContainers(Kind kind, Application way) throws Exception {
      container(kind).application("/app", way);
      container(kind).mode(null);
      Answer bare = get(kind);
      container(kind).mode(mode(limits()));
      Answer signed = get(kind);
      assertEquals(bare.status(), signed.status());
      if (bare.status() == 200) {
        assertEquals(bare.field("Content-Type"), signed.field("Content-Type"));
        assertEquals(bare.field("Content-Language"), signed.field("Content-Language"));
        assertSigned(signed, bare.body());
      }
    }
  }

  @Nested
  class Dispatch {
    @ParameterizedTest
    @EnumSource(Kind.class)
    void include_isPartOfTheBody(Kind kind) throws Exception {
      container(kind)
          .application(
              "/app",
              (request, response) -> {
                response.getWriter().print("before ");
                request.getRequestDispatcher("/other").include(request, response);
                response.getWriter().print(" after");
              });
      container(kind)
          .application(
              "/other",
              (request, response) -> {
                response.setHeader("X-Included", "1");
                response.setStatus(404);
                response.getWriter().print("within");
              });
      Answer answer = get(kind);
      assertSigned(answer, ascii("before within after"));
      assertEquals(Optional.empty(), answer.field("X-Included"));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void forward_replacesTheBody(Kind kind) throws Exception {
      byte[] body = bytes(MEMORY * 2);
      container(kind)
          .application(
              "/app",
              (request, response) -> {
                response.getOutputStream().print("before");
                request.getRequestDispatcher("/other").forward(request, response);
              });
      container(kind).application("/other", (request, response) -> writeInParts(response, body));
      assertSigned(get(kind), body);
      container(kind).withForwards();
      assertSigned(get(kind), body);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void forwardAfterAFlush_isRefused(Kind kind) throws Exception {
      container(kind)
          .application(
              "/app",
              (request, response) -> {
                response.flushBuffer();
                assertThrows(
                    IllegalStateException.class,
                    () -> request.getRequestDispatcher("/other").forward(request, response));
                response.getOutputStream().print("x");
              });
      assertSigned(get(kind), ascii("x"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void sendfileByTheApplication_isUnsigned(Kind kind) throws Exception {
    byte[] body = bytes(50_000);
    Path file = Files.write(served.resolve("sendfile.bin"), body);
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              assertEquals(null, request.getAttribute("org.apache.tomcat.sendfile.support"));
              response.setContentLength(body.length);
              request.setAttribute("org.apache.tomcat.sendfile.filename", file.toString());
              request.setAttribute("org.apache.tomcat.sendfile.start", 0L);
              request.setAttribute("org.apache.tomcat.sendfile.end", (long) body.length);
              if (kind == Kind.JETTY) {
                response.getOutputStream().write(body);
              }
            });
    assertUnsigned(get(kind), 200, body);
    assertEquals(List.of(UnsignedReason.BYPASSED), heard.unsigned);
  }

  @ParameterizedTest
  @EnumSource
  void transferCodingOfTheApplication_isUnsigned(Kind kind) throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              response.setHeader("Transfer-Encoding", "identity");
              response.getOutputStream().print("x");
            });
    try (CaptureWire wire = new CaptureWire(container(kind).port())) {
      wire.send("GET /app HTTP/1.1", "Connection: close\r\n");
      assertFalse(wire.rest().contains("Digest"));
    }
    assertEquals(List.of(UnsignedReason.BYPASSED), heard.unsigned);
  }

  @ParameterizedTest
  @EnumSource
  void digestOfATamperedBody_wouldBeNoticed(Kind kind) throws Exception {
    container(kind).application("/app", (request, response) -> response.getWriter().print("abc"));
    Answer answer = get(kind);
    assertThrows(AssertionError.class, () -> assertFieldsOf(answer::field, ascii("abd")));
    assertThrows(
        MalformedFieldException.class,
        () -> assertFieldsOf(name -> answer.field(name).map(value -> value + "x"), ascii("abc")));
  }
}
