// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static io.dive.key.KeyFixture.assertContains;
import static io.dive.key.KeyFixture.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Signatures by the ssh-agent of the machine. */
@Tag("interop")
@Timeout(120)
class SshAgentInteropTest {
  private static final byte[] MESSAGE = "a response body".getBytes(StandardCharsets.UTF_8);

  private final AtomicLong nanoTime = new AtomicLong();
  private Path directory;
  private Path keyFile;
  private RunningSshAgent agent;
  private SshAgentSigner signer;

  @BeforeEach
  void startAgent(@TempDir Path temporary) throws Exception {
    RunningSshAgent.assumeInstalled();
    directory = temporary;
    keyFile = RunningSshAgent.keygen(directory.resolve("id"));
    agent = RunningSshAgent.start(directory.resolve("a.sock"));
    agent.add("-q", keyFile);
    signer =
        new SshAgentSigner(
            KeyReference.of(new KeyId("k1")),
            new PublicKeyFile(directory.resolve("id.pub")).read(),
            new SshAgent(agent.socket(), Duration.ofSeconds(30)),
            nanoTime::get);
  }

  @AfterEach
  void stopAgent() throws Exception {
    if (agent != null) {
      signer.close();
      agent.close();
    }
  }

  private void restartAgent() throws Exception {
    agent = RunningSshAgent.start(agent.socket());
  }

  private void assertSigns() throws Exception {
    signer.probe();
    Bytes signature = signer.sign(MESSAGE);
    assertTrue(SignatureVerifier.verify(signer.publicKey(), MESSAGE, signature));
    assertEquals(signature, signer.sign(MESSAGE), "always the same");
  }

  private void assertRefuses(String reason) {
    assertContains(reason, refused(ErrorCode.SIGNER_UNAVAILABLE, signer::probe));
    nanoTime.addAndGet(SshAgentSigner.BACK_OFF.toNanos());
    String message = refused(ErrorCode.SIGNER_UNAVAILABLE, () -> signer.sign(MESSAGE));
    assertContains(reason, message);
    assertContains("key k1 cannot sign: the ssh-agent at " + agent.socket(), message);
  }

  private void afterBackOff() {
    nanoTime.addAndGet(SshAgentSigner.BACK_OFF.toNanos());
  }

  @Test
  void keyInTheAgent_signs() throws Exception {
    assertSigns();
    signer.sign(new byte[0]);
    signer.sign(new byte[200_000]);
  }

  @Test
  void publicKeyAsPem_isTheSameKey() throws Exception {
    Path pem = Files.writeString(directory.resolve("p"), PublicKeyFile.pem(signer.publicKey()));
    try (RemoteSigner other =
        new SshAgent(agent.socket(), Duration.ofSeconds(30))
            .signer(signer.key(), new PublicKeyFile(pem))) {
      assertEquals(signer.sign(MESSAGE), other.sign(MESSAGE));
    }
  }

  @Test
  void keyFileOfSshKeygen_isTheSameKey() throws Exception {
    Bytes signature = KeyFile.of(keyFile).read().signer(signer.key()).sign(MESSAGE);
    assertEquals(signature, signer.sign(MESSAGE));
    RunningSshAgent.run(
        Map.of(), "ssh-keygen", "-q", "-p", "-P", "", "-N", "secret", "-f", keyFile);
    assertContains(
        "OpenSSH key with a passphrase",
        refused(ErrorCode.KEY_FORMAT_UNKNOWN, () -> KeyFile.of(keyFile).read()));
  }

  @Test
  void createOpenSsh_isTakenBySshKeygenAndSshAdd() throws Exception {
    SigningKey key = SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
    for (String comment : List.of("", "a", "dive rel2026", "x".repeat(255))) {
      KeyFile file = KeyFile.of(directory.resolve("made" + comment.length()));
      file.createOpenSsh(key, comment);
      String line = RunningSshAgent.run(Map.of(), "ssh-keygen", "-y", "-f", file.path());
      assertEquals(Files.readString(file.publicFile()).strip(), line.strip());
      assertEquals(key.publicKey(), KeyFile.of(file.path()).read().publicKey());
      agent.add("-q", file.path());
      try (RemoteSigner made =
          new SshAgent(agent.socket(), Duration.ofSeconds(30))
              .signer(signer.key(), new PublicKeyFile(file.publicFile()))) {
        assertEquals(key.signer(signer.key()).sign(MESSAGE), made.sign(MESSAGE));
      }
    }
  }

  @Test
  void publicKeyOfAnotherAlgorithm_refusedByName() throws Exception {
    Path ecdsa = directory.resolve("ecdsa");
    RunningSshAgent.run(
        Map.of(), "ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-C", "", "-f", ecdsa);
    assertContains(
        "ecdsa-sha2-nistp256",
        refused(
            ErrorCode.KEY_FORMAT_UNKNOWN,
            () -> new PublicKeyFile(directory.resolve("ecdsa.pub")).read()));
    refused(ErrorCode.KEY_FORMAT_UNKNOWN, () -> KeyFile.of(ecdsa).read());
  }

  @Test
  void agentEnds_saysSo_andSignsWhenItIsBack() throws Exception {
    assertSigns();
    agent.close();
    assertRefuses("the socket does not exist");
    restartAgent();
    agent.add("-q", keyFile);
    afterBackOff();
    assertSigns();
  }

  @Test
  void agentIsKilled_saysSo_andSignsWhenItIsBack() throws Exception {
    assertSigns();
    agent.kill();
    assertRefuses("nobody listens at the socket");
    restartAgent();
    assertRefuses("has no keys, or is locked");
    agent.add("-q", keyFile);
    afterBackOff();
    assertSigns();
  }

  @Test
  void agentWasStartedAnewBetweenTwoSignatures_nobodyNotices() throws Exception {
    assertSigns();
    agent.kill();
    restartAgent();
    agent.add("-q", keyFile);
    assertSigns();
  }

  @Test
  void keyIsRemoved_saysSo_andSignsWhenItIsBack() throws Exception {
    Path other = RunningSshAgent.keygen(directory.resolve("other"));
    agent.add("-q", other);
    assertSigns();
    String fingerprint = agent.add("-l").lines().findFirst().orElseThrow().split(" ", -1)[1];
    agent.add("-q", "-d", keyFile);
    assertRefuses("has other keys but not " + fingerprint);
    agent.add("-q", keyFile);
    afterBackOff();
    assertSigns();
  }

  @Test
  void lockedAgent_saysSo_andSignsWhenItIsUnlocked() throws Exception {
    assertSigns();
    agent.lock("-x");
    assertRefuses("is locked");
    agent.lock("-X");
    afterBackOff();
    assertSigns();
  }

  @Test
  void manyThreads_eachGetsItsOwnSignature() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(32);
    try {
      List<Future<Boolean>> verified = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        byte[] message = ("body " + i).getBytes(StandardCharsets.UTF_8);
        verified.add(
            threads.submit(
                () -> SignatureVerifier.verify(signer.publicKey(), message, signer.sign(message))));
      }
      for (Future<Boolean> each : verified) {
        assertTrue(each.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
