// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Judgement;
import io.dive.conformance.Wire;
import io.dive.conformance.Wire.Answer;
import io.dive.key.Signer;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.servlet.CaptureContainer.Kind;
import io.dive.servlet.StreamLimits.OverflowAction;
import io.dive.servlet.StreamLimits.SigningFailureAction;
import io.dive.servlet.StreamMode.UnsignedReason;
import io.dive.sign.ResponseSigner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Both containers, one key, and what every test wants to know afterwards. */
abstract class CaptureSuite extends Judgement {
  static final int MEMORY = 20_000;
  static final long LIMIT = 300_000;
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
    public void unsigned(String path, UnsignedReason reason, long digestedBytes) {
      unsigned.add(reason);
    }

    @Override
    public void overflow(String path, UnsignedReason reason, OverflowAction action) {
      assertTrue(reason == UnsignedReason.OVERFLOW || reason == UnsignedReason.TEMP_SPACE);
      overflows.add(action);
    }

    @Override
    public void failed(String path, Exception cause) {
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
    return (request, response, chain) -> {
      if (StreamMode.isAtWork(request.getAttribute(DiveFilter.ACTED))) {
        StreamMode.resume(request, response, chain);
      } else {
        mode.handle(keys, request, response, chain);
      }
    };
  }

  static Answer get(Kind kind) throws IOException {
    return Wire.get(container(kind).port(), "/app");
  }
}
