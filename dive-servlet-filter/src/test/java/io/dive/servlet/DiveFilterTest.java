// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.DnssecStatus;
import io.dive.dns.TxtAnswer;
import io.dive.key.SignatureVerifier;
import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.Bytes;
import io.dive.protocol.DiveSig;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.FieldNames;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.servlet.FilterContainer.Application;
import io.dive.servlet.FilterContainer.Running;
import io.dive.settings.CheckSettings;
import io.dive.settings.DiveSettings;
import io.dive.settings.DiveSettingsBuilder;
import io.dive.settings.Mode;
import io.dive.settings.PathPattern;
import io.dive.settings.RuleSettings;
import io.dive.settings.SidecarSettings;
import io.dive.sidecar.SidecarStore;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.StoredSignatures;
import io.dive.sidecar.TreeSigner;
import io.dive.sign.BodyDigester;
import io.dive.sign.ResponseSigner;
import io.dive.sign.SignedBody;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The filter in real containers, judged by what comes over the socket. */
class DiveFilterTest {
  private static final int BIG = 2 * 1024 * 1024;

  private final Path files;
  private final byte[] big = new byte[BIG];
  private final SigningKey key =
      SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
  private final Signer signer = key.signer(KeyReference.of(new KeyId("k1")));
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Map<String, Application> applications = new LinkedHashMap<>();
  private final List<Running> started = new ArrayList<>();

  DiveFilterTest(@TempDir Path directory) throws IOException {
    files = Files.createDirectory(directory.resolve("files"));
    Files.writeString(directory.resolve("secret.txt"), "secret");
    Files.createDirectory(files.resolve("sub"));
    Files.writeString(files.resolve("small.txt"), "small\n");
    Files.writeString(files.resolve("empty.txt"), "");
    Files.writeString(files.resolve("sub/b c.txt"), "blank\n");
    new Random(1).nextBytes(big);
    Files.write(files.resolve("big.bin"), big);
    // Longer than a container's buffer, shorter than what is sent without a guard.
    Files.write(files.resolve("middle.bin"), Arrays.copyOf(big, 200_000));
  }

  @AfterEach
  void stopContainers() throws Exception {
    for (Running running : started) {
      running.close();
    }
  }

  private DiveSettingsBuilder settings() {
    return unkeyed().signer(signer);
  }

  /** Without the DNS check, which would leave this machine. */
  private static DiveSettingsBuilder unkeyed() {
    return DiveSettings.builder()
        .host(new Fqdn("example.com"))
        .checks(
            new CheckSettings(
                CheckSettings.Level.OFF, Duration.ofMinutes(5), Duration.ofSeconds(5)));
  }

  private int start(FilterContainer container, DiveSettings settings) throws Exception {
    DiveFilter filter = new DiveFilter(settings, new MicrometerMetrics(meters));
    Running running = container.start(files, List.of(filter), applications);
    started.add(running);
    return running.port();
  }

  private int startStatic(FilterContainer container) throws Exception {
    return start(container, settings().rule("/**", Mode.STATIC).build());
  }

  private static RawAnswer get(int port, String path, String... fields) throws IOException {
    List<String> lines = new ArrayList<>(List.of("GET " + path + " HTTP/1.1", "Host: example.com"));
    lines.addAll(List.of(fields));
    return RawAnswer.to(port, lines.toArray(String[]::new));
  }

  /** Both revisions' signatures are the key's, over exactly the given bytes. */
  private void assertSigned(RawAnswer answer, byte[] body) throws Exception {
    BodyDigest digest = BodyDigester.digest(HashAlgorithm.SHA_256, body);
    assertEquals(digest.contentDigest(), answer.value("Content-Digest"));
    MessageSignature signature =
        MessageSignature.parse(answer.value("Signature-Input"), answer.value("Signature")).get(0);
    byte[] base =
        MessageSignature.signatureBase(
            digest.contentDigest(),
            MessageSignature.signatureParams(signer.key(), SignatureAlgorithm.ED25519));
    assertTrue(SignatureVerifier.verify(signer.publicKey(), base, signature.signature()));
    DiveSig.Entry entry = DiveSig.parse(answer.value("DIVE-Sig")).entries().get(0);
    assertTrue(
        SignatureVerifier.verify(
            signer.publicKey(), digest.draft00SignedBytes(), entry.signature()));
  }

