// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static io.dive.key.KeyFixture.assertContains;
import static io.dive.key.KeyFixture.ed25519;
import static io.dive.key.KeyFixture.ed448;
import static io.dive.key.KeyFixture.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Agents that misbehave. Those that behave are in {@link SshAgentInteropTest}. */
@Timeout(120)
class SshAgentSignerTest {
  private static final byte[] MESSAGE = {1, 2, 3};
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(50);

  private final AtomicLong nanoTime = new AtomicLong();
  private final Path directory;
  private final Path socket;

  SshAgentSignerTest(@TempDir Path directory) {
    this.directory = directory;
    this.socket = directory.resolve("a.sock");
  }

  private SshAgentSigner signer(Path at, Duration timeout) throws Exception {
    return new SshAgentSigner(
        KeyReference.of(new KeyId("k1")),
        ed25519().publicKey(),
        new SshAgent(at, timeout),
        nanoTime::get);
  }

  private SshAgentSigner signer(Duration timeout) throws Exception {
    return signer(socket, timeout);
  }

  private static byte[] string(byte[]... parts) {
    byte[] joined = join(parts);
    return join(ByteBuffer.allocate(4).putInt(joined.length).array(), joined);
  }

  private static byte[] string(String text) {
    return string(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] join(byte[]... parts) {
    int length = Stream.of(parts).mapToInt(part -> part.length).sum();
    ByteBuffer joined = ByteBuffer.allocate(length);
    Stream.of(parts).forEach(joined::put);
    return joined.array();
  }

  private static byte[] signature(byte[] message) {
    try {
      return ed25519().signer(KeyReference.of(new KeyId("x"))).sign(message).toByteArray();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** What a right agent says to a request to sign. */
  private static byte[] rightAnswer(byte[] request) {
    assertEquals(13, request[0]);
    byte[] blob = SshFields.publicKey(publicKey());
    byte[] head = join(new byte[] {13}, string(blob));
    assertEquals(Bytes.of(head), Bytes.of(Arrays.copyOf(request, head.length)));
    byte[] message = Arrays.copyOfRange(request, head.length + 4, request.length - 4);
    return answer(14, string(string("ssh-ed25519"), string(signature(message))));
  }

  private static RawPublicKey publicKey() {
    try {
      return ed25519().publicKey();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] answer(int type, byte[]... content) {
    return string(new byte[] {(byte) type}, join(content));
  }

  private static Arguments garbage(String name, ErrorCode code, byte[] answer) {
    return Arguments.of(name, code, answer);
  }

  static List<Arguments> garbage() {
    byte[] right = signature(MESSAGE);
    byte[] wrong = signature(new byte[] {3, 2, 1});
    byte[] name = string("ssh-ed25519");
    ErrorCode unavailable = ErrorCode.SIGNER_UNAVAILABLE;
    return List.of(
        garbage("no message", unavailable, new byte[4]),
        garbage("too long", unavailable, new byte[] {0, 4, 0, 1}),
        garbage("negative length", unavailable, new byte[] {-1, -1, -1, -1}),
        garbage("HTTP", unavailable, "HTTP/1.1 400 Bad\r\n\r\n".getBytes(StandardCharsets.UTF_8)),
        garbage("other type", unavailable, answer(6)),
        garbage("no signature", unavailable, answer(14)),
        garbage("cut off", unavailable, answer(14, new byte[] {0, 0, 0, 83, 0})),
        garbage("huge field", unavailable, answer(14, new byte[] {127, -1, -1, -1, 0})),
        garbage("negative field", unavailable, answer(14, new byte[] {-1, -1, -1, -1, 0})),
        garbage(
            "other algorithm", unavailable, answer(14, string(string("ssh-rsa"), string(right)))),
        garbage(
            "63 bytes", unavailable, answer(14, string(name, string(Arrays.copyOf(right, 63))))),
        garbage(
            "65 bytes", unavailable, answer(14, string(name, string(Arrays.copyOf(right, 65))))),
        garbage("trailing", unavailable, answer(14, string(name, string(right)), new byte[1])),
        garbage(
            "trailing within", unavailable, answer(14, string(name, string(right), new byte[1]))),
        garbage(
            "another's signature",
            ErrorCode.SIGNING_FAILED,
            answer(14, string(name, string(wrong)))),
        garbage("end", unavailable, new byte[0]));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("garbage")
  void garbage_isRefused_andForgotten(String name, ErrorCode code, byte[] answer) throws Exception {
    AtomicBoolean right = new AtomicBoolean();
    try (ScriptedAgent agent =
            new ScriptedAgent(socket, request -> right.get() ? rightAnswer(request) : answer);
        SshAgentSigner signer = signer(LONG)) {
      assertContains("the ssh-agent at " + socket, refused(code, () -> signer.sign(MESSAGE)));
      assertEquals(1, agent.connections.get(), "no second try on a new connection");
      right.set(true);
      nanoTime.addAndGet(SshAgentSigner.BACK_OFF.toNanos());
      assertEquals(Bytes.of(signature(MESSAGE)), signer.sign(MESSAGE));
      assertEquals(2, agent.connections.get());
    }
  }

  @Test
  void answersToProbes_areReadStrictly() throws Exception {
    byte[] ours = string(SshFields.publicKey(publicKey()));
    byte[] comment = string("comment");
    byte[] two = {0, 0, 0, 2};
    List<byte[]> wrong =
        List.of(
            answer(12),
            answer(12, two, ours, comment),
            answer(12, new byte[] {0, 0, 0, 1}, ours, comment, new byte[1]),
            answer(12, new byte[] {-1, -1, -1, -1}, ours, comment),
            answer(5),
            answer(14, new byte[4]));
    for (byte[] answer : wrong) {
      try (ScriptedAgent agent = new ScriptedAgent(socket, request -> answer);
          SshAgentSigner signer = signer(LONG)) {
        refused(ErrorCode.SIGNER_UNAVAILABLE, signer::probe);
        assertEquals(1, agent.connections.get());
      }
      Files.delete(socket);
    }
    byte[] good = answer(12, two, string("other"), comment, ours, comment);
    try (ScriptedAgent agent = new ScriptedAgent(socket, request -> good);
        SshAgentSigner signer = signer(LONG)) {
      signer.probe();
      signer.probe();
      assertEquals(1, agent.connections.get());
    }
  }

  @Test
  void agentThatRefusesAKeyItHas_isToldApart() throws Exception {
    byte[] identities =
        answer(12, new byte[] {0, 0, 0, 1}, string(SshFields.publicKey(publicKey())), string("c"));
    try (ScriptedAgent agent =
            new ScriptedAgent(socket, request -> request[0] == 11 ? identities : answer(5));
        SshAgentSigner signer = signer(LONG)) {
      assertContains(
          "has the key but refuses to sign",
          refused(ErrorCode.SIGNER_UNAVAILABLE, () -> signer.sign(MESSAGE)));
      assertEquals(2, agent.requests.get());
    }
  }

  @Test
  void silentAgent_timesOutOnce_thenFailsAtOnceForAMoment() throws Exception {
    try (ScriptedAgent agent = new ScriptedAgent(socket, request -> null);
        SshAgentSigner signer = signer(SHORT)) {
      String first = refused(ErrorCode.SIGNER_UNAVAILABLE, () -> signer.sign(MESSAGE));
      assertContains("did not answer within 50 ms", first);
      for (int i = 0; i < 1_000; i++) {
        assertEquals(first, refused(ErrorCode.SIGNER_UNAVAILABLE, () -> signer.sign(MESSAGE)));
      }
      nanoTime.addAndGet(SshAgentSigner.BACK_OFF.toNanos() - 1);
      refused(ErrorCode.SIGNER_UNAVAILABLE, () -> signer.sign(MESSAGE));
      assertTrue(agent.connections.get() <= 1, "it was left alone");
      nanoTime.addAndGet(1);
      refused(ErrorCode.SIGNER_UNAVAILABLE, () -> signer.sign(MESSAGE));
      refused(ErrorCode.SIGNER_UNAVAILABLE, signer::probe);
    }
  }

  @Test
  void probeThatSucceeds_endsTheBackOff() throws Exception {
    AtomicBoolean broken = new AtomicBoolean(true);
    byte[] identities =
        answer(12, new byte[] {0, 0, 0, 1}, string(SshFields.publicKey(publicKey())), string("c"));
    UnaryOperator<byte[]> answers =
        request ->
            broken.get() ? new byte[4] : request[0] == 11 ? identities : rightAnswer(request);
    try (ScriptedAgent agent = new ScriptedAgent(socket, answers);
        SshAgentSigner signer = signer(LONG)) {
      refused(ErrorCode.SIGNER_UNAVAILABLE, signer::probe);
      broken.set(false);
      refused(ErrorCode.SIGNER_UNAVAILABLE, () -> signer.sign(MESSAGE));
      signer.probe();
      assertEquals(Bytes.of(signature(MESSAGE)), signer.sign(MESSAGE));
      assertEquals(2, agent.connections.get());
    }
  }

  @Test
  void silentAgent_manyThreads_allFail_andTheAgentIsAskedOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(16);
    try (ScriptedAgent agent = new ScriptedAgent(socket, request -> null);
        SshAgentSigner signer = signer(Duration.ofMillis(500))) {
      List<Future<String>> messages = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        messages.add(
            threads.submit(
                () -> refused(ErrorCode.SIGNER_UNAVAILABLE, () -> signer.sign(MESSAGE))));
      }
      for (Future<String> message : messages) {
        assertContains("key k1 cannot sign", message.get());
      }
      assertTrue(agent.connections.get() <= 1);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void agentThatEndsAnIdleConnection_isConnectedToAgain() throws Exception {
    AtomicBoolean end = new AtomicBoolean();
    try (ScriptedAgent agent =
            new ScriptedAgent(
                socket, request -> end.getAndSet(false) ? new byte[0] : rightAnswer(request));
        SshAgentSigner signer = signer(LONG)) {
      Bytes signature = signer.sign(MESSAGE);
      end.set(true);
      assertEquals(signature, signer.sign(MESSAGE));
      assertEquals(2, agent.connections.get());
    }
  }

  @Test
  void interruptedThread_stopsWaiting_andBlamesNobody() throws Exception {
    try (ScriptedAgent agent = new ScriptedAgent(socket, SshAgentSignerTest::rightAnswer);
        SshAgentSigner signer = signer(LONG)) {
      Thread.currentThread().interrupt();
      String message = refused(ErrorCode.SIGNER_UNAVAILABLE, () -> signer.sign(MESSAGE));
      assertTrue(Thread.interrupted(), "told to the caller");
      assertContains("interrupted", message);
      assertEquals(Bytes.of(signature(MESSAGE)), signer.sign(MESSAGE));
      assertTrue(agent.connections.get() >= 1);
    }
  }

  @Test
  void noAgent_saysWhatIsThere() throws Exception {
    try (SshAgentSigner signer = signer(LONG)) {
      assertContains(
          "ssh-agent -a " + socket, refused(ErrorCode.SIGNER_UNAVAILABLE, signer::probe));
      Files.writeString(socket, "a file");
      assertContains("nobody listens", refused(ErrorCode.SIGNER_UNAVAILABLE, signer::probe));
    }
  }

  @Test
  void pathTooLongForASocket_saysSo() throws Exception {
    Path deep = Files.createDirectories(directory.resolve("d".repeat(120)));
    Path file = Files.writeString(deep.resolve("s"), "");
    try (SshAgentSigner signer = signer(file, LONG)) {
      assertContains("too long", refused(ErrorCode.SIGNER_UNAVAILABLE, signer::probe));
    }
  }

  @Test
  void closedSigner_signsNoMore() throws Exception {
    try (ScriptedAgent agent = new ScriptedAgent(socket, SshAgentSignerTest::rightAnswer)) {
      SshAgentSigner signer = signer(LONG);
      signer.sign(MESSAGE);
      signer.close();
      signer.close();
      assertContains("closed", refused(ErrorCode.SIGNER_UNAVAILABLE, () -> signer.sign(MESSAGE)));
      assertEquals(1, agent.connections.get());
    }
  }

  @Test
  void signer_ed448OrPrivateOrBareKey_refused() throws Exception {
    SshAgent agent = new SshAgent(socket, LONG);
    KeyReference key = KeyReference.of(new KeyId("k1"));
    PublicKeyFile file = new PublicKeyFile(directory.resolve("key"));
    Files.writeString(file.path(), PublicKeyFile.pem(ed448().publicKey()));
    assertContains(
        "ed25519 only", refused(ErrorCode.KEY_FORMAT_UNKNOWN, () -> agent.signer(key, file)));
    Files.delete(file.path());
    KeyFile.of(file.path()).create(ed25519());
    assertContains(
        "holds a private key",
        refused(ErrorCode.KEY_FORMAT_UNKNOWN, () -> agent.signer(key, file)));
    // A seed and a public key look the same, and the seed must never be published.
    Files.writeString(file.path(), publicKey().bytes().toBase64());
    assertContains(
        "does not say that it holds a public key",
        refused(ErrorCode.KEY_FORMAT_UNKNOWN, () -> agent.signer(key, file)));
    Files.writeString(file.path(), OpenSshLine.encode(publicKey(), ""));
    try (RemoteSigner signer = agent.signer(key, file)) {
      assertEquals(publicKey(), signer.publicKey());
      assertFalse(signer.toString().contains(publicKey().bytes().toBase64()));
    }
    assertThrows(IllegalArgumentException.class, () -> new SshAgent(socket, Duration.ZERO));
  }

  @Test
  void busyAgent_hasItsWholeTimeForEachRequest() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    ScriptedAgent agent =
        new ScriptedAgent(
            socket,
            request -> {
              try {
                assertFalse(never.await(3500, TimeUnit.MILLISECONDS));
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              return rightAnswer(request);
            });
    try (SshAgentSigner signer = signer(Duration.ofSeconds(6))) {
      // One waits for the other, and then longer than the rest of the time since it began.
      Future<Bytes> one = threads.submit(() -> signer.sign(MESSAGE));
      Future<Bytes> other = threads.submit(() -> signer.sign(MESSAGE));
      assertEquals(one.get(), other.get());
    } finally {
      threads.shutdownNow();
      agent.close();
    }
  }
}
