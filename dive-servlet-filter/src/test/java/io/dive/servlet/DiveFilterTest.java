// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.DnssecStatus;
import io.dive.dns.TxtAnswer;
import io.dive.servlet.FilterContainer.Running;
import io.dive.settings.CheckSettings;
import io.dive.settings.DiveSettings;
import io.dive.settings.DiveSettingsBuilder;
import io.dive.settings.Mode;
import io.dive.settings.PathPattern;
import io.dive.settings.RuleSettings;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
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
  void mappedTwiceItActsOnce(FilterContainer container) throws Exception {
    DiveSettings settings = settings().rule("/**", Mode.STATIC).build();
    DiveFilter first = new DiveFilter(settings, new MicrometerMetrics(meters));
    Running running = container.start(files, List.of(first, new DiveFilter(settings)), Map.of());
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
    assertEquals(Set.of(), started.get(0).sentByKernel(), "before it is known for ten seconds");
    settle();
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
