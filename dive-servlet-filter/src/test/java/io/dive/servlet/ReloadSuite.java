// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import io.dive.key.KeyFile;
import io.dive.key.SignatureVerifier;
import io.dive.key.SigningKey;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.DiveSig;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.servlet.FilterContainer.Running;
import io.dive.sign.BodyDigester;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that reads its settings from a file, and two keys; a change is looked at only when a
 * test does so, unless its settings say otherwise.
 */
@Timeout(300)
abstract class ReloadSuite {
  static final String HOST = "www.site.test";

  final SigningKey one = newKey();
  final SigningKey two = newKey();
  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final Later clock = new Later();
  final DiveFilter filter = new DiveFilter(null, new MicrometerMetrics(meters), clock);
  final List<Running> started = new ArrayList<>();

  /** Requests for {@code /waiting} or {@code /generated?wait}, which the test completes. */
  final BlockingQueue<AsyncContext> waiting = new LinkedBlockingQueue<>();

  Path directory;
  Path files;

  /** The settings. */
  Path file;

  /** The time, and what was waited in it. */
  static final class Later extends Clock {
    private volatile Duration waited = Duration.ZERO;

    void pass(Duration time) {
      waited = waited.plus(time);
    }

    @Override
    public Instant instant() {
      return Clock.systemUTC().instant().plus(waited);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  @BeforeEach
  void writeFileAndKeys(@TempDir Path given) throws Exception {
    directory = given;
    files = Files.createDirectory(directory.resolve("files"));
    file = directory.resolve("dive.properties");
    Files.writeString(files.resolve("a.txt"), "content\n");
    new KeyFile(directory.resolve("one.pem"), Optional.empty(), false).create(one);
    new KeyFile(directory.resolve("two.pem"), Optional.empty(), false).create(two);
  }

  @AfterEach
  void stop() throws Exception {
    for (Running running : started) {
      running.close();
    }
  }

  private static SigningKey newKey() {
    return SigningKey.generate(SignatureAlgorithm.ED25519, new SecureRandom());
  }

  /** Settings under which one key signs with one hash. */
  static String text(String id, String more) {
    return """
    dive.hosts = %s
    dive.key.1.id = %s
    dive.key.1.file = %s.pem
    dive.rule.1.path = /generated
    dive.rule.1.mode = stream
    dive.rule.2.path = **
    dive.rule.2.mode = static
    dive.reload.interval = off
    dive.check = off
    %s
    """
        .formatted(HOST, id, id, more);
  }

  void write(String text) throws IOException {
    Files.writeString(file, text);
  }

  int start(FilterContainer container) throws Exception {
    System.setProperty("dive.config", file.toString());
    try {
      Running running =
          container.start(
              files,
              List.of(filter),
              Map.of(
                  "/generated",
                  (request, response) -> {
                    if (request.getParameter("wait") == null) {
                      response.getOutputStream().write(new byte[] {1, 2, 3});
                    } else {
                      keepWaiting(request);
                    }
                  },
                  "/waiting",
                  (request, response) -> keepWaiting(request)));
      started.add(running);
      return running.port();
    } finally {
      // The file's name is read at the start; its content, whenever it changes.
      System.clearProperty("dive.config");
    }
  }

  private void keepWaiting(HttpServletRequest request) {
    AsyncContext cycle = request.startAsync();
    cycle.setTimeout(0);
    waiting.add(cycle);
  }

  /** As the thread does it: a change counts once it was seen twice. */
  void lookTwice() {
    filter.lookAtSettings();
    filter.lookAtSettings();
  }

  static RawAnswer get(int port, String path) throws IOException {
    return RawAnswer.to(port, "GET " + path + " HTTP/1.1", "Host: " + HOST);
  }

  /** The one key that signs, after both revisions' signatures were found right. */
  String signedBy(RawAnswer answer) throws Exception {
    assertEquals(200, answer.status(), answer::toString);
    List<MessageSignature> signatures =
        MessageSignature.parse(
            answer.value(FieldNames.SIGNATURE_INPUT), answer.value(FieldNames.SIGNATURE));
    assertEquals(1, signatures.size());
    String id = signatures.get(0).keyid().orElseThrow();
    SigningKey key = id.equals("one") ? one : two;
    HashAlgorithm hash = id.equals("one") ? HashAlgorithm.SHA_256 : HashAlgorithm.SHA_512;
    BodyDigest digest = BodyDigester.digest(hash, answer.bytes());
    assertEquals(digest.contentDigest(), answer.value(FieldNames.CONTENT_DIGEST), "wholly one");
    assertTrue(
        SignatureVerifier.verify(
            key.publicKey(),
            MessageSignature.signatureBase(
                digest.contentDigest(), signatures.get(0).signatureParams()),
            signatures.get(0).signature()));
    DiveSig.Entry entry = DiveSig.parse(answer.value(FieldNames.DIVE_SIG)).entries().get(0);
    assertEquals(id, entry.key().serialize());
    assertTrue(
        SignatureVerifier.verify(key.publicKey(), digest.draft00SignedBytes(), entry.signature()));
    return id;
  }

  static JsonObject check(int port, String name) throws Exception {
    JsonObject health = JsonParser.object().from(get(port, "/health").body());
    return health.getArray("checks").stream()
        .map(JsonObject.class::cast)
        .filter(check -> check.getString("name").equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(health));
  }

  static JsonObject settingsHealth(int port) throws Exception {
    JsonObject check = check(port, "dive-settings");
    assertEquals("UP", check.getString("status"));
    return check.getObject("data");
  }

  double reloads(String result) {
    return meters.get("dive.reloads").tag("result", result).counter().count();
  }
}
