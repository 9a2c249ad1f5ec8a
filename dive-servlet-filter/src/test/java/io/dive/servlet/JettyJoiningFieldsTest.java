// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.FieldNames;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.HeaderField;
import io.dive.servlet.FilterContainer.Application;
import io.dive.sign.BodyDigester;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What joins a response of Jetty when it is sent, and what does not. */
class JettyJoiningFieldsTest {
  private static final byte[] CONTENT = "content".getBytes(StandardCharsets.US_ASCII);
  private static final String MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT";

  private final Path directory;
  private final List<ResponseOutcome> outcomes = new CopyOnWriteArrayList<>();

  JettyJoiningFieldsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** How the answer differs from the file's. */
  private interface Difference {
    void make(HttpServletResponse response) throws IOException;
  }

  private RawAnswer answer(boolean noTransform, Difference difference) throws Exception {
    FileSignatures.Signed signed = signed();
    Application application =
        (request, response) -> {
          JoiningFields joining =
              JoiningFields.of(request, signed, noTransform).orElseThrow(AssertionError::new);
          assertTrue(joining.join(request, outcomes::add));
          response.setContentLength(CONTENT.length);
          response.setHeader("Last-Modified", MODIFIED);
          difference.make(response);
          if (!response.isCommitted()) {
            response.getOutputStream().write(CONTENT);
          }
        };
    FilterContainer.Running running =
        FilterContainer.JETTY.start(directory, List.of(), Map.of("/file", application));
    try {
      return RawAnswer.to(running.port(), "GET /file HTTP/1.1", "Host: example.com");
    } finally {
      running.close();
    }
  }

  private FileSignatures.Signed signed() throws IOException {
    Path file = Files.write(directory.resolve("file"), CONTENT);
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("1994-11-06T08:49:37.5Z")));
    return new FileSignatures.Signed(
        BodyDigester.digest(HashAlgorithm.SHA_256, CONTENT),
        FieldNames.SIGNED_RESPONSE.stream().map(name -> new HeaderField(name, "ours")).toList(),
        Files.readAttributes(file, BasicFileAttributes.class));
  }

  private void assertJoined(RawAnswer answer) {
    FieldNames.SIGNED_RESPONSE.forEach(name -> assertEquals("ours", answer.value(name), name));
    assertEquals(List.of(ResponseOutcome.SIGNED), outcomes);
  }

  private void assertNoneJoined(ResponseOutcome outcome, RawAnswer answer) {
    FieldNames.SIGNED_RESPONSE.forEach(
        name ->
            assertEquals(List.of(), answer.values(name).stream().filter("ours"::equals).toList()));
    assertEquals(List.of(outcome), outcomes);
  }

  @Test
  void theFileWhole_hasThem_andTheApplicationNeverSeesThem() throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    RawAnswer answer = answer(false, response -> seen.addAll(response.getHeaderNames()));
    assertJoined(answer);
    assertEquals(List.of(), answer.values("Cache-Control"));
    assertTrue(seen.contains("Last-Modified"));
    assertEquals(List.of(), FieldNames.SIGNED_RESPONSE.stream().filter(seen::contains).toList());
  }

  @Test
  void noTransform_joinsWhatTheApplicationSays_once() throws Exception {
    RawAnswer answer = answer(true, response -> response.setHeader("Cache-Control", "max-age=60"));
    assertJoined(answer);
    assertEquals(List.of("max-age=60", "no-transform"), answer.values("Cache-Control"));
    outcomes.clear();
    answer = answer(true, response -> response.setHeader("Cache-Control", "no-transform"));
    assertJoined(answer);
    assertEquals(List.of("no-transform"), answer.values("Cache-Control"));
  }

  @Test
  void anErrorPageOfTheFilesLengthAndTime_hasNone() throws Exception {
    RawAnswer answer = answer(false, response -> response.setStatus(404));
    assertEquals(404, answer.status());
    assertEquals("content", answer.body());
    assertNoneJoined(ResponseOutcome.NOT_200, answer);
  }

  @Test
  void anErrorThatTheContainerAnswers_hasNone() throws Exception {
    assertNoneJoined(
        ResponseOutcome.NOT_200,
        answer(
            false,
            response -> {
              response.reset();
              response.sendError(503);
              response.flushBuffer();
            }));
  }

  @Test
  void anotherTimeOrNone_hasNone() throws Exception {
    assertNoneJoined(
        ResponseOutcome.CHANGED,
        answer(
            false,
            response -> response.setHeader("Last-Modified", "Sun, 06 Nov 1994 08:49:38 GMT")));
    outcomes.clear();
    assertNoneJoined(
        ResponseOutcome.CHANGED,
        answer(false, response -> response.setHeader("Last-Modified", null)));
  }

  @Test
  void anotherLength_hasNone() throws Exception {
    assertNoneJoined(
        ResponseOutcome.CHANGED,
        answer(
            false,
            response -> {
              response.setContentLength(CONTENT.length - 1);
              response.getOutputStream().write(CONTENT, 0, CONTENT.length - 1);
              response.flushBuffer();
            }));
  }

  @Test
  void aCodedBodyOfTheFilesLength_hasNone() throws Exception {
    assertNoneJoined(
        ResponseOutcome.CHANGED,
        answer(false, response -> response.setHeader("Content-Encoding", "identity")));
  }

  @Test
  void fieldsThatTheApplicationSets_stayAlone() throws Exception {
    RawAnswer answer =
        answer(false, response -> response.setHeader("Content-Digest", "sha-256=:theirs:"));
    assertEquals("sha-256=:theirs:", answer.value("Content-Digest"));
    assertNoneJoined(ResponseOutcome.CHANGED, answer);
  }

  @Test
  void overHttp2_theyJoinEachResponse() throws Exception {
    FileSignatures.Signed signed = signed();
    JoiningFields[] joining = new JoiningFields[1];
    HttpServlet servlet =
        new HttpServlet() {
          @Override
          protected void doGet(HttpServletRequest request, HttpServletResponse response)
              throws IOException {
            if (joining[0] == null) {
              joining[0] = JoiningFields.of(request, signed, true).orElseThrow();
            }
            assertTrue(joining[0].join(request, outcomes::add));
            response.setContentLength(CONTENT.length);
            response.setHeader("Last-Modified", MODIFIED);
            response.getOutputStream().write(CONTENT);
          }
        };
    Server server = new Server();
    HttpConfiguration configuration = new HttpConfiguration();
    ServerConnector connector =
        new ServerConnector(
            server,
            new HttpConnectionFactory(configuration),
            new HTTP2CServerConnectionFactory(configuration));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    context.addServlet(new ServletHolder(servlet), "/file");
    server.setHandler(context);
    server.start();
    try {
      HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
      URI uri = URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/file");
      for (int i = 0; i < 3; i++) {
        HttpResponse<String> answer =
            client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(HttpClient.Version.HTTP_2, answer.version());
        assertEquals("content", answer.body());
        for (String name : FieldNames.SIGNED_RESPONSE) {
          assertEquals(List.of("ours"), answer.headers().allValues(name), name);
        }
        assertEquals(List.of("no-transform"), answer.headers().allValues("Cache-Control"));
      }
      assertEquals(Collections.nCopies(3, ResponseOutcome.SIGNED), outcomes);
    } finally {
      server.stop();
    }
  }
}
