// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.dive.conformance.Wire.Answer;
import io.dive.protocol.FieldNames;
import jakarta.servlet.RequestDispatcher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Mode static: files as the container's own file servlet sends them. */
class FileCases extends ServedFiles {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 8_192, MIDDLE, 512 * 1024 - 1, 512 * 1024, LARGE, 20_000_001})
  void aFile_isSignedOverTheBytesReceived(int length) throws Exception {
    byte[] body = bytes(length);
    String path = file("a.bin", body);
    assertSigned(get(path), body);
    assertSigned(get(path), body);
    eventually(() -> counted().equals(Map.of("static/signed", 2)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"b%20c.txt", "%61.txt", "a+b.txt", "a'b!(c)*~,@$&=.txt"})
  void aFileWithAnEscapedName_isSigned(String escaped) throws Exception {
    file(escaped.replace("%20", " ").replace("%61", "a"), bytes(SMALL));
    assertSigned(get(url + "/" + escaped), bytes(SMALL));
  }

  @Test
  @Differs(
      in = {Kind.JETTY_EE10, Kind.JETTY_EE11, Kind.SPRING_BOOT_3, Kind.SPRING_BOOT_4},
      because =
          "Jetty refuses an escaped percent sign in a path as ambiguous (400), Spring MVC does not"
              + " find the file (404)")
  void aFileWithAPercentSignInItsName_isSigned() throws Exception {
    file("100%.txt", bytes(SMALL));
    Answer answer = get(url + "/100%25.txt");
    if (differs(Kind.JETTY_EE10, Kind.JETTY_EE11)) {
      assertEquals(400, answer.status());
      assertNoFields(answer);
    } else if (differs(Kind.SPRING_BOOT_3, Kind.SPRING_BOOT_4)) {
      assertEquals(404, answer.status());
      assertNoFields(answer);
    } else {
      assertSigned(answer, bytes(SMALL));
    }
  }

  @Test
  void manyFilesOnOneConnection_areSigned() throws Exception {
    try (Wire wire = new Wire(port())) {
      for (int length : new int[] {LARGE, 0, SMALL, MIDDLE, LARGE + 1, 1}) {
        String path = file(length + ".bin", bytes(length));
        wire.send("GET " + path + " HTTP/1.1", "");
        assertSigned(wire.receive(false), bytes(length));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, SMALL, LARGE})
  void http10_isSigned(int length) throws Exception {
    String path = file("a.bin", bytes(length));
    assertSigned(request("GET " + path + " HTTP/1.0"), bytes(length));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, SMALL, MIDDLE, LARGE})
  void head_carriesWhatGetWould(int length) throws Exception {
    byte[] body = bytes(length);
    String path = file("a.bin", body);
    Answer head = request("HEAD " + path + " HTTP/1.1");
    assertEquals(200, head.status());
    assertEquals(0, head.body().length);
    assertFieldsOf(head::field, body);
    Answer get = get(path);
    assertEquals(get.field("Content-Length"), head.field("Content-Length"));
    assertEquals(get.field("Cache-Control"), head.field("Cache-Control"));
    for (String name : FieldNames.SIGNED_RESPONSE) {
      assertEquals(get.field(name), head.field(name));
    }
  }

  @Test
  void theFirstRuleThatMatches_wins() throws Exception {
    String text = file("a.txt", bytes(SMALL));
    String other = file("a.bin", bytes(SMALL));
    settings("dive.rule.15.path = /files/**/*.txt", "dive.rule.15.mode = off");
    assertUnsigned(get(text), 200, bytes(SMALL));
    assertSigned(get(other), bytes(SMALL));
    eventually(() -> counted().equals(Map.of("off/unsigned", 1, "static/signed", 1)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"LOCALHOST", "localhost:8080", "localhost."})
  void aConfiguredHost_isSignedHoweverItIsWritten(String host) throws Exception {
    String path = file("a.txt", bytes(SMALL));
    assertSigned(toHost(host, path), bytes(SMALL));
  }

  @ParameterizedTest
  @ValueSource(strings = {"example.org", "www.localhost", "127.0.0.1", "[::1]:80"})
  void anotherHost_isLeftAlone(String host) throws Exception {
    String path = file("a.txt", bytes(SMALL));
    Answer answer = toHost(host, path);
    assertUnsigned(answer, 200, bytes(SMALL));
    assertEquals(Optional.empty(), answer.field("Cache-Control"));
  }

  private static Answer toHost(String host, String path) throws IOException {
    try (Wire wire = new Wire(port())) {
      wire.sendText("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
      return wire.receive(false);
    }
  }

  @Test
  void aMissingFile_isUnsigned() throws Exception {
    Answer answer = get(url + "/none.txt");
    assertEquals(404, answer.status());
    assertNoFields(answer);
  }

  @Test
  void aDirectory_isUnsigned() throws Exception {
    Files.createDirectory(directory.resolve("sub"));
    for (String path : new String[] {"/sub", "/sub/"}) {
      assertNoFields(get(url + path));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "QUERY"})
  void anotherMethod_isUnsigned(String method) throws Exception {
    String path = file("a.txt", bytes(SMALL));
    off();
    Answer without = request(method + " " + path + " HTTP/1.1", "Content-Length: 0");
    settings();
    Answer with = request(method + " " + path + " HTTP/1.1", "Content-Length: 0");
    assertNoFields(with);
    assertSameButForOurFields(without, with);
  }

  @Test
  void withoutNoTransform_cacheControlIsUntouched() throws Exception {
    settings("dive.no-transform = false");
    for (int length : new int[] {SMALL, LARGE}) {
      Answer answer = get(file(length + ".bin", bytes(length)));
      assertFieldsOf(answer::field, bytes(length));
      assertEquals(Optional.empty(), answer.field("Cache-Control"));
    }
  }

  /** The container may send the old bytes from a cache of its own, or cut them off. */
  @ParameterizedTest
  @ValueSource(ints = {SMALL, MIDDLE, LARGE})
  void aReplacedFile_isUnsignedForAWhile(int length) throws Exception {
    String path = file("a.bin", bytes(length));
    assertSigned(get(path), bytes(length));
    byte[] other = bytes(length);
    other[length / 2]++;
    Path next = Files.write(directory.resolve("next"), other);
    Files.move(next, directory.resolve("a.bin"), StandardCopyOption.ATOMIC_MOVE);
    for (int i = 0; i < 2; i++) {
      Answer answer = get(path);
      assertEquals(200, answer.status());
      assertNoFields(answer);
    }
    eventually(() -> counted().equals(Map.of("static/signed", 1, "static/changed", 2)));
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  void aFileThatHasGrown_isUnsignedForAWhile(int length) throws Exception {
    String path = file("a.bin", bytes(length));
    assertSigned(get(path), bytes(length));
    Files.write(directory.resolve("a.bin"), new byte[] {1}, StandardOpenOption.APPEND);
    assertNoFields(get(path));
    eventually(() -> counted().equals(Map.of("static/signed", 1, "static/changed", 1)));
  }

  @Test
  void aFileThatIsNew_isSignedAtOnce() throws Exception {
    assertEquals(404, get(url + "/other.txt").status());
    assertSigned(get(file("a.txt", bytes(MIDDLE))), bytes(MIDDLE));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFileIncludedInAPage_isPartOfThePage(boolean ofRequest) throws Exception {
    String path = file("a.txt", ascii("included"));
    application(
        "/app/page",
        (request, response) -> {
          response.getOutputStream().print("before ");
          RequestDispatcher dispatcher =
              ofRequest
                  ? request.getRequestDispatcher(path)
                  : request.getServletContext().getRequestDispatcher(path);
          dispatcher.include(request, response);
          response.getOutputStream().print(" after");
        });
    settings("dive.rule.10.mode = off");
    assertUnsigned(get("/app/page"), 200, ascii("before included after"));
    settings();
    assertSigned(get("/app/page"), ascii("before included after"));
  }

  @Test
  void anIncludedResource_cannotChangeTheHead() throws Exception {
    application(
        "/app/part",
        (request, response) -> {
          response.setContentLength(1);
          response.setHeader("Content-Length", "2");
          response.setStatus(404);
          response.getOutputStream().print("part");
          response.reset();
          response.sendError(409);
          response.sendRedirect("/elsewhere");
        });
    application(
        "/app/page",
        (request, response) -> {
          response.getOutputStream().print("before ");
          request.getRequestDispatcher("/app/part").include(request, response);
          response.getOutputStream().print(" after");
        });
    assertSigned(get("/app/page"), ascii("before part after"));
  }

  @Test
  void aFileForwardedTo_isSignedByTheRuleOfTheRequest() throws Exception {
    String path = file("a.bin", bytes(MIDDLE));
    application(
        "/app/x",
        (request, response) -> request.getRequestDispatcher(path).forward(request, response));
    assertSigned(get("/app/x"), bytes(MIDDLE));
    settings("dive.rule.10.mode = off");
    assertUnsigned(get("/app/x"), 200, bytes(MIDDLE));
  }
}
