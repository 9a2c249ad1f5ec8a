// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.FieldNames;
import io.dive.protocol.HeaderField;
import io.dive.servlet.FilterContainer.Application;
import io.dive.servlet.FilterContainer.Running;
import io.dive.settings.Mode;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Jetty's own form of fields puts on a response, by itself and for bodies seen before. */
class JettyFieldsTest extends DiveFilterSuite {
  private static final byte[] BODY = "the same again".getBytes(StandardCharsets.US_ASCII);
  private static final List<HeaderField> OURS =
      FieldNames.SIGNED_RESPONSE.stream().map(name -> new HeaderField(name, "ours")).toList();

  private final List<Boolean> put = new CopyOnWriteArrayList<>();

  /** What an application says besides its body. */
  private interface Head {
    void set(HttpServletResponse response) throws IOException;
  }

  private static Application application(Head head) {
    return (request, response) -> {
      head.set(response);
      response.getOutputStream().write(BODY);
    };
  }

  private int start(List<DiveFilter> filters, Application application) throws Exception {
    Running running = FilterContainer.JETTY.start(files, filters, Map.of("/app", application));
    started.add(running);
    return running.port();
  }

  private RawAnswer unfiltered(Head head) throws Exception {
    return get(start(List.of(), application(head)), "/app");
  }

  private void put(HttpServletResponse response, boolean noTransform) {
    put.add(ContainerFields.of(OURS).putOn(response, noTransform));
  }

  private RawAnswer putting(boolean noTransform, Head before) throws Exception {
    return unfiltered(
        response -> {
          before.set(response);
          put(response, noTransform);
        });
  }

  @Test
  void theFields_areOnTheWire() throws Exception {
    RawAnswer answer = putting(false, response -> response.setHeader("X-Other", "kept"));
    OURS.forEach(field -> assertEquals(List.of("ours"), answer.values(field.name())));
    assertEquals(List.of("kept"), answer.values("X-Other"));
    assertEquals(List.of(), answer.values("Cache-Control"));
    assertEquals(List.of(true), put);
  }

  @Test
  void noTransform_isSaidOnce() throws Exception {
    assertEquals(
        List.of("max-age=60", "no-transform"),
        putting(true, response -> response.setHeader("Cache-Control", "max-age=60"))
            .values("Cache-Control"));
    assertEquals(
        List.of("private, no-transform"),
        putting(true, response -> response.setHeader("Cache-Control", "private, no-transform"))
            .values("Cache-Control"));
    assertEquals(List.of(true, true), put);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Digest", "signature-input", "SIGNATURE", "DIVE-Sig"})
  void whereTheApplicationHasAFieldOfThatName_nothingIsDone(String name) throws Exception {
    RawAnswer answer = putting(true, response -> response.setHeader(name, "theirs"));
    assertEquals(List.of("theirs"), answer.values(name));
    assertFalse(answer.fields().toString().contains("ours"));
    assertEquals(List.of(), answer.values("Cache-Control"));
    assertEquals(List.of(false), put);
  }

  @Test
  void onTheResponseOfAnotherFilter_nothingIsDone() throws Exception {
    RawAnswer answer = unfiltered(response -> put(new HttpServletResponseWrapper(response), true));
    assertFalse(answer.fields().toString().contains("ours"));
    assertEquals(List.of(false), put);
  }

  @Test
  void theyCanBeTakenBack() throws Exception {
    RawAnswer answer =
        unfiltered(
            response -> {
              put(response, false);
              SignatureFields.remove(response);
            });
    assertUnsigned(200, answer);
    assertEquals(List.of(true), put);
  }

  @Test
  void byHttp2_theyAreNotEncodedBeforehand() {
    JettyFields fields = new JettyFields(OURS);
    assertTrue(
        fields.by(HttpVersion.HTTP_1_1).stream().allMatch(PreEncodedHttpField.class::isInstance));
    assertTrue(
        fields.by(HttpVersion.HTTP_2).stream().noneMatch(PreEncodedHttpField.class::isInstance));
    assertEquals(OURS.size(), fields.by(HttpVersion.HTTP_2).size());
  }

  private List<RawAnswer> answersToOneBody(Head head) throws Exception {
    int port =
        start(
            List.of(new DiveFilter(settings().rule("/**", Mode.STREAM).build())),
            application(head));
    List<RawAnswer> answers = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      answers.add(get(port, "/app"));
    }
    return answers;
  }

  private static List<String> head(RawAnswer answer) {
    return answer.fields().stream().filter(field -> !field.startsWith("date: ")).toList();
  }

  /** The first two times the fields are made anew, from the third on they are remembered. */
  @Test
  void aBodySeenBefore_hasTheHeadThatItHadWhenItWasNew() throws Exception {
    List<RawAnswer> answers =
        answersToOneBody(response -> response.setHeader("Cache-Control", "max-age=60"));
    for (RawAnswer answer : answers) {
      assertSigned(answer, BODY);
      assertEquals(head(answers.get(0)), head(answer));
    }
    assertEquals(List.of("max-age=60", "no-transform"), answers.get(5).values("Cache-Control"));
  }

  @Test
  void aBodySeenBefore_keepsTheApplicationsOwnSignature() throws Exception {
    List<RawAnswer> answers =
        answersToOneBody(
            response -> {
              response.setHeader("Signature-Input", "app=(\"x-other\");keyid=\"theirs\"");
              response.setHeader("Signature", "app=:AAAA:");
            });
    for (RawAnswer answer : answers) {
      assertSigned(answer, BODY);
      assertTrue(answer.value("Signature-Input").contains("keyid=\"theirs\""));
      assertEquals(head(answers.get(0)), head(answer));
    }
  }
}
