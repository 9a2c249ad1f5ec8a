// SPDX-License-Identifier: Apache-2.0
package io.dive.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.FailureReason;
import io.dive.protocol.FieldNames;
import io.dive.verify.FailureDetail;
import io.dive.verify.Fetched;
import io.dive.verify.Verdict;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the sandbox sends, judged by a client that knows no more than the line "ready". */
@Timeout(120)
class ServedResponsesTest {
  @TempDir private static Path data = Path.of("");

  private static Sandbox sandbox;
  private static Ready ready;
  private static HttpClient http;

  @BeforeAll
  static void start() throws Exception {
    sandbox = Sandbox.start(Ready.options(data));
    ready = Ready.parse(sandbox.readyLine());
    http = HttpClient.newBuilder().proxy(ProxySelector.of(ready.http())).build();
  }

  @AfterAll
  static void stop() {
    sandbox.close();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "/",
        "/status.js",
        "/downloads/",
        "/downloads/valid.txt",
        "/downloads/about.txt",
        "/metrics",
        "/dive/health/live",
        "/dive/health/ready"
      })
  void status200_accepted(String path) throws Exception {
    Fetched fetched = ready.client().verify(ready.url(path));

    assertEquals(200, fetched.status().orElseThrow());
    assertAccepted(fetched);
    assertTrue(fetched.bodyBytes() > 0);
  }

  @ParameterizedTest(name = "{0} bytes")
  @ValueSource(longs = {0, 1, 65_536, 65_537, 5_000_000})
  void generated_hasItsLengthAndIsAccepted(long count) throws Exception {
    Fetched fetched = ready.client().verify(ready.url("/generated/" + count));

    assertAccepted(fetched);
    assertEquals(count, fetched.bodyBytes());
  }

  @Test
  @Tag("long")
  @Timeout(900)
  void generated_twoGibibytes_accepted() throws Exception {
    Fetched fetched = ready.client().verify(ready.url("/generated/2147483648"));

    assertAccepted(fetched);
    assertEquals(2_147_483_648L, fetched.bodyBytes());
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "/generated/x, 400",
    "/generated/-1, 400",
    "/generated/2147483649, 400",
    "/generated/99999999999999999999, 400",
    "/generated/, 400",
    "/generated, 400",
    "/downloads/missing.txt, 404",
    "/downloads/valid.txt.dive, 404",
    "/downloads/../sandbox1.pem, 404",
    "/downloads/..%2fsandbox1.pem, 400",
    "/missing, 404",
    "/dive/health/missing, 404",
  })
  void otherStatus_carriesNoSignature(String path, int status) throws Exception {
    HttpResponse<String> answer =
        http.send(request(ready.url(path)).build(), BodyHandlers.ofString());

    assertEquals(status, answer.statusCode());
    assertEquals(Map.of(), signed(answer));
  }

  @Test
  void health_onceTheCanaryHasSung_upAndAccepted() throws Exception {
    URI health = ready.url("/dive/health");
    HttpResponse<String> answer;
    do { // ends with the time-out of this class
      answer = http.send(request(health).build(), BodyHandlers.ofString());
    } while (answer.body().contains("has not run yet"));

    assertEquals(200, answer.statusCode(), answer.body());
    assertTrue(answer.body().contains("\"canary-ok\""), answer.body());
    assertTrue(answer.body().contains("\"key-ok\""), answer.body());
    assertAccepted(ready.client().verify(health));
  }

  @Test
  void fileAddedAfterTheStart_signedWithoutSidecar() throws Exception {
    Path late = Files.writeString(data.resolve("downloads/late.txt"), "came later\n");
    URI url = ready.url("/downloads/late.txt");

    assertAccepted(ready.client().verify(url));
    assertFalse(Files.exists(late.resolveSibling("late.txt.dive")));
    // Mode stream knows nothing before the body is made, so these are of mode static.
    HttpResponse<Void> head =
        http.send(
            request(url).method("HEAD", HttpRequest.BodyPublishers.noBody()).build(),
            BodyHandlers.discarding());
    assertEquals(4, signed(head).size());
  }

  @Test
  void invalidTxt_refusedAndNothingWritten(@TempDir Path directory) throws Exception {
    Path target = directory.resolve("invalid.txt");

    Fetched fetched = ready.client().download(ready.url("/downloads/invalid.txt"), target);

    Verdict.Rejected rejected =
        assertInstanceOf(Verdict.Rejected.class, fetched.outcome().verdict());
    assertEquals(FailureReason.SIGNATURE_MISMATCH, rejected.reason());
    assertEquals(FailureDetail.DIGEST_MISMATCH, rejected.detail());
    assertEquals(200, fetched.status().orElseThrow());
    assertEquals(Files.size(data.resolve("downloads/invalid.txt")), fetched.bodyBytes());
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void validTxt_downloaded(@TempDir Path directory) throws Exception {
    Path target = directory.resolve("valid.txt");

    Fetched fetched = ready.client().download(ready.url("/downloads/valid.txt"), target);

    assertAccepted(fetched);
    assertArrayEquals(
        Files.readAllBytes(data.resolve("downloads/valid.txt")), Files.readAllBytes(target));
  }

  @Test
  void head_ofADownload_carriesWhatGetDoes() throws Exception {
    URI url = ready.url("/downloads/valid.txt");
    HttpResponse<String> get = http.send(request(url).build(), BodyHandlers.ofString());
    HttpResponse<String> head =
        http.send(
            request(url).method("HEAD", HttpRequest.BodyPublishers.noBody()).build(),
            BodyHandlers.ofString());

    assertEquals(4, signed(get).size(), get.headers().toString());
    assertEquals(signed(get), signed(head));
    assertEquals("", head.body());
  }

  @Test
  void range_carriesReprDigestOnly() throws Exception {
    HttpRequest request =
        request(ready.url("/downloads/valid.txt")).header("Range", "bytes=0-3").build();

    HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());

    assertEquals(206, answer.statusCode());
    assertEquals(Map.of(), signed(answer));
    assertTrue(answer.headers().firstValue(FieldNames.REPR_DIGEST).isPresent());
  }

  @Test
  void statusPage_showsFilesSignaturesAndRecords() throws Exception {
    Path odd = data.resolve("downloads/<b> & 100%.txt");
    Files.writeString(odd, "an odd name\n");
    HttpResponse<String> page = http.send(request(ready.url("/")).build(), BodyHandlers.ofString());
    String contentDigest =
        http.send(request(ready.url("/downloads/valid.txt")).build(), BodyHandlers.ofString())
            .headers()
            .firstValue(FieldNames.CONTENT_DIGEST)
            .orElseThrow();
    Files.delete(odd);

    assertTrue(page.body().contains("Content-Digest: " + contentDigest), page.body());
    assertTrue(page.body().contains("_dive.sandbox.dive.test."), page.body());
    assertTrue(page.body().contains("sandbox1._divekey.sandbox.dive.test."), page.body());
    assertTrue(page.body().matches("(?s).*serial [0-9]+\\. .*signed with: sandbox1<.*"));
    assertTrue(page.body().contains("&lt;b&gt; &amp; 100%.txt"), page.body());
    assertTrue(page.body().contains("downloads/%3Cb%3E%20&amp;%20100%25.txt"), page.body());
    assertFalse(page.body().contains("<b>"), page.body());
    assertFalse(page.body().contains("PRIVATE"), page.body());
  }

  private static HttpRequest.Builder request(URI url) {
    return HttpRequest.newBuilder(url).version(HttpClient.Version.HTTP_1_1);
  }

  /** The four fields that only a signed response carries. */
  private static Map<String, List<String>> signed(HttpResponse<?> answer) {
    Map<String, List<String>> signed = new TreeMap<>();
    for (String name : FieldNames.SIGNED_RESPONSE) {
      List<String> values = answer.headers().allValues(name);
      if (!values.isEmpty()) {
        signed.put(name, values);
      }
    }
    return signed;
  }

  private static void assertAccepted(Fetched fetched) {
    assertInstanceOf(
        Verdict.Accepted.class,
        fetched.outcome().verdict(),
        () -> fetched.outcome().verdict().toString());
  }
}
