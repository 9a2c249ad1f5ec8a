// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.dive.conformance.Wire.Answer;
import java.io.UnsupportedEncodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a writer sends: type, charset, language and bytes are those of the container alone. */
class CharsetCases extends Conformance {
  private static final String LATIN = "h\u00e9llo \u20ac";
  private static final String TEXT = "h\u00e9llo \u20ac \ud83d\ude00";

  /** The same answer with and without the filter, signed with it. */
  private void assertAsAlone(Application application) throws Exception {
    application("/app/x", application);
    settings("dive.rule.10.mode = off");
    Answer alone = get("/app/x");
    assertEquals(200, alone.status());
    settings();
    Answer answer = get("/app/x");
    assertEquals(200, answer.status(), answer.text());
    assertEquals(alone.field("Content-Type"), answer.field("Content-Type"));
    assertEquals(alone.field("Content-Language"), answer.field("Content-Language"));
    assertSigned(answer, alone.body());
  }

  @Test
  void textWithoutAType_isSentAsByTheContainerAlone() throws Exception {
    assertAsAlone((request, response) -> response.getWriter().print(LATIN));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/html",
        "text/css",
        "text/plain;charset=windows-1252",
        "application/json",
        "application/problem+json",
        "application/vnd.api+json",
        "application/xml",
        "application/octet-stream",
        "image/svg+xml"
      })
  void aType_isSentAsByTheContainerAlone(String type) throws Exception {
    assertAsAlone(
        (request, response) -> {
          response.setContentType(type);
          response.getWriter().print(LATIN);
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/html; charset=UTF-8",
        "text/plain; charset=\"utf-8\"; format=flowed",
        "text/plain;charset=utf-16",
        "text/plain;charset=utf-16le",
        "application/json;charset=UTF-8"
      })
  void aCharsetOfUnicode_isSentAsByTheContainerAlone(String type) throws Exception {
    assertAsAlone(
        (request, response) -> {
          response.setContentType(type);
          response.getWriter().print(TEXT);
        });
  }

  /** A container alone does not write the escape sequence that ends such a text. */
  @Test
  void aCharsetWithShiftStates_isCompletedAtTheEnd() throws Exception {
    String japanese = "\u65e5\u672c";
    application(
        "/app/x",
        (request, response) -> {
          response.setContentType("text/plain;charset=iso-2022-jp");
          response.getWriter().print(japanese.substring(0, 1));
          response.getWriter().print(japanese.substring(1));
        });
    assertSigned(get("/app/x"), japanese.getBytes(Charset.forName("iso-2022-jp")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/xml", "text/xml;charset=utf-8", "application/json"})
  void aTypeSetAsHeader_isSentAsByTheContainerAlone(String type) throws Exception {
    assertAsAlone(
        (request, response) -> {
          response.setHeader("Content-Type", type);
          response.getWriter().print("<a/>");
        });
    assertAsAlone(
        (request, response) -> {
          response.addHeader("content-type", type);
          response.getWriter().print("<a/>");
        });
  }

  @Test
  void aCharsetSetBeforeTheType_isSentAsByTheContainerAlone() throws Exception {
    assertAsAlone(
        (request, response) -> {
          response.setCharacterEncoding("UTF-8");
          response.setContentType("application/json");
          response.getWriter().append(TEXT).append('x').write(65);
        });
  }

  @Test
  void aCharsetSetTooLate_isIgnored() throws Exception {
    assertAsAlone(
        (request, response) -> {
          response.setContentType("text/plain;charset=windows-1252");
          response.getWriter().print(LATIN);
          response.setCharacterEncoding("utf-16");
        });
  }

  @Test
  @Differs(
      in = {Kind.JETTY_EE10, Kind.TOMCAT_10, Kind.UNDERTOW},
      because = "Servlet 6.0 takes a charset by its name only; the method is not there.")
  void aCharsetSetTooLateAsAnObject_isIgnored() throws Exception {
    Optional<NewerMethod> set = NewerMethod.of("setCharacterEncoding", Charset.class);
    assertEquals(differs(Kind.JETTY_EE10, Kind.TOMCAT_10, Kind.UNDERTOW), set.isEmpty());
    assertAsAlone(
        (request, response) -> {
          response.setContentType("text/plain;charset=windows-1252");
          response.getWriter().print(LATIN);
          if (set.isPresent()) {
            set.orElseThrow().on(response, StandardCharsets.UTF_16);
          }
        });
  }

  @Test
  void aTypeSetTooLate_isSentAsByTheContainerAlone() throws Exception {
    assertAsAlone(
        (request, response) -> {
          response.setContentType("text/plain;charset=windows-1252");
          response.getWriter().print(LATIN);
          response.setHeader("content-type", "text/csv");
        });
  }

  @Test
  @Differs(
      in = Kind.JETTY_EE11,
      because =
          "Jetty EE 11 alone leaves the charset away when another type and charset are set after"
              + " the writer is in use; with the filter the charset of the writer stays.")
  void aTypeAndCharsetSetTooLate_areSentAsByTheContainerAlone() throws Exception {
    Application tooLate =
        (request, response) -> {
          response.setContentType("text/plain;charset=windows-1252");
          response.getWriter().print(LATIN);
          response.setHeader("content-type", "text/csv; charset=utf-8");
        };
    if (!differs(Kind.JETTY_EE11)) {
      assertAsAlone(tooLate);
      return;
    }
    application("/app/x", tooLate);
    settings("dive.rule.10.mode = off");
    assertEquals(Optional.of("text/csv"), get("/app/x").field("Content-Type"));
    settings();
    Answer answer = get("/app/x");
    assertEquals(Optional.of("text/csv;charset=windows-1252"), answer.field("Content-Type"));
    assertSigned(answer, LATIN.getBytes(Charset.forName("windows-1252")));
  }

  @Test
  void aLocale_isSentAsByTheContainerAlone() throws Exception {
    assertAsAlone(
        (request, response) -> {
          response.setLocale(Locale.JAPANESE);
          response.setContentType("text/plain");
          response.getWriter().print("\u65e5\u672c");
          response.setLocale(Locale.FRENCH);
        });
  }

  @Test
  void theCharsetOfAStream_isSentAsByTheContainerAlone() throws Exception {
    assertAsAlone(
        (request, response) -> {
          response.setContentType("text/css; charset=utf-8");
          response.getOutputStream().print("a{}");
        });
  }

  @Test
  void surrogatesWrittenOneByOne_areJoined() throws Exception {
    assertAsAlone(
        (request, response) -> {
          response.setContentType("text/plain;charset=utf-8");
          for (int i = 0; i < TEXT.length(); i++) {
            response.getWriter().write(TEXT.charAt(i));
          }
          response.getWriter().close();
        });
  }

  @Test
  void formattedText_isSentAsByTheContainerAlone() throws Exception {
    assertAsAlone(
        (request, response) -> {
          response.setContentType("text/html; charset=UTF-8");
          response.getWriter().printf(Locale.ROOT, "%s %d", TEXT, 17);
        });
  }

  @Test
  void manyCharacters_areSentAsByTheContainerAlone() throws Exception {
    assertAsAlone(
        (request, response) -> {
          response.setContentType("text/html; charset=UTF-8");
          response.getWriter().print(TEXT.repeat(MEMORY / 10));
        });
  }

  @Test
  void aCharsetThatIsUnknown_isForTheContainerToJudge() throws Exception {
    application(
        "/app/x",
        (request, response) -> {
          response.setCharacterEncoding("no-such-charset");
          try {
            response.getWriter().print("x");
          } catch (UnsupportedEncodingException e) {
            response.sendError(415);
          }
        });
    settings("dive.rule.10.mode = off");
    int alone = get("/app/x").status();
    settings();
    Answer answer = get("/app/x");
    assertEquals(alone, answer.status());
    if (alone == 200) {
      assertSigned(answer, ascii("x"));
    } else {
      assertNoFields(answer);
    }
  }
}
