// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.SignatureVerifier;
import io.dive.key.Signer;
import io.dive.key.SigningKey;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.DiveSig;
import io.dive.protocol.FieldNames;
import io.dive.protocol.Fqdn;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.servlet.FilterContainer.Running;
import io.dive.settings.CheckSettings;
import io.dive.settings.DiveSettings;
import io.dive.settings.DiveSettingsBuilder;
import io.dive.settings.Mode;
import io.dive.sign.BodyDigester;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A directory of files, a key, and the filter over them in a real container. */
abstract class DiveFilterSuite {
  static final int BIG = 2 * 1024 * 1024;

  Path files;
  final byte[] big = new byte[BIG];
  final SigningKey key = SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
  final Signer signer = key.signer(KeyReference.of(new KeyId("k1")));
  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final List<Running> started = new ArrayList<>();

  /** The filter's measure of how long a file is as it is; stands still but for {@link #settle}. */
  final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);

  @BeforeEach
  void writeFiles(@TempDir Path directory) throws IOException {
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

  DiveSettingsBuilder settings() {
    return unkeyed().signer(signer);
  }

  /** Without the DNS check, which would leave this machine. */
  static DiveSettingsBuilder unkeyed() {
    return DiveSettings.builder()
        .host(new Fqdn("example.com"))
        .checks(
            new CheckSettings(
                CheckSettings.Level.OFF, Duration.ofMinutes(5), Duration.ofSeconds(5)));
  }

  int start(FilterContainer container, DiveSettings settings) throws Exception {
    DiveFilter filter = new DiveFilter(settings, new MicrometerMetrics(meters), nanos::get);
    Running running = container.start(files, List.of(filter), Map.of());
    started.add(running);
    return running.port();
  }

  int startStatic(FilterContainer container) throws Exception {
    return start(container, settings().rule("/**", Mode.STATIC).build());
  }

  static RawAnswer get(int port, String path, String... fields) throws IOException {
    List<String> lines = new ArrayList<>(List.of("GET " + path + " HTTP/1.1", "Host: example.com"));
    lines.addAll(List.of(fields));
    return RawAnswer.to(port, lines.toArray(String[]::new));
  }

  /** Both revisions' signatures are the key's, over exactly the given bytes. */
  void assertSigned(RawAnswer answer, byte[] body) throws Exception {
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

  static void assertUnsigned(int status, RawAnswer answer) {
    assertEquals(status, answer.status(), () -> answer.fields().toString());
    for (String name : FieldNames.SIGNED_RESPONSE) {
      assertEquals(List.of(), answer.values(name), () -> answer.fields().toString());
    }
  }

  /** Waits for the count: a client may have its answer before the filter is done with it. */
  void assertCounted(int expected, Mode mode, ResponseOutcome outcome) {
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

  /** Lets so much time pass that containers would have looked at changed files again. */
  void settle() {
    nanos.addAndGet(RecentChanges.SETTLING_TIME.toNanos());
  }

  double digestedBytes() {
    return meters.get("dive.digested.bytes").counter().count();
  }
}
