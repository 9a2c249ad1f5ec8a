// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.DnssecStatus;
import io.dive.dns.TxtAnswer;
import io.dive.protocol.HashAlgorithm;
import io.dive.servlet.FilterContainer.Running;
import io.dive.settings.CheckSettings;
import io.dive.settings.DiveSettings;
import io.dive.settings.DiveSettingsBuilder;
import io.dive.settings.Mode;
import io.dive.settings.PathPattern;
import io.dive.settings.RuleSettings;
import io.dive.sign.BodyDigester;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The filter in real containers, judged by what comes over the socket. */
class DiveFilterTest extends DiveFilterSuite {
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
        unkeyed()
            .signer(new UnreliableSigner(signer, new AtomicBoolean(true)))
            .rule("/**", Mode.STATIC);
    RawAnswer answer = get(start(container, builder.build()), "/small.txt");
    assertUnsigned(200, answer);
    assertEquals("small\n", answer.body());
    builder.onSigningFailure(DiveSettings.OnSigningFailure.FAIL);
    assertUnsigned(503, get(start(container, builder.build()), "/small.txt"));
    assertCounted(2, Mode.STATIC, ResponseOutcome.FAILED);
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
