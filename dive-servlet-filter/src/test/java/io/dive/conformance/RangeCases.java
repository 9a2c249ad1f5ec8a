// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import io.dive.protocol.FieldNames;
import io.dive.sign.BodyDigester;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranges and conditional requests: as without the filter, and signed only where all is sent. */
class RangeCases extends ServedFiles {
  private static final String OLD = "Thu, 01 Jan 1998 00:00:00 GMT";
  private static final String LATER = "Fri, 01 Jan 2100 00:00:00 GMT";

  /** Request fields; {@code @E} is the resource's entity tag, {@code @D} its date. */
  private static final List<String> REQUESTS =
      List.of(
          "Range: bytes=1-3",
          "Range: bytes=0-0",
          "Range: bytes=2-",
          "Range: bytes=-2",
          "Range: bytes=-999999999",
          "Range: bytes=0-999999999",
          "Range: bytes=0-1,4-5",
          "Range: bytes=4-5,0-1",
          "Range: bytes=0-1,1-4",
          "Range: bytes=0-1, -1",
          "Range: bytes=0-1,999999999-",
          "Range: bytes=999999999-",
          "Range: bytes=999999998-,999999999-",
          "Range: bytes=3-1",
          "Range: bytes=x-1",
          "Range: lines=0-1",
          "Range: bytes",
          "Range: bytes=0-1|If-Range: @E",
          "Range: bytes=0-1|If-Range: \"other\"",
          "Range: bytes=0-1|If-Range: W/\"other\"",
          "Range: bytes=0-1|If-Range: @D",
          "Range: bytes=0-1|If-Range: " + OLD,
          "Range: bytes=0-1|If-Range: " + LATER,
          "If-Range: \"other\"",
          "If-None-Match: @E",
          "If-None-Match: *",
          "If-None-Match: \"other\"",
          "If-None-Match: \"other\", @E",
          "If-None-Match: @E|Range: bytes=0-1",
          "If-Modified-Since: @D",
          "If-Modified-Since: " + OLD,
          "If-Modified-Since: " + LATER,
          "If-Modified-Since: nonsense",
          "If-Modified-Since: " + OLD + "|If-None-Match: @E",
          "If-Modified-Since: @D|If-None-Match: \"other\"",
          "If-Match: @E",
          "If-Match: *",
          "If-Match: \"other\"",
          "If-Match: \"other\"|Range: bytes=0-1",
          "If-Unmodified-Since: @D",
          "If-Unmodified-Since: " + OLD,
          "If-Unmodified-Since: " + LATER + "|Range: bytes=1-2");

  private static final String EMPTY_416 =
      "The error page of status 416 is empty in Jetty wherever a filter wraps request and response";

  private static Map<String, Answer> ask(String method, String path, Answer whole)
      throws IOException {
    String tag = whole.field("ETag").orElse("\"absent\"");
    String date = whole.field("Last-Modified").orElse(LATER);
    Map<String, Answer> answers = new LinkedHashMap<>();
    for (String row : REQUESTS) {
      answers.put(
          row,
          request(
              method + " " + path + " HTTP/1.1",
              row.replace("@E", tag).replace("@D", date).split("\\|")));
    }
    return answers;
  }

  /** One request's answers with and without the filter. */
  private static void compare(Answer without, Answer with, byte[] file, boolean head)
      throws Exception {
    if (differs(Kind.JETTY_EE10, Kind.JETTY_EE11) && with.status() == 416) {
      assertEquals(416, without.status());
      assertEquals(0, with.body().length);
      assertNoFields(with);
      return;
    }
    assertSameButForOurFields(without, with);
    Optional<String> repr = with.field(FieldNames.REPR_DIGEST);
    switch (with.status()) {
      case 200 -> {
        assertFieldsOf(with::field, file);
        assertEquals(head ? 0 : file.length, with.body().length);
        assertEquals(Optional.empty(), repr);
      }
      case 206 -> {
        assertNoFields(with);
        assertEquals(
            Optional.of(BodyDigester.digest(HASH, file).contentDigest()), repr, "Repr-Digest");
      }
      default -> {
        assertNoFields(with);
        assertEquals(Optional.empty(), repr);
      }
    }
  }

  private static void compareAll(
      Map<String, Answer> without, Map<String, Answer> with, byte[] file, boolean head) {
    with.forEach(
        (row, answer) -> {
          try {
            compare(requireNonNull(without.get(row)), answer, file, head);
          } catch (Exception | AssertionError e) {
            throw new AssertionError(row + ": " + e.getMessage(), e);
          }
        });
    for (int status : new int[] {200, 304, 412}) {
      assertTrue(with.values().stream().anyMatch(answer -> answer.status() == status));
    }
  }