  private static void assertUnsigned(int status, RawAnswer answer) {
    assertEquals(status, answer.status(), () -> answer.fields().toString());
    for (String name : FieldNames.SIGNED_RESPONSE) {
      assertEquals(List.of(), answer.values(name), () -> answer.fields().toString());
    }
  }

  /** Waits for the count: a client may have its answer before the filter is done with it. */
  private void assertCounted(int expected, Mode mode, ResponseOutcome outcome) {
    Counter counter =
        meters
            .get("dive.responses")
            .tag("mode", DiveSettings.word(mode))
            .tag("outcome", DiveSettings.word(outcome))
            .counter();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (counter.count() < expected && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertEquals(expected, counter.count());
  }

  private double digestedBytes() {
    return meters.get("dive.digested.bytes").counter().count();
  }

  @ParameterizedTest
  @EnumSource
  void filesAreSignedOverTheBytesReceived(FilterContainer container) throws Exception {
    int port = startStatic(container);
    for (String path :
        List.of("/small.txt", "/middle.bin", "/big.bin", "/empty.txt", "/sub/b%20c.txt")) {
      for (int i = 0; i < 2; i++) {
        RawAnswer answer = get(port, path);
        assertEquals(200, answer.status());
        byte[] body = Files.readAllBytes(files.resolve(path.substring(1).replace("%20", " ")));
        assertTrue(Arrays.equals(body, answer.bytes()), path);
        assertSigned(answer, body);
        assertEquals("no-transform", answer.value("Cache-Control"));
      }
    }
    assertCounted(10, Mode.STATIC, ResponseOutcome.SIGNED);
  }

  @ParameterizedTest
  @EnumSource
  void head_carriesWhatGetCarries(FilterContainer container) throws Exception {
    int port = startStatic(container);
    for (String path : List.of("/small.txt", "/middle.bin", "/big.bin", "/empty.txt")) {
      RawAnswer answer = RawAnswer.to(port, "HEAD " + path + " HTTP/1.1", "Host: example.com");
      assertEquals("", answer.body());
      assertSigned(answer, Files.readAllBytes(files.resolve(path.substring(1))));
    }
  }

  @ParameterizedTest
  @EnumSource
  void onlyConfiguredHostsAreSigned(FilterContainer container) throws Exception {
    int port = startStatic(container);
    for (String host : List.of("example.com", "EXAMPLE.com", "example.com:8080", "example.com.")) {
      RawAnswer answer = RawAnswer.to(port, "GET /small.txt HTTP/1.1", "Host: " + host);
      assertSigned(answer, answer.bytes());
    }
    for (String host : List.of("example.org", "www.example.com", "127.0.0.1", "[::1]:80")) {
      RawAnswer answer = RawAnswer.to(port, "GET /small.txt HTTP/1.1", "Host: " + host);
      assertUnsigned(200, answer);
      assertEquals(List.of(), answer.values("Cache-Control"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theFirstMatchingRuleWins(FilterContainer container) throws Exception {
    int port =
        start(
            container, settings().rule("/sub/**", Mode.OFF).rule("/**/*.txt", Mode.STATIC).build());
    assertUnsigned(200, get(port, "/sub/b%20c.txt"));
    assertUnsigned(200, get(port, "/big.bin"));
    RawAnswer answer = get(port, "/small.txt");
    assertSigned(answer, answer.bytes());
    assertCounted(1, Mode.OFF, ResponseOutcome.UNSIGNED);
  }

  @ParameterizedTest
  @EnumSource
  void partsCarryTheDigestOfTheWholeOnly(FilterContainer container) throws Exception {
    int port = startStatic(container);
    for (String range : List.of("bytes=1-3", "bytes=0-1,4-5")) {
      RawAnswer answer = get(port, "/big.bin", "Range: " + range);
      assertUnsigned(206, answer);
      assertEquals(
          BodyDigester.digest(HashAlgorithm.SHA_256, big).contentDigest(),
          answer.value("Repr-Digest"));
    }
    RawAnswer answer = get(port, "/big.bin", "Range: bytes=9999999-");
    assertUnsigned(416, answer);
    assertEquals(List.of(), answer.values("Repr-Digest"));
  }

  @ParameterizedTest
  @EnumSource
  void notModifiedAndFailedConditionsCarryNone(FilterContainer container) throws Exception {
    int port = startStatic(container);
    RawAnswer full = get(port, "/big.bin");
    String modified = full.value("Last-Modified");
    RawAnswer answer = get(port, "/big.bin", "If-Modified-Since: " + modified);
    assertUnsigned(304, answer);
    assertEquals("", answer.body());
    if (container == FilterContainer.TOMCAT) {
      // Jetty drops Cache-Control from every 304.
      assertEquals("no-transform", answer.value("Cache-Control"));
    }
    assertUnsigned(
        412, get(port, "/big.bin", "If-Unmodified-Since: Thu, 01 Jan 1998 00:00:00 GMT"));
    if (container == FilterContainer.TOMCAT) {
      assertUnsigned(304, get(port, "/big.bin", "If-None-Match: " + full.value("ETag")));
    }
    RawAnswer changed = get(port, "/big.bin", "If-None-Match: \"other\"");
    assertSigned(changed, big);
  }

  @ParameterizedTest
  @EnumSource
  void missingFilesDirectoriesAndOtherMethodsCarryNone(FilterContainer container) throws Exception {
    int port = startStatic(container);
    assertUnsigned(404, get(port, "/none.txt"));
    assertUnsigned(302, get(port, "/sub"));
    RawAnswer post =
        RawAnswer.to(port, "POST /small.txt HTTP/1.1", "Host: example.com", "Content-Length: 0");
    assertUnsigned(post.status(), post);
    RawAnswer options = RawAnswer.to(port, "OPTIONS /small.txt HTTP/1.1", "Host: example.com");
    assertUnsigned(200, options);
    RawAnswer put =
        RawAnswer.to(port, "PUT /small.txt HTTP/1.1", "Host: example.com", "Content-Length: 0");
    assertUnsigned(405, put);
  }

  @ParameterizedTest
  @EnumSource
  void attacksOnTheFileMappingAreNeverSigned(FilterContainer container) throws Exception {
    int port = startStatic(container);
    for (String path :
        List.of(
            "/../secret.txt",
            "/sub/../../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/%252e%252e/secret.txt",
            "/..%5csecret.txt",
            "/..\\secret.txt",
            "/small.txt;x=1",
            "/small.txt%00",
            "/small.txt%00.zip",
            "/small.txt.",
            "/small.txt%20",
            "/small.txt/",
            "//small.txt",
            "/./small.txt",
            "/sub/../small.txt",
            "/sub%2fb%20c.txt",
            "/;/small.txt")) {
      RawAnswer answer = get(port, path);
      assertUnsigned(answer.status(), answer);
      assertFalse(answer.body().contains("secret\n"), path);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anApplicationInPlaceOfTheFileIsSignedForTheFilesBytesOnly(FilterContainer container)
      throws Exception {
    applications.put(
        "/small.txt",
        (request, response) -> {
          setLastModified(response, "small.txt");
          respond(request.getQueryString(), response);
        });
    int port = startStatic(container);
    RawAnswer same = get(port, "/small.txt?same");
    assertEquals("small\n", same.body());
    assertSigned(same, same.bytes());
    assertEquals("max-age=5", same.values("Cache-Control").get(0));
    assertEquals("no-transform", same.values("Cache-Control").get(1));
    RawAnswer writer = get(port, "/small.txt?writer");
    assertSigned(writer, writer.bytes());
    assertUnsigned(200, get(port, "/small.txt?longer"));
    assertUnsigned(200, get(port, "/small.txt?noLength"));
    assertUnsigned(200, get(port, "/small.txt?coded"));
    assertUnsigned(200, get(port, "/small.txt?older"));
    assertUnsigned(201, get(port, "/small.txt?created"));
    assertUnsigned(404, get(port, "/small.txt?error"));
    assertUnsigned(302, get(port, "/small.txt?redirect"));
    assertUnsigned(500, get(port, "/small.txt?exception"));
    RawAnswer late = get(port, "/small.txt?lateError");
    assertUnsigned(403, late);
    assertEquals("kept", late.value("X-Kept"));
    assertUnsigned(404, get(port, "/small.txt?lateStatus"));
    assertUnsigned(302, get(port, "/small.txt?lateRedirect"));
    assertUnsigned(500, get(port, "/small.txt?lateException"));
    assertUnsigned(200, get(port, "/small.txt?reset"));
    assertUnsigned(200, get(port, "/small.txt?shortened"));
  }

  /** As whoever sends a file does; without it nobody can tell a file from something made up. */
  private void setLastModified(HttpServletResponse response, String file) throws IOException {
    response.setDateHeader(
        "Last-Modified", Files.getLastModifiedTime(files.resolve(file)).toMillis());
  }

  private void respond(String how, HttpServletResponse response)
      throws IOException, ServletException {
    if (how.startsWith("late")) {
      response.setHeader("X-Kept", "kept");
      response.setContentLength(6);
      response.getOutputStream().print("part");
    }
    switch (how) {
      case "same" -> {
        response.setHeader("Cache-Control", "max-age=5");
        response.setContentLength(6);
        response.getOutputStream().print("small\n");
      }
      case "writer" -> {
        response.setContentLength(6);
        response.getWriter().write("small\n");
      }
      case "noLength" -> response.getOutputStream().print("small\n");
      case "longer" -> {
        response.setContentLength(7);
        response.getOutputStream().print("smaller");
      }
      case "coded" -> {
        response.setHeader("Content-Encoding", "gzip");
        response.getOutputStream().print("coded");
      }
      case "older" -> {
        response.setDateHeader("Last-Modified", 0);
        response.setContentLength(6);
        response.getOutputStream().print("older\n");
      }
      case "created" -> {
        response.setStatus(201);
        response.setContentLength(6);
        response.getOutputStream().print("small\n");
      }
      case "error" -> response.sendError(404);
      case "lateError" -> response.sendError(403, "no");
      case "lateStatus" -> {
        response.setStatus(404);
        response.getOutputStream().print("ly");
      }
      case "redirect", "lateRedirect" -> {
        response.setContentLengthLong(-1);
        response.sendRedirect("/elsewhere");
      }
      case "exception", "lateException" -> throw new ServletException("expected");
      case "shortened" -> {
        response.setContentLength(6);
        response.getOutputStream().print("sm");
        response.setContentLength(2);
      }
      case "reset" -> {
        response.getOutputStream().print("other");
        response.reset();
        response.setContentLength(6);
        response.getOutputStream().print("small\n");
      }
      default -> throw new AssertionError(how);
    }
  }

  @ParameterizedTest
  @EnumSource
  void asynchronousAnswersAreSignedToo(FilterContainer container) throws Exception {
    applications.put(
        "/small.txt",
        (request, response) -> {
          AsyncContext cycle = request.startAsync(request, response);
          cycle.start(() -> answerLater(cycle, request.getQueryString()));
        });
    applications.put("/empty.txt", applications.get("/small.txt"));
    int port = startStatic(container);
    RawAnswer written = get(port, "/small.txt?write");
    assertEquals("small\n", written.body());
    assertSigned(written, written.bytes());
    assertUnsigned(404, get(port, "/small.txt?missing"));
    assertSigned(get(port, "/empty.txt?nothing"), new byte[0]);
  }

  private void answerLater(AsyncContext cycle, String how) {
    try {
      setLastModified(
          (HttpServletResponse) cycle.getResponse(),
          how.equals("nothing") ? "empty.txt" : "small.txt");
      if (how.equals("write")) {
        cycle.getResponse().setContentLength(6);
        cycle.getResponse().getOutputStream().print("small\n");
      } else if (how.equals("missing")) {
        ((HttpServletResponse) cycle.getResponse()).setStatus(404);
      } else {
        cycle.getResponse().setContentLength(0);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    } finally {
      cycle.complete();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aForwardToAnotherResourceTakesTheFieldsBack(FilterContainer container) throws Exception {
    applications.put(
        "/small.txt",
        (request, response) -> request.getRequestDispatcher("/big.bin").forward(request, response));
    int port = startStatic(container);
    assertUnsigned(200, get(port, "/small.txt"));
  }

  @ParameterizedTest
  @EnumSource
  void includedAndErrorDispatchesAreLeftAlone(FilterContainer container) throws Exception {
    applications.put(
        "/page",
        (request, response) -> {
          response.getWriter().write("before ");
          request.getRequestDispatcher("/small.txt").include(request, response);
        });
    int port = startStatic(container);
    RawAnswer answer = get(port, "/page");
    assertUnsigned(200, answer);
    assertTrue(answer.body().startsWith("before small"), answer.body());
  }

  @ParameterizedTest
  @EnumSource
  void theApplicationSeesNoAcceptEncodingThatAllowsCoding(FilterContainer container)
      throws Exception {
    applications.put(
        "/small.txt",
        (request, response) ->
            response.setHeader(
                "X-Seen",
                request.getHeader("accept-encoding")
                    + Collections.list(request.getHeaders("Accept-Encoding"))
                    + Collections.list(request.getHeaderNames()).stream()
                        .anyMatch("accept-encoding"::equalsIgnoreCase)));
    int port = startStatic(container);
    for (String coding : List.of("gzip", "identity, br", "*", "gzip;q=0.5, identity;q=0")) {
      assertEquals(
          "null[]false", get(port, "/small.txt", "Accept-Encoding: " + coding).value("X-Seen"));
    }
    for (String coding : List.of("identity", "gzip;q=0", "*;q=0.0, identity")) {
      assertEquals(
          coding + "[" + coding + "]true",
          get(port, "/small.txt", "Accept-Encoding: " + coding).value("X-Seen"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutNoTransformCacheControlIsUntouched(FilterContainer container) throws Exception {
    int port = start(container, settings().noTransform(false).rule("/**", Mode.STATIC).build());
    for (String path : List.of("/small.txt", "/big.bin")) {
      RawAnswer answer = get(port, path);
      assertSigned(answer, answer.bytes());
      assertEquals(List.of(), answer.values("Cache-Control"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void mappedTwiceItActsOnce(FilterContainer container) throws Exception {
    DiveSettings settings = settings().rule("/**", Mode.STATIC).build();
    DiveFilter first = new DiveFilter(settings, new MicrometerMetrics(meters));
    Running running =
        container.start(files, List.of(first, new DiveFilter(settings)), applications);
    started.add(running);
    RawAnswer answer = get(running.port(), "/big.bin");
    assertSigned(answer, big);
    assertCounted(1, Mode.STATIC, ResponseOutcome.SIGNED);
  }

  @ParameterizedTest
  @EnumSource
  void concurrentFirstRequestsHashOnce(FilterContainer container) throws Exception {
    int port = startStatic(container);
    int clients = 8;
    CyclicBarrier together = new CyclicBarrier(clients);
    ExecutorService executor = Executors.newFixedThreadPool(clients);
    try {
      Callable<RawAnswer> client =
          () -> {
            together.await();
            return get(port, "/big.bin");
          };
      for (Future<RawAnswer> answer : executor.invokeAll(Collections.nCopies(clients, client))) {
        assertSigned(answer.get(), big);
      }
    } finally {
      executor.shutdownNow();
    }
    assertEquals(BIG, digestedBytes());
  }

  @ParameterizedTest
  @EnumSource
  void aReplacedFileIsUnsignedWhileTheContainersCacheMayHoldTheOldOne(FilterContainer container)
      throws Exception {
    int port = startStatic(container);
    assertSigned(get(port, "/small.txt"), "small\n".getBytes(StandardCharsets.UTF_8));
    assertSigned(get(port, "/big.bin"), big);
    Path next = Files.writeString(files.resolve("next"), "other\n");
    Files.move(next, files.resolve("small.txt"), StandardCopyOption.ATOMIC_MOVE);
    Files.write(files.resolve("big.bin"), new byte[] {1}, StandardOpenOption.APPEND);
    assertUnsigned(200, get(port, "/small.txt"));
    assertUnsigned(200, get(port, "/big.bin"));
    assertCounted(2, Mode.STATIC, ResponseOutcome.CHANGED);
  }

  @ParameterizedTest
  @EnumSource
  void aFailingSignerLeavesTheFileUnsignedOrRefused(FilterContainer container) throws Exception {
    DiveSettingsBuilder builder =
        unkeyed().signer(new BrokenSigner(signer)).rule("/**", Mode.STATIC);
    RawAnswer answer = get(start(container, builder.build()), "/small.txt");
    assertUnsigned(200, answer);
    assertEquals("small\n", answer.body());
    builder.onSigningFailure(DiveSettings.OnSigningFailure.FAIL);
    assertUnsigned(503, get(start(container, builder.build()), "/small.txt"));
    assertCounted(2, Mode.STATIC, ResponseOutcome.FAILED);
  }

  private record BrokenSigner(Signer signer) implements Signer {
    @Override
    public KeyReference key() {
      return signer.key();
    }

    @Override
    public RawPublicKey publicKey() {
      return signer.publicKey();
    }

    @Override
    public Bytes sign(byte[] message) throws KeyMaterialException {
      throw new KeyMaterialException(ErrorCode.SIGNER_UNAVAILABLE, "expected by the test");
    }
  }

  /** Sidecars for small.txt (right), big.bin (stale: the file has grown), empty.txt (broken). */
  private void writeSidecars() throws Exception {
    List<Path> signed = List.of(files.resolve("small.txt"), files.resolve("big.bin"));
    new TreeSigner(List.of(signer), HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
        .sign(signed, SigningProgress.NONE);
    Files.write(files.resolve("big.bin"), new byte[] {1}, StandardOpenOption.APPEND);
    Files.writeString(files.resolve("empty.txt.dive"), "broken");
  }

  private static SidecarSettings stale(SidecarSettings.Stale stale, boolean serve) {
    return new SidecarSettings(stale, SidecarSettings.Verify.SIZE, 1, serve);
  }

  @ParameterizedTest
  @EnumSource
  void sidecarsAnswerFirstAndWhatTheyDoNotKnowFallsThrough(FilterContainer container)
      throws Exception {
    writeSidecars();
    int port = start(container, settings().rule("/**", Mode.SIDECAR, Mode.STATIC).build());
    RawAnswer known = get(port, "/small.txt");
    assertSigned(known, known.bytes());
    assertCounted(1, Mode.SIDECAR, ResponseOutcome.SIGNED);
    assertEquals(0, digestedBytes());
    RawAnswer unknown = get(port, "/sub/b%20c.txt");
    assertSigned(unknown, unknown.bytes());
    assertCounted(1, Mode.STATIC, ResponseOutcome.SIGNED);
    assertUnsigned(200, get(port, "/empty.txt"));
    assertCounted(1, Mode.SIDECAR, ResponseOutcome.UNUSABLE_SIDECAR);
    assertUnsigned(200, get(port, "/big.bin"));
    assertCounted(1, Mode.SIDECAR, ResponseOutcome.STALE);
  }

  @ParameterizedTest
  @EnumSource
  void staleFilesAreServedWithTheirFieldsOrRefused(FilterContainer container) throws Exception {
    writeSidecars();
    DiveSettingsBuilder builder = unkeyed().rule("/**", Mode.SIDECAR);
    builder.sidecars(stale(SidecarSettings.Stale.SERVE, false));
    RawAnswer served = get(start(container, builder.build()), "/big.bin");
    assertEquals(200, served.status());
    assertSigned(served, big);
    builder.sidecars(stale(SidecarSettings.Stale.FAIL, false));
    assertUnsigned(503, get(start(container, builder.build()), "/big.bin"));
  }

  @ParameterizedTest
  @EnumSource
  void sidecarFilesAreHiddenUnlessServed(FilterContainer container) throws Exception {
    writeSidecars();
    Files.writeString(files.resolve("small.txt.dive"), "{}");
    DiveSettingsBuilder builder = unkeyed().rule("/sub/**", Mode.OFF).rule("/**", Mode.SIDECAR);
    int port = start(container, builder.build());
    assertEquals(404, get(port, "/small.txt.dive").status());
    assertEquals(404, get(port, "/small.txt.dive;x").status());
    assertEquals(404, get(port, "/small.txt%2edive").status());
    assertEquals(
        404, RawAnswer.to(port, "GET /small.txt.dive HTTP/1.1", "Host: other.example").status());
    builder.sidecars(stale(SidecarSettings.Stale.UNSIGNED, true));
    assertUnsigned(200, get(start(container, builder.build()), "/small.txt.dive"));
  }

  @ParameterizedTest
  @EnumSource(names = "TOMCAT")
  void bigFilesAreStillSentByTheKernel(FilterContainer container) throws Exception {
    int port = startStatic(container);
    assertSigned(get(port, "/big.bin", "Accept-Encoding: gzip"), big);
    assertEquals(Set.of("/big.bin"), started.get(0).sentByKernel());
  }

  @ParameterizedTest
  @EnumSource
  void theWebApplicationDoesNotStartWithUnusableSettings(FilterContainer container)
      throws Exception {
    DiveSettings settings =
        settings()
            .rule(
                new RuleSettings(
                    1,
                    new PathPattern("/**"),
                    List.of(Mode.STATIC),
                    Optional.of(files.resolve("none")),
                    Optional.empty()))
            .build();
    assertThrows(Exception.class, () -> start(container, settings));
  }

  @ParameterizedTest
  @EnumSource
  void aStoreGivenInCodeAnswersInsteadOfFiles(FilterContainer container) throws Exception {
    ResponseSigner beforehand =
        new ResponseSigner(List.of(signer), EnumSet.allOf(ProtocolVersion.class), 0);
    byte[] small = "small\n".getBytes(StandardCharsets.UTF_8);
    SignedBody body = beforehand.sign(BodyDigester.digest(HashAlgorithm.SHA_256, small));
    StoredSignatures stored =
        new StoredSignatures(
            body,
            OptionalLong.of(small.length),
            Map.of(signer.key(), signer.publicKey()),
            body.fields(beforehand.drafts()));
    DiveSettings settings =
        unkeyed()
            .rule("/**", Mode.SIDECAR)
            .sidecarStore(
                (file, attributes) ->
                    file.endsWith("small.txt")
                        ? new SidecarStore.Found(stored)
                        : new SidecarStore.Absent())
            .build();
    int port = start(container, settings);
    assertSigned(get(port, "/small.txt"), small);
    assertUnsigned(200, get(port, "/middle.bin"));
  }

  @ParameterizedTest
  @EnumSource
  void aLookUpGivenInCodeIsAskedByTheCheck(FilterContainer container) {
    List<String> asked = new CopyOnWriteArrayList<>();
    DiveSettings settings =
        settings()
            .rule("/**", Mode.STATIC)
            .checks(
                new CheckSettings(
                    CheckSettings.Level.ENFORCE, Duration.ofDays(1), Duration.ofMinutes(1)))
            .txtLookup(
                (name, limit) -> {
                  asked.add(name);
                  return new TxtAnswer.Absent(DnssecStatus.SECURE, false);
                })
            .build();
    assertThrows(Exception.class, () -> start(container, settings));
    assertTrue(asked.contains("_dive.example.com"), asked::toString);
  }

  @ParameterizedTest
  @EnumSource
  void stoppingRemovesTheMeters(FilterContainer container) throws Exception {
    startStatic(container);
    assertFalse(meters.getMeters().isEmpty());
    started.remove(0).close();
    assertEquals(List.of(), meters.getMeters());
  }
}
