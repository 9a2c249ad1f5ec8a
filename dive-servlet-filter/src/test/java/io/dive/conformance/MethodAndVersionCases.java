// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.dive.conformance.Wire.Answer;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Methods, versions of HTTP/1, and several requests on one connection. */
class MethodAndVersionCases extends Conformance {
  private static final int[] LENGTHS = {5, 0, MEMORY * 3, 17, LIMIT};

  /** As many bytes as the query says. */
  private static void serveLengths() {
    application(
        "/app/x",
        (request, response) ->
            writeInParts(response, bytes(Long.parseLong(request.getParameter("n")))));
  }

  private static void serveEcho() {
    application(
        "/app/x",
        (request, response) -> {
          byte[] received = request.getInputStream().readAllBytes();
          response.getOutputStream().write(received);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, MEMORY * 3})
  void aPost_isSigned(int length) throws Exception {
    String text = "p".repeat(length);
    serveEcho();
    try (Wire wire = new Wire(port())) {
      wire.send("POST /app/x HTTP/1.1", "Content-Length: " + length + "\r\n");
      wire.sendText(text);
      assertSigned(wire.receive(false), ascii(text));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "PATCH", "DELETE"})
  void aMethodThatChangesSomething_isSigned(String method) throws Exception {
    application("/app/x", (request, response) -> response.getWriter().print(request.getMethod()));
    assertSigned(request(method + " /app/x HTTP/1.1", "Content-Length: 0"), ascii(method));
  }

  @Test
  void aPostThatExpectsContinue_isSigned() throws Exception {
    serveEcho();
    try (Wire wire = new Wire(port())) {
      wire.send("POST /app/x HTTP/1.1", "Content-Length: 5\r\nExpect: 100-continue\r\n");
      Answer interim = wire.receive(true);
      assertEquals(100, interim.status());
      assertNoFields(interim);
      wire.sendText("hello");
      assertSigned(wire.receive(false), ascii("hello"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, MEMORY * 3})
  void aHead_isUnsigned(int length) throws Exception {
    application("/app/x", (request, response) -> writeInParts(response, bytes(length)));
    Answer answer = request("HEAD /app/x HTTP/1.1");
    assertEquals(200, answer.status());
    assertNoFields(answer);
  }

  @Test
  void anOptions_isUnsigned() throws Exception {
    byte[] body = bytes(MEMORY * 2);
    application("/app/x", (request, response) -> writeInParts(response, body));
    assertUnsigned(request("OPTIONS /app/x HTTP/1.1"), 200, body);
  }

  @Test
  void anOptions_isNotHeldBack() throws Exception {
    CountDownLatch received = new CountDownLatch(1);
    application(
        "/app/x",
        (request, response) -> {
          response.getOutputStream().print("part");
          response.flushBuffer();
          await(received);
        });
    try (Wire wire = new Wire(port())) {
      wire.send("OPTIONS /app/x HTTP/1.1", "Connection: close\r\n");
      assertArrayEquals(ascii("HTTP/1.1 200"), wire.peek("HTTP/1.1 200".length()));
      received.countDown();
      assertUnsigned(wire.receive(false), 200, ascii("part"));
    }
  }

  @Test
  void http10_isSigned() throws Exception {
    byte[] body = bytes(MEMORY + 1);
    application("/app/x", (request, response) -> writeInParts(response, body));
    assertSigned(request("GET /app/x HTTP/1.0"), body);
  }

  @Test
  void aKeptConnectionOfHttp10_carriesSeveralSignedAnswers() throws Exception {
    serveLengths();
    try (Wire wire = new Wire(port())) {
      for (int length : LENGTHS) {
        wire.send("GET /app/x?n=" + length + " HTTP/1.0", "Connection: keep-alive\r\n");
        assertSigned(wire.receive(false), bytes(length));
      }
    }
  }

  @Test
  void aKeptConnection_carriesSeveralSignedAnswers() throws Exception {
    serveLengths();
    try (Wire wire = new Wire(port())) {
      for (int length : LENGTHS) {
        wire.send("GET /app/x?n=" + length + " HTTP/1.1", "");
        assertSigned(wire.receive(false), bytes(length));
      }
    }
    eventually(() -> counted().equals(Map.of("stream/signed", LENGTHS.length)));
  }

  @Test
  void pipelinedRequests_getTheirOwnSignedAnswersInOrder() throws Exception {
    serveLengths();
    String all =
        IntStream.of(LENGTHS)
            .mapToObj(n -> "GET /app/x?n=" + n + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .reduce("", String::concat);
    try (Wire wire = new Wire(port())) {
      wire.sendText(all);
      for (int length : LENGTHS) {
        assertSigned(wire.receive(false), bytes(length));
      }
    }
  }

  @Test
  void pipelinedRequests_ofWhichOneFails_areAnsweredInOrder() throws Exception {
    serveLengths();
    application(
        "/app/conflict",
        (request, response) -> {
          writeInParts(response, bytes(MEMORY * 2));
          response.sendError(409);
        });
    String host = " HTTP/1.1\r\nHost: localhost\r\n";
    try (Wire wire = new Wire(port())) {
      wire.sendText(
          "GET /app/x?n=5"
              + host
              + "\r\n"
              + "HEAD /app/x?n=6"
              + host
              + "\r\n"
              + "POST /app/x?n=7"
              + host
              + "Content-Length: 4\r\n\r\nbody"
              + "GET /app/conflict"
              + host
              + "\r\n"
              + "GET /app/x?n=8"
              + host
              + "Connection: close\r\n\r\n");
      assertSigned(wire.receive(false), bytes(5));
      assertNoFields(wire.receive(true));
      assertSigned(wire.receive(false), bytes(7));
      Answer conflict = wire.receive(false);
      assertEquals(409, conflict.status());
      assertNoFields(conflict);
      assertSigned(wire.receive(false), bytes(8));
      assertEquals("", wire.rest());
    }
  }

  @Test
  void aChunkedRequest_isSigned() throws Exception {
    serveEcho();
    try (Wire wire = new Wire(port())) {
      wire.send("POST /app/x HTTP/1.1", "Transfer-Encoding: chunked\r\n");
      wire.sendText("5\r\nhello\r\n0\r\n\r\n");
      assertSigned(wire.receive(false), ascii("hello"));
    }
  }
}