  private static void assertSomeAre(int status, Map<String, Answer> answers) {
    assertTrue(answers.values().stream().anyMatch(answer -> answer.status() == status));
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, MIDDLE, LARGE})
  @Differs(
      in = {Kind.JETTY_EE10, Kind.JETTY_EE11},
      because = EMPTY_416)
  void rangesAndConditions_areThoseOfTheContainer(int length) throws Exception {
    String path = file("a.bin", bytes(length));
    off();
    Map<String, Answer> without = ask("GET", path, get(path));
    settings();
    Answer whole = get(path);
    Map<String, Answer> with = ask("GET", path, whole);
    compareAll(without, with, bytes(length), false);
    assertSomeAre(206, with);
    assertSomeAre(416, with);
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  @Differs(
      in = {Kind.JETTY_EE10, Kind.JETTY_EE11},
      because = EMPTY_416)
  void rangesAndConditions_ofHeadAreThoseOfTheContainer(int length) throws Exception {
    String path = file("a.bin", bytes(length));
    off();
    Map<String, Answer> without = ask("HEAD", path, get(path));
    settings();
    compareAll(without, ask("HEAD", path, get(path)), bytes(length), true);
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  @Differs(
      in = {Kind.JETTY_EE10, Kind.JETTY_EE11},
      because = EMPTY_416)
  void rangesOfAFileWithASidecar_carryItsDigest(int length) throws Exception {
    String path = file("a.bin", bytes(length));
    sign("a.bin");
    off();
    Map<String, Answer> without = ask("GET", path, get(path));
    settings("dive.rule.20.mode = sidecar");
    Map<String, Answer> with = ask("GET", path, get(path));
    compareAll(without, with, bytes(length), false);
    assertSomeAre(206, with);
  }

  @Test
  void aDownloadInParts_isTheFileThatReprDigestSays() throws Exception {
    String path = file("a.bin", bytes(LARGE));
    byte[] put = new byte[LARGE];
    Set<String> promised = new HashSet<>();
    int half = LARGE / 2 + 1;
    for (String range : List.of("0-" + (half - 1), half + "-")) {
      Answer answer = get(path, "Range: bytes=" + range);
      assertEquals(206, answer.status());
      System.arraycopy(
          answer.body(), 0, put, range.startsWith("0") ? 0 : half, answer.body().length);
      promised.add(answer.field(FieldNames.REPR_DIGEST).orElseThrow());
    }
    assertEquals(Set.of(BodyDigester.digest(HASH, put).contentDigest()), promised);
  }

  @ParameterizedTest
  @ValueSource(ints = {SMALL, LARGE})
  @Differs(
      in = {Kind.JETTY_EE10, Kind.JETTY_EE11},
      because = "Jetty's file servlet sends no Cache-Control with any 304")
  void anAnswerThatNothingHasChanged_repeatsNoTransform(int length) throws Exception {
    String path = file("a.bin", bytes(length));
    String date = get(path).field("Last-Modified").orElseThrow();
    Answer answer = get(path, "If-Modified-Since: " + date);
    assertEquals(304, answer.status());
    assertEquals(
        differs(Kind.JETTY_EE10, Kind.JETTY_EE11) ? Optional.empty() : Optional.of("no-transform"),
        answer.field("Cache-Control"));
  }

  @Test
  void partsOfAFileThatWasReplaced_carryNoDigestForAWhile() throws Exception {
    String path = file("a.bin", bytes(LARGE));
    assertSigned(get(path), bytes(LARGE));
    file("a.bin", bytes(LARGE + 1));
    Answer answer = get(path, "Range: bytes=0-9");
    assertNoFields(answer);
    assertEquals(Optional.empty(), answer.field(FieldNames.REPR_DIGEST));
  }

  // Mode stream: an application that knows ranges itself.

  private static final byte[] MADE = bytes(MIDDLE);
  private static final String TAG = "\"made\"";

  private static void answerRanges(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setHeader("ETag", TAG);
    response.setHeader("Accept-Ranges", "bytes");
    response.setHeader("Last-Modified", OLD);
    String range = request.getHeader("Range");
    String ifRange = request.getHeader("If-Range");
    if (TAG.equals(request.getHeader("If-None-Match"))) {
      response.setStatus(304);
    } else if ("\"other\"".equals(request.getHeader("If-Match"))) {
      response.sendError(412);
    } else if ("bytes=999999999-".equals(range)) {
      response.setHeader("Content-Range", "bytes */" + MADE.length);
      response.setStatus(416);
    } else if ("bytes=1-3".equals(range) || ("bytes=0-1".equals(range) && TAG.equals(ifRange))) {
      int from = range.charAt(6) - '0';
      int to = range.charAt(8) - '0';
      response.setStatus(206);
      response.setHeader("Content-Range", "bytes " + from + "-" + to + "/" + MADE.length);
      response.setContentLength(to - from + 1);
      response.getOutputStream().write(MADE, from, to - from + 1);
    } else if ("bytes=0-1,4-5".equals(range)) {
      response.setStatus(206);
      response.setContentType("multipart/byteranges; boundary=XYZ");
      response.getOutputStream().print("--XYZ\r\n\r\nab\r\n--XYZ\r\n\r\ncd\r\n--XYZ--\r\n");
    } else {
      response.getOutputStream().write(MADE);
    }
  }

  @Test
  void rangesAnApplicationAnswersItself_areItsOwn() throws Exception {
    application("/app/x", RangeCases::answerRanges);
    settings("dive.rule.10.mode = off");
    Answer whole = get("/app/x");
    Map<String, Answer> without = ask("GET", "/app/x", whole);
    settings();
    assertSigned(get("/app/x"), MADE);
    Optional<String> known = Optional.of(BodyDigester.digest(HASH, MADE).contentDigest());
    Map<String, Answer> with = ask("GET", "/app/x", whole);
    with.forEach(
        (row, answer) -> {
          Answer expected = requireNonNull(without.get(row));
          assertEquals(expected.status(), answer.status(), row);
          assertEquals(expected.text(), answer.text(), row);
          assertEquals(expected.field("Content-Range"), answer.field("Content-Range"));
          assertEquals(expected.field("ETag"), answer.field("ETag"));
          boolean part = answer.status() == 206 && answer.field("Content-Range").isPresent();
          assertEquals(part ? known : Optional.empty(), answer.field(FieldNames.REPR_DIGEST));
          if (answer.status() != 200) {
            assertNoFields(answer);
          }
        });
    for (int status : new int[] {200, 206, 304, 412, 416}) {
      assertSomeAre(status, with);
    }
    for (Answer answer : with.values()) {
      if (answer.status() == 200) {
        assertSigned(answer, MADE);
      }
    }
  }
}
