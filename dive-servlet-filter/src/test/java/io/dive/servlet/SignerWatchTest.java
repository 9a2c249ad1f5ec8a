// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.RemoteSigner;
import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.settings.DiveSettings;
import io.dive.settings.Mode;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Signers that an operator brings; those of an agent are in {@link SshAgentSiteTest}. */
@Timeout(120)
class SignerWatchTest {
  private final SigningKey key =
      SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
  private final Signer local = key.signer(KeyReference.of(new KeyId("local")));
  private final OwnRemote remote = new OwnRemote(key.signer(KeyReference.of(new KeyId("remote"))));

  /** A hardware module, say. */
  private static final class OwnRemote implements RemoteSigner {
    private final Signer signer;
    private final CountDownLatch probes = new CountDownLatch(3);
    private volatile boolean gone;
    private volatile boolean closed;

    OwnRemote(Signer signer) {
      this.signer = signer;
    }

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
      requirePresent();
      return signer.sign(message);
    }

    @Override
    public void probe() throws KeyMaterialException {
      probes.countDown();
      requirePresent();
    }

    private void requirePresent() throws KeyMaterialException {
      if (gone) {
        throw new KeyMaterialException(ErrorCode.SIGNER_UNAVAILABLE, "the module is gone");
      }
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private SignerWatch start(Duration interval) throws KeyMaterialException {
    DiveSettings settings =
        DiveSettings.builder()
            .host(new Fqdn("example.com"))
            .signer(local)
            .signer(remote)
            .rule("/**", Mode.STREAM)
            .build();
    SignerWatch watch =
        SignerWatch.open(settings, interval, ResponseMetrics.NONE, Clock.systemUTC());
    watch.begin();
    return watch;
  }

  @Test
  void remoteSignerGivenInCode_isWatched_andItsOwnersToClose() throws Exception {
    try (SignerWatch watch = start(Duration.ofHours(1))) {
      List<Signer> signers = watch.signersByHost().values().iterator().next();
      assertEquals(List.of("local", "remote"), names(signers));
      assertEquals(1, watch.health().size(), "a key in this process needs no watching");
      assertTrue(watch.health().get(0).up());
      byte[] message = {1};
      assertEquals(local.sign(message), signers.get(1).sign(message));
      remote.gone = true;
      assertThrows(KeyMaterialException.class, () -> signers.get(1).sign(message));
      HealthCheck down = watch.health().get(0);
      assertFalse(down.up());
      assertEquals("the module is gone", down.data().get("sentence"));
      remote.gone = false;
      signers.get(1).sign(message);
      assertTrue(watch.health().get(0).up());
    }
    assertFalse(remote.closed);
  }

  private static List<String> names(List<Signer> signers) {
    return signers.stream().map(signer -> signer.key().serialize()).toList();
  }

  @Test
  void signerIsProbedAtTheStart_andAgainAndAgain() throws Exception {
    remote.gone = true;
    try (SignerWatch watch = start(Duration.ofMillis(1))) {
      assertFalse(watch.health().get(0).up());
      assertTrue(remote.probes.await(60, TimeUnit.SECONDS));
      remote.gone = false;
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!watch.health().get(0).up() && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      assertTrue(watch.health().get(0).up());
    }
  }

  @Test
  void endedProbes_leaveTheSignersUsable() throws Exception {
    try (SignerWatch watch = start(Duration.ofMillis(1))) {
      assertTrue(remote.probes.await(60, TimeUnit.SECONDS));
      watch.endProbes();
      remote.gone = true;
      assertTrue(watch.health().get(0).up(), "nobody looks any more");
      remote.gone = false;
      byte[] message = {1};
      Signer watched = watch.signersByHost().values().iterator().next().get(1);
      assertEquals(local.sign(message), watched.sign(message));
    }
  }
}
