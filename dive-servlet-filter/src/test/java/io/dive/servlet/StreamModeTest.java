// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dive.conformance.Wire;
import io.dive.conformance.Wire.Answer;
import io.dive.key.Signer;
import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import io.dive.servlet.CaptureContainer.Application;
import io.dive.servlet.CaptureContainer.Kind;
import io.dive.servlet.StreamLimits.OverflowAction;
import io.dive.servlet.StreamLimits.SigningFailureAction;
import io.dive.servlet.StreamMode.UnsignedReason;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What mode stream tells its observer, and faults that settings cannot bring about. What a client
 * gets is shown in every container by the cases of io.dive.conformance.
 */
class StreamModeTest extends CaptureSuite {
  private static Stream<Arguments> bothWith(Object... values) {
    return Stream.of(Kind.values())
        .flatMap(kind -> Stream.of(values).map(value -> Arguments.of(kind, value)));
  }

  private static void writeInParts(HttpServletResponse response, byte[] body) throws IOException {
    for (int from = 0; from < body.length; from += 7_001) {
      response.getOutputStream().write(body, from, Math.min(7_001, body.length - from));
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** For {@link StreamModeAsyncTest}. */
  static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(60, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertRefused(Answer answer) {
    assertUnsigned(answer, 500, ascii("The response could not be signed.\n"));
  }

  // What the observer hears.

  static Stream<Arguments> lengthsThatAreHeld() {
    return bothWith(0L, 1L, MEMORY + 1L, LIMIT);
  }

  @ParameterizedTest
  @MethodSource("lengthsThatAreHeld")
  void signedBody_isToldWithItsLength(Kind kind, long length) throws Exception {
    byte[] body = bytes(length);
    container(kind).application("/app", (request, response) -> writeInParts(response, body));
    assertSigned(get(kind), body);
    assertEquals(List.of(length), heard.signed);
    assertEquals(List.of(), heard.unsigned);
  }

  private static Arguments because(UnsignedReason reason, String what, Application application) {
    return Arguments.of(reason, Named.of(what, application));
  }

  static Stream<Arguments> unsignedResponses() {
    return Stream.of(
            because(UnsignedReason.STATUS, "status", (q, p) -> p.setStatus(404)),
            because(
                UnsignedReason.STATUS,
                "status after the body",
                (q, p) -> {
                  writeInParts(p, bytes(MEMORY * 2));
                  p.setStatus(404);
                }),
            because(
                UnsignedReason.APPLICATION_FAILED,
                "exception",
                (q, p) -> {
                  writeInParts(p, bytes(MEMORY * 2));
                  throw new IOException("planned");
                }),
            because(UnsignedReason.ERROR_OR_REDIRECT, "error", (q, p) -> p.sendError(409)),
            because(UnsignedReason.ERROR_OR_REDIRECT, "redirect", (q, p) -> p.sendRedirect("/x")),
            because(
                UnsignedReason.LENGTH_MISMATCH,
                "shorter than declared",
                (q, p) -> {
                  p.setContentLength(100);
                  p.getOutputStream().write(bytes(60));
                }),
            because(
                UnsignedReason.LENGTH_MISMATCH,
                "longer than declared",
                (q, p) -> {
                  p.setContentLength(50);
                  p.getOutputStream().write(bytes(60));
                }),
            because(
                UnsignedReason.BYPASSED,
                "transfer coding",
                (q, p) -> {
                  p.setHeader("Transfer-Encoding", "identity");
                  p.getOutputStream().print("x");
                }))
        .flatMap(
            row ->
                Stream.of(Kind.values())
                    .map(kind -> Arguments.of(kind, row.get()[0], row.get()[1])));
  }

  @ParameterizedTest
  @MethodSource("unsignedResponses")
  void unsignedResponse_isToldOnceWithItsReason(
      Kind kind, UnsignedReason reason, Application application) throws Exception {
    container(kind).application("/app", application);
    try (Wire wire = new Wire(container(kind).port())) {
      wire.send("GET /app HTTP/1.1", "Connection: close\r\n");
      assertFalse(wire.rest().contains("Digest"));
    }
    container(kind).awaitIdle();
    assertEquals(List.of(reason), heard.unsigned);
    assertEquals(List.of(), heard.signed);
    assertEquals(List.of(), heard.overflows);
  }

  @ParameterizedTest
  @EnumSource
  void sendfileByTheApplication_isToldAsBypassing(Kind kind) throws Exception {
    byte[] body = bytes(50_000);
    Path file = Files.write(served.resolve("sendfile.bin"), body);
    container(kind)
        .application(
            "/app",
            (request, response) -> {
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
  void overflow_isToldWithWhatIsDone(Kind kind) throws Exception {
    byte[] body = bytes(LIMIT * 2);
    container(kind).application("/app", (request, response) -> writeInParts(response, body));
    assertUnsigned(get(kind), 200, body);
    container(kind).mode(mode(limits(OverflowAction.FAIL)));
    assertRefused(get(kind));
    container(kind).mode(mode(limits(OverflowAction.TRAILER)));
    assertFieldsOf(get(kind)::trailer, body);
    assertEquals(
        List.of(OverflowAction.UNSIGNED, OverflowAction.FAIL, OverflowAction.TRAILER),
        heard.overflows);
    assertEquals(List.of(UnsignedReason.OVERFLOW, UnsignedReason.OVERFLOW), heard.unsigned);
    assertEquals(List.of((long) body.length), heard.signed);
  }

  @ParameterizedTest
  @EnumSource
  void temporarySpaceUsedUp_isTold(Kind kind) throws Exception {
    byte[] body = bytes(200_000);
    container(kind)
        .mode(
            mode(
                new StreamLimits(
                    MEMORY,
                    LIMIT,
                    OverflowAction.UNSIGNED,
                    tempDir,
                    100_000,
                    SigningFailureAction.UNSIGNED,
                    true)));
    container(kind).application("/app", (request, response) -> writeInParts(response, body));
    assertUnsigned(get(kind), 200, body);
    assertEquals(List.of(UnsignedReason.TEMP_SPACE), heard.unsigned);
  }

  // Faults of our own.

  private static Signer failing(boolean checked) {
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
        throw new IllegalStateException("planned");
      }
    };
  }

  private static StreamLimits limits(Path directory, SigningFailureAction action) {
    return new StreamLimits(
        MEMORY, LIMIT, OverflowAction.UNSIGNED, directory, 100 * LIMIT, action, true);
  }

  static Stream<Arguments> checkedOrNot() {
    return bothWith(true, false);
  }

  @ParameterizedTest
  @MethodSource("checkedOrNot")
  void signerThatFails_servesUnsignedOr500(Kind kind, boolean checked) throws Exception {
    byte[] body = bytes(MEMORY * 2);
    Signer signer = failing(checked);
    container(kind).application("/app", (request, response) -> writeInParts(response, body));
    container(kind).mode(mode(limits(), signer));
    assertUnsigned(get(kind), 200, body);
    container(kind).mode(mode(limits(tempDir, SigningFailureAction.FAIL), signer));
    assertRefused(get(kind));
    assertEquals(2, heard.failures.size());
    assertEquals(
        List.of(UnsignedReason.SIGNING_FAILED, UnsignedReason.SIGNING_FAILED), heard.unsigned);
  }

  @ParameterizedTest
  @EnumSource
  void temporaryDirectoryThatIsGone_servesUnsignedOr500(Kind kind) throws Exception {
    byte[] body = bytes(MEMORY * 2);
    Path gone = tempDir.resolve("gone");
    container(kind).application("/app", (request, response) -> writeInParts(response, body));
    container(kind).mode(mode(limits(gone, SigningFailureAction.UNSIGNED)));
    assertUnsigned(get(kind), 200, body);
    container(kind).mode(mode(limits(gone, SigningFailureAction.FAIL)));
    assertRefused(get(kind));
    assertEquals(
        List.of(UnsignedReason.TEMP_FILE_FAILED, UnsignedReason.TEMP_FILE_FAILED), heard.unsigned);
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
    assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "/proc is not there");
    assertEquals(List.of("rw-------"), seen);
  }

  // Mappings that the conformance kit does not have.

  @ParameterizedTest
  @EnumSource
  void forwardThatOurFilterDoesNotSee_replacesTheBody(Kind kind) throws Exception {
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
  @EnumSource
  void http2AfterAnUpgrade_isSigned(Kind kind) throws Exception {
    byte[] body = bytes(200_000);
    container(kind).application("/app", (request, response) -> writeInParts(response, body));
    container(kind).application("/third", (request, response) -> response.setStatus(204));
    String root = "http://127.0.0.1:" + container(kind).port();
    HttpClient client = HttpClient.newHttpClient();
    // Its first request carries the upgrade.
    client.send(
        HttpRequest.newBuilder(URI.create(root + "/third")).build(),
        HttpResponse.BodyHandlers.discarding());
    HttpResponse<byte[]> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(root + "/app")).build(),
            HttpResponse.BodyHandlers.ofByteArray());
    assertEquals(HttpClient.Version.HTTP_2, answer.version());
    assertArrayEquals(body, answer.body());
    assertFieldsOf(name -> answer.headers().firstValue(name), body);
  }

  @ParameterizedTest
  @EnumSource
  void otherMethods_getTheContainersOwnResponse(Kind kind) throws Exception {
    container(kind)
        .application(
            "/app",
            (request, response) -> {
              assertFalse(response instanceof CapturingResponse);
              response.getWriter().print("body");
            });
    Answer answer = Wire.once(container(kind).port(), "OPTIONS /app HTTP/1.1", "");
    assertEquals(200, answer.status());
    assertNoFields(answer);
  }
}
