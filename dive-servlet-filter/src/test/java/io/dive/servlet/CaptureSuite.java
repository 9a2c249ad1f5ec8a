// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire;
import io.dive.conformance.Wire.Answer;
import io.dive.key.SignatureVerifier;
import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.Bytes;
import io.dive.protocol.ContentDigest;
import io.dive.protocol.DiveSig;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MalformedFieldException;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.ProtocolVersion;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.servlet.CaptureContainer.Kind;
import io.dive.servlet.StreamLimits.OverflowAction;
import io.dive.servlet.StreamLimits.SigningFailureAction;
import io.dive.servlet.StreamMode.UnsignedReason;
import io.dive.sign.BodyDigester;
import io.dive.sign.ResponseSigner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Both containers, one key, and what every test wants to know afterwards. */
abstract class CaptureSuite {
  static final int MEMORY = 20_000;
  static final long LIMIT = 300_000;
  static final HashAlgorithm HASH = HashAlgorithm.SHA_256;

  static final SigningKey KEY = SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
  static final Signer SIGNER = KEY.signer(KeyReference.of(new KeyId("key1")));

  static Path served = Path.of("");
  private static final Map<Kind, CaptureContainer> CONTAINERS = new EnumMap<>(Kind.class);

  Path tempDir = Path.of("");
  final Heard heard = new Heard();

  /** Writes down what the mode tells. */
  static final class Heard implements StreamMode.Observer {
    final List<Long> signed = new CopyOnWriteArrayList<>();
    final List<UnsignedReason> unsigned = new CopyOnWriteArrayList<>();
    final List<OverflowAction> overflows = new CopyOnWriteArrayList<>();
    final List<Exception> failures = new CopyOnWriteArrayList<>();

    @Override
    public void signed(long bodyBytes, long signingNanos) {
      assertTrue(signingNanos >= 0);
      signed.add(bodyBytes);
    }

    @Override
    public void unsigned(UnsignedReason reason, long digestedBytes) {
      unsigned.add(reason);
    }

    @Override
    public void overflow(OverflowAction action, long digestedBytes) {
      overflows.add(action);
    }

    @Override
    public void failed(Exception cause) {
      failures.add(cause);
    }
  }

  @BeforeAll
  static void startContainers(@TempDir Path directory) throws Exception {
    served = directory;
    for (Kind kind : Kind.values()) {
      CONTAINERS.put(kind, kind.start(served));
    }
  }

  @AfterAll
  static void stopContainers() throws Exception {
    for (CaptureContainer container : CONTAINERS.values()) {
      container.stop();
    }
    CONTAINERS.clear();
  }

  @BeforeEach
  void useMode(@TempDir Path directory) {
    tempDir = directory;
    CONTAINERS.values().forEach(container -> container.mode(mode(limits())));
  }

  /** No file and no descriptor outlives its response. */
  @AfterEach
  void nothingIsLeftBehind() throws Exception {
    for (CaptureContainer container : CONTAINERS.values()) {
      container.awaitIdle();
    }
    try (Stream<Path> files = Files.list(tempDir)) {
      assertEquals(List.of(), files.toList());
    }
    eventually(() -> openFiles(tempDir).isEmpty());
  }

  /** A condition that may throw. */
  interface Condition {
    boolean holds() throws IOException;
  }

  /** Waits for what the container does right after the last byte. */
  static void eventually(Condition condition) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.holds()) {
      assertTrue(System.nanoTime() < deadline, "it does not happen");
      Thread.onSpinWait();
    }
  }

  /** What this process has open below a directory, deleted files included; none off Linux. */
  static List<Path> openFiles(Path directory) throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    if (!Files.isDirectory(descriptors)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(descriptors)) {
      return all.filter(
              descriptor -> {
                try {
                  return Files.readSymbolicLink(descriptor)
                      .toString()
                      .startsWith(directory.toString());
                } catch (IOException closedMeanwhile) {
                  return false;
                }
              })
          .toList();
    }
  }

  static CaptureContainer container(Kind kind) {
    return requireNonNull(CONTAINERS.get(kind));
  }

  StreamLimits limits() {
    return limits(OverflowAction.UNSIGNED);
  }

  StreamLimits limits(OverflowAction overflow) {
    return new StreamLimits(
        MEMORY, LIMIT, overflow, tempDir, 100 * LIMIT, SigningFailureAction.UNSIGNED, true);
  }

  CaptureContainer.Handler mode(StreamLimits limits) {
    return mode(limits, SIGNER);
  }

  CaptureContainer.Handler mode(StreamLimits limits, Signer signer) {
    StreamMode mode = new StreamMode(HASH, limits, new KnownBodies(0), heard);
    ResponseSigner keys =
        new ResponseSigner(List.of(signer), EnumSet.allOf(ProtocolVersion.class), 0);
    return (request, response, chain) -> mode.handle(keys, request, response, chain);
  }

  static byte[] bytes(long count) {
    byte[] bytes = new byte[(int) count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  static Answer get(Kind kind) throws IOException {
    return Wire.get(container(kind).port(), "/app");
  }

  /** The complete body with its length and all four fields, which are true. */
  static void assertSigned(Answer answer, byte[] body) throws MalformedFieldException {
    assertEquals(200, answer.status());
    assertTrue(answer.complete());
    assertArrayEquals(body, answer.body());
    assertEquals(Optional.of(Integer.toString(body.length)), answer.field("Content-Length"));
    assertEquals(Optional.empty(), answer.field("Trailer"));
    assertTrue(answer.field("Cache-Control").orElse("").contains("no-transform"));
    assertFieldsOf(answer::field, body);
  }

  static void assertFieldsOf(Function<String, Optional<String>> field, byte[] body)
      throws MalformedFieldException {
    BodyDigest digest = BodyDigester.digest(HASH, body);
    String contentDigest = field.apply(FieldNames.CONTENT_DIGEST).orElseThrow();
    assertEquals(List.of(digest), ContentDigest.parse(contentDigest).permitted());
    List<MessageSignature> signatures =
        MessageSignature.parse(
            field.apply(FieldNames.SIGNATURE_INPUT).orElseThrow(),
            field.apply(FieldNames.SIGNATURE).orElseThrow());
    assertEquals(1, signatures.size());
    MessageSignature signature = signatures.get(0);
    assertTrue(
        verifies(
            MessageSignature.signatureBase(contentDigest, signature.signatureParams()),
            signature.signature()));
    DiveSig.Entry entry =
        DiveSig.parse(field.apply(FieldNames.DIVE_SIG).orElseThrow()).entries().get(0);
    assertTrue(verifies(digest.draft00SignedBytes(), entry.signature()));
  }

  private static boolean verifies(byte[] message, Bytes signature) {
    return SignatureVerifier.verify(KEY.publicKey(), message, signature);
  }

  static void assertUnsigned(Answer answer, int status, byte[] body) {
    assertEquals(status, answer.status());
    assertTrue(answer.complete());
    assertArrayEquals(body, answer.body());
    assertNoFields(answer);
  }

  static void assertNoFields(Answer answer) {
    for (String name : FieldNames.SIGNED_RESPONSE) {
      assertEquals(Optional.empty(), answer.field(name), name);
      assertEquals(Optional.empty(), answer.trailer(name), name);
    }
  }
}
