// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.dns.SignedZone;
import io.dive.dns.TxtAnswer;
import io.dive.dns.TxtLookup;
import io.dive.protocol.DnsUpdateException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.RotationException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is not true yet is awaited: by the next run, or with a waiter by this one. */
class WaitingTest extends RotationFixture {
  private static final Set<ErrorCode> PASSING =
      EnumSet.of(
          ErrorCode.DNS_TIMEOUT, ErrorCode.DNS_SERVER_FAILURE, ErrorCode.ROTATION_SERVERS_DIFFER);

  WaitingTest(@TempDir Path directory) {
    super(directory);
  }

  @ParameterizedTest
  @EnumSource
  void failureThatMayPass_isAwaited_andNoOther(ErrorCode code) throws Exception {
    Waiting.Attempt attempt =
        () -> {
          throw new RotationException(code, "the sentence");
        };
    if (PASSING.contains(code)) {
      assertEquals("the sentence", awaited(Waiting.once(attempt)).sentence());
    } else {
      RotationException thrown = assertThrows(RotationException.class, () -> Waiting.once(attempt));
      assertEquals(code, thrown.code());
    }
  }

  @Test
  void rotationWithSilentServers_hasToBeRunAgain() throws Exception {
    try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      RotationSetup setup =
          site.setup(
                  site::publish,
                  site.dns(),
                  Duration.ofSeconds(1),
                  (InetSocketAddress) silent.getLocalSocketAddress())
              .build();
      String sentence = awaited(new Rotation(setup).advance(OF_K1)).sentence();
      assertTrue(sentence.contains("no server of the zone answers"), sentence);
    }
    assertEquals(List.of("k1"), site.settingsKeys());
    rotation().finish(OF_K1, site.clock::pass);
    assertEquals(List.of(NEW), site.settingsKeys());
  }

  @Test
  void resolverThatFailsForAWhile_isWaitedFor() throws Exception {
    TxtLookup right = site.dns();
    boolean[] fails = {true};
    TxtLookup failing =
        (owner, limit) ->
            fails[0]
                ? new TxtAnswer.Failed(ErrorCode.DNS_TIMEOUT, "no answer in time")
                : right.lookup(owner, limit);
    List<String> waited = new ArrayList<>();
    RotationSetup setup =
        site.setup(site::publish, failing, Duration.ofSeconds(20), site.zone.address())
            .listener(
                new RotationListener() {
                  @Override
                  public void waiting(Progress.Awaited awaited) {
                    waited.add(awaited.sentence());
                  }
                })
            .build();
    int[] pauses = {0};
    new Rotation(setup)
        .finish(
            OF_K1,
            time -> {
              fails[0] = ++pauses[0] < 3;
              site.clock.pass(time);
            });
    assertEquals(List.of(NEW), site.settingsKeys());
    assertEquals(
        1, waited.stream().filter(w -> w.contains("no answer in time")).count(), waited::toString);
  }

  @Test
  void secondaryThatLags_isAwaitedBeforeARotation() throws Exception {
    String owner = RotationSite.owner("k1");
    try (SignedZone secondary = site.zone.secondary()) {
      secondary.put(owner, site.zone.at(owner).get(0) + ", x-old");
      Progress.Awaited awaited =
          awaited(new Rotation(site.setup(secondary).build()).advance(OF_K1));
      assertTrue(awaited.sentence().contains("do not agree on " + owner), awaited::sentence);
      assertTrue(!Files.exists(site.state), "nothing is begun");
      new Rotation(site.setup(secondary).build())
          .finish(
              OF_K1,
              time -> {
                site.clock.pass(time);
                secondary.transferFrom(site.zone);
              });
      assertEquals(List.of(NEW), site.settingsKeys());
    }
  }

  @Test
  void secondaryThatLags_doesNotHoldUpWhatARevocationCanDo() throws Exception {
    String policy = "_dive.site.test";
    try (SignedZone secondary = site.zone.secondary()) {
      secondary.put(policy, RotationSite.POLICY_01);
      Progress.Awaited awaited =
          awaited(new Revocation(site.setup(secondary).build()).advance(K1, true));
      assertTrue(awaited.sentence().contains("do not agree on " + policy), awaited::sentence);
      assertEquals(List.of(), site.zone.at(RotationSite.owner("k1")), "the key goes anyway");
      List<String> before = site.zone.at(policy);
      new Revocation(site.setup(secondary).build())
          .finish(
              K1,
              true,
              time -> {
                site.clock.pass(time);
                secondary.transferFrom(site.zone);
              });
      assertEquals(Set.copyOf(before), Set.copyOf(site.zone.at(policy)));
    }
  }

  @Test
  void updateServerThatGoesAway_isAwaited() throws Exception {
    boolean[] away = {true};
    RecordPublisher publisher =
        change -> {
          if (away[0]) {
            throw new DnsUpdateException(ErrorCode.UPDATE_FAILED, "it cannot be reached");
          }
          site.publish(change);
        };
    Rotation rotation = new Rotation(site.setup(publisher).build());
    Progress.Awaited awaited = awaited(rotation.advance(OF_K1));
    assertTrue(awaited.sentence().contains("it cannot be reached"), awaited::sentence);
    away[0] = false;
    rotation.finish(OF_K1, site.clock::pass);
    assertEquals(List.of(NEW), site.settingsKeys());
  }

  @Test
  void whatIsRepeated_isSaidOnce() throws Exception {
    Heard heard = new Heard();
    int[] pauses = {0};
    site.serveAsNow();
    new Rotation(site.setup().listener(heard).build())
        .finish(
            OF_K1,
            time -> {
              if (++pauses[0] == 4) {
                site.change = fields -> fields;
              }
              site.clock.pass(time);
            });
    assertTrue(pauses[0] > 3, "it waited for the server");
    assertEquals(heard.done.stream().distinct().toList(), heard.done);
    assertEquals(heard.started.stream().distinct().toList(), heard.started);
  }
}
