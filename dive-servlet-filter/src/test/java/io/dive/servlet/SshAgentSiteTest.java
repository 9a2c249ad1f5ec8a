// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import io.dive.key.PublicKeyFile;
import io.dive.key.RunningSshAgent;
import io.dive.key.SignatureVerifier;
import io.dive.protocol.Bytes;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.servlet.FilterContainer.Running;
import io.dive.settings.DiveSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A site whose only private key is in an ssh-agent, asked over sockets. */
@Timeout(300)
class SshAgentSiteTest {
  private static final String HOST = "www.site.test";

  private final Path directory;
  private final Path files;
  private final Path socket;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AtomicInteger bodies = new AtomicInteger();
  private final List<AutoCloseable> started = new ArrayList<>();
  private Path key;

  SshAgentSiteTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    this.socket = directory.resolve("a.sock");
    this.files = Files.createDirectory(directory.resolve("files"));
  }

  @BeforeEach
  void makeKey() throws Exception {
    RunningSshAgent.assumeInstalled();
    key = RunningSshAgent.keygen(directory.resolve("id"));
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : started) {
      each.close();
    }
  }

  private RunningSshAgent startAgent() throws Exception {
    RunningSshAgent agent = RunningSshAgent.start(socket);
    started.add(agent);
    return agent;
  }

  private RunningSshAgent startAgentWithKey() throws Exception {
    RunningSshAgent agent = startAgent();
    agent.add("-q", key);
    return agent;
  }

  private int startSite(FilterContainer container) throws Exception {
    Path settings =
        Files.writeString(
            directory.resolve("dive.properties"),
            """
            dive.hosts = www.site.test
            dive.check = off
            dive.key.1.id = k1
            dive.key.1.file = id.pub
            dive.key.1.agent = a.sock
            dive.key.1.agent-timeout = 30s
            dive.rule.1.path = /generated
            dive.rule.1.mode = stream
            dive.rule.2.path = /**
            dive.rule.2.mode = static
            dive.rule.2.root = files
            """);
    DiveFilter filter = new DiveFilter(DiveSettings.load(settings), new MicrometerMetrics(meters));
    Map<String, FilterContainer.Application> applications =
        Map.of(
            "/generated",
            (request, response) ->
                response
                    .getOutputStream()
                    .write(request.getQueryString().getBytes(StandardCharsets.UTF_8)));
    Running running = container.start(files, List.of(filter), applications);
    started.add(running::close);
    return running.port();
  }

  private static RawAnswer get(int port, String path) throws IOException {
    RawAnswer answer = RawAnswer.to(port, "GET " + path + " HTTP/1.1", "Host: " + HOST);
    assertEquals(200, answer.status());
    return answer;
  }

  /** A body that no cache knows. */
  private RawAnswer getGenerated(int port) throws IOException {
    return get(port, "/generated?" + bodies.incrementAndGet());
  }

  private RawAnswer getFile(int port) throws IOException {
    String name = "f" + bodies.incrementAndGet();
    Files.writeString(files.resolve(name), name);
    return get(port, "/" + name);
  }

  private static boolean isSigned(RawAnswer answer) {
    return !answer.values("Signature").isEmpty();
  }

  private void assertVerifies(RawAnswer answer) throws Exception {
    assertTrue(isSigned(answer), answer.fields()::toString);
    byte[] base =
        MessageSignature.signatureBase(
            answer.value("Content-Digest"),
            MessageSignature.signatureParams(
                KeyReference.of(new KeyId("k1")), SignatureAlgorithm.ED25519));
    String signature = answer.value("Signature");
    assertTrue(signature.matches("sig1=:[A-Za-z0-9+/=]+:"), signature);
    Bytes decoded =
        Bytes.of(Base64.getDecoder().decode(signature.substring(6, signature.length() - 1)));
    Path publicKey = directory.resolve("id.pub");
    assertTrue(SignatureVerifier.verify(new PublicKeyFile(publicKey).read(), base, decoded));
    assertFalse(answer.values("DIVE-Sig").isEmpty());
  }

  private static JsonObject signerHealth(int port) throws Exception {
    RawAnswer answer = RawAnswer.to(port, "GET /health HTTP/1.1", "Host: " + HOST);
    JsonObject json = JsonParser.object().from(answer.body());
    JsonObject signer =
        json.getArray("checks").stream()
            .map(JsonObject.class::cast)
            .filter(check -> check.getString("name").equals("dive-signer"))
            .findFirst()
            .orElseThrow();
    assertEquals("k1", signer.getObject("data").getString("subject"));
    assertEquals(signer.getString("status"), json.getString("status"), "nothing else is down");
    Instant.parse(signer.getObject("data").getString("since"));
    return signer;
  }

  private static void assertUp(int port) throws Exception {
    JsonObject health = signerHealth(port);
    assertEquals("UP", health.getString("status"), health::toString);
    assertEquals("signer-ok", health.getObject("data").getString("code"));
  }

  private static void assertDown(int port, String reason) throws Exception {
    JsonObject health = signerHealth(port);
    assertEquals("DOWN", health.getString("status"), health::toString);
    assertEquals("signer-unavailable", health.getObject("data").getString("code"));
    String sentence = health.getObject("data").getString("sentence");
    assertTrue(sentence.contains(reason), sentence);
    RawAnswer ready = RawAnswer.to(port, "GET /health/ready HTTP/1.1", "Host: " + HOST);
    assertEquals(200, ready.status(), "it serves");
  }

  private static void awaitStatus(int port, String status) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    JsonObject health = signerHealth(port);
    while (!health.getString("status").equals(status) && System.nanoTime() < deadline) {
      health = signerHealth(port);
    }
    assertEquals(status, health.getString("status"), health::toString);
  }

  /** The first requests after a failure may still come too early. */
  private RawAnswer awaitSigned(int port) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    RawAnswer answer = getGenerated(port);
    while (!isSigned(answer) && System.nanoTime() < deadline) {
      answer = getGenerated(port);
    }
    return answer;
  }

  @ParameterizedTest
  @EnumSource
  void agentWithTheKey_signsFilesAndGeneratedBodies(FilterContainer container) throws Exception {
    startAgentWithKey();
    int port = startSite(container);
    assertUp(port);
    assertVerifies(getGenerated(port));
    assertVerifies(getFile(port));
  }

  @ParameterizedTest
  @EnumSource
  void agentIsKilledAndComesBack_servesUnsignedMeanwhile(FilterContainer container)
      throws Exception {
    RunningSshAgent agent = startAgentWithKey();
    int port = startSite(container);
    assertVerifies(get(port, "/generated?known"));
    agent.kill();
    RawAnswer unsigned = getGenerated(port);
    assertFalse(isSigned(unsigned), unsigned.fields()::toString);
    assertEquals(String.valueOf(bodies.get()), unsigned.body());
    assertDown(port, "nobody listens");
    RawAnswer file = getFile(port);
    assertFalse(isSigned(file));
    assertEquals("f" + bodies.get(), file.body());
    assertVerifies(get(port, "/generated?known"));
    startAgentWithKey();
    assertVerifies(awaitSigned(port));
    assertUp(port);
    assertVerifies(getFile(port));
  }

  @Test
  void agentIsAbsentAtTheStart_siteStarts_andSignsOnceItIsThere() throws Exception {
    int port = startSite(FilterContainer.JETTY);
    assertDown(port, "the socket does not exist");
    assertFalse(isSigned(getGenerated(port)));
    RunningSshAgent agent = startAgent();
    awaitSentence(port, "has no keys");
    agent.add("-q", key);
    assertVerifies(awaitSigned(port));
    assertUp(port);
  }

  private static void awaitSentence(int port, String part) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    String sentence = "";
    while (!sentence.contains(part) && System.nanoTime() < deadline) {
      sentence = signerHealth(port).getObject("data").getString("sentence");
    }
    assertTrue(sentence.contains(part), sentence);
  }

  @Test
  void keyIsRemoved_healthTellsWithoutARequest_andWhenItIsBack() throws Exception {
    RunningSshAgent agent = startAgentWithKey();
    int port = startSite(FilterContainer.JETTY);
    assertUp(port);
    String up = signerHealth(port).getObject("data").getString("since");
    agent.add("-q", "-d", key);
    awaitStatus(port, "DOWN");
    assertDown(port, "has no keys");
    String down = signerHealth(port).getObject("data").getString("since");
    assertFalse(Instant.parse(down).isBefore(Instant.parse(up)));
    assertFalse(isSigned(getGenerated(port)));
    assertEquals(down, signerHealth(port).getObject("data").getString("since"));
    assertEquals(
        1,
        meters
            .get("dive.check.findings")
            .tag("check", "signer")
            .tag("severity", "error")
            .gauge()
            .value());
    agent.add("-q", key);
    awaitStatus(port, "UP");
    assertVerifies(getGenerated(port));
  }

  @Test
  void manyRequestsAtOnce_allSigned() throws Exception {
    startAgentWithKey();
    int port = startSite(FilterContainer.JETTY);
    ExecutorService threads = Executors.newFixedThreadPool(16);
    try {
      List<Future<RawAnswer>> answers = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        answers.add(threads.submit(() -> getGenerated(port)));
      }
      for (Future<RawAnswer> answer : answers) {
        assertVerifies(answer.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
