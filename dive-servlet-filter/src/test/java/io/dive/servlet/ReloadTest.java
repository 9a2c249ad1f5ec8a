// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import io.dive.dns.SignedZone;
import io.dive.key.KeyFile;
import io.dive.key.SignatureVerifier;
import io.dive.key.SigningKey;
import io.dive.protocol.BodyDigest;
import io.dive.protocol.DiveException;
import io.dive.protocol.DiveSig;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.FieldNames;
import io.dive.protocol.HashAlgorithm;
import io.dive.protocol.KeyRecord;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.SignatureAlgorithm;
import io.dive.servlet.FilterContainer.Running;
import io.dive.settings.DiveSettings;
import io.dive.sign.BodyDigester;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.servlet.AsyncContext;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Settings that change under a running server: real containers, files and sockets. */
@Timeout(300)
class ReloadTest {
  private static final String HOST = "www.site.test";

  private final Path directory;
  private final Path files;
  private final Path file;
  private final SigningKey one = newKey();
  private final SigningKey two = newKey();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<Running> started = new ArrayList<>();
  private final BlockingQueue<AsyncContext> waiting = new LinkedBlockingQueue<>();
  private @Nullable DiveFilter filter;

  ReloadTest(@TempDir Path directory) throws Exception {
    this.directory = directory;
    files = Files.createDirectory(directory.resolve("files"));
    file = directory.resolve("dive.properties");
    Files.writeString(files.resolve("a.txt"), "content\n");
    keyFile("one.pem", one);
    keyFile("two.pem", two);
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

  private void keyFile(String name, SigningKey key) throws Exception {
    Path made = directory.resolve(name + ".new");
    new KeyFile(made, Optional.empty(), false).create(key);
    Files.move(made, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Settings under which one key signs with one hash. */
  private static String text(String id, String more) {
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

  private void write(String text) throws IOException {
    Files.writeString(file, text);
  }

  private int start(FilterContainer container) throws Exception {
    System.setProperty("dive.config", file.toString());
    try {
      DiveFilter made = new DiveFilter(null, new MicrometerMetrics(meters));
      filter = made;
      Running running =
          container.start(
              files,
              List.of(made),
              Map.of(
                  "/generated",
                  (request, response) -> {
                    if (request.getParameter("wait") == null) {
                      response.getOutputStream().write(new byte[] {1, 2, 3});
                    } else {
                      AsyncContext cycle = request.startAsync();
                      cycle.setTimeout(0);
                      waiting.add(cycle);
                    }
                  },
                  "/waiting",
                  (request, response) -> {
                    AsyncContext cycle = request.startAsync();
                    cycle.setTimeout(0);
                    waiting.add(cycle);
                  }));
      started.add(running);
      return running.port();
    } finally {
      // The file's name is read at the start; its content, whenever it changes.
      System.clearProperty("dive.config");
    }
  }

  private DiveFilter filter() {
    return Optional.ofNullable(filter).orElseThrow();
  }

  /** As the thread does it: a change counts once it was seen twice. */
  private void lookTwice() {
    filter().lookAtSettings();
    filter().lookAtSettings();
  }

  private static RawAnswer get(int port, String path) throws IOException {
    return RawAnswer.to(port, "GET " + path + " HTTP/1.1", "Host: " + HOST);
  }

  /** The one key that signs, after both revisions' signatures were found right. */
  private String signedBy(RawAnswer answer) throws Exception {
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

  private JsonObject settingsHealth(int port) throws Exception {
    JsonObject health = JsonParser.object().from(get(port, "/health").body());
    for (Object check : health.getArray("checks")) {
      if (((JsonObject) check).getString("name").equals("dive-settings")) {
        assertEquals("UP", ((JsonObject) check).getString("status"));
        return ((JsonObject) check).getObject("data");
      }
    }
    throw new AssertionError(health);
  }

  private double reloads(String result) {
    return meters.get("dive.reloads").tag("result", result).counter().count();
  }

  @ParameterizedTest
  @EnumSource
  void fiftyReloadsUnderLoad_everyResponseIsWhollyOfOneSetting(FilterContainer container)
      throws Exception {
    write(text("one", ""));
    int port = start(container);
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService clients = Executors.newFixedThreadPool(2);
    try {
      List<Future<List<String>>> seen = new ArrayList<>();
      for (String path : List.of("/a.txt", "/generated")) {
        Callable<List<String>> client =
            () -> {
              List<String> ids = new ArrayList<>();
              while (!over.get() || ids.size() < 20) {
                ids.add(signedBy(get(port, path)));
              }
              return ids;
            };
        seen.add(clients.submit(client));
      }
      for (int i = 1; i <= 50; i++) {
        write(i % 2 == 0 ? text("one", "") : text("two", "dive.hash = sha512"));
        lookTwice();
        assertEquals(i, reloads("ok"));
      }
      over.set(true);
      for (Future<List<String>> ids : seen) {
        assertTrue(ids.get().containsAll(List.of("one")), "at least the first and the last");
      }
    } finally {
      clients.shutdownNow();
      assertTrue(clients.awaitTermination(60, TimeUnit.SECONDS));
    }
    assertEquals("one", signedBy(get(port, "/a.txt")));
    assertEquals(0, reloads("refused"));
    assertEquals(0, settingsHealth(port).getInt("replaced-and-in-use"), "all are closed");
  }

  @Test
  void aChangeCountsOnceItWasSeenTwice_andARewriteIsNone() throws Exception {
    write(text("one", ""));
    int port = start(FilterContainer.JETTY);
    write(text("two", "dive.hash = sha512").substring(0, 40));
    filter().lookAtSettings();
    write(text("two", "dive.hash = sha512"));
    filter().lookAtSettings();
    assertEquals("one", signedBy(get(port, "/a.txt")));
    assertEquals(0, reloads("refused"), "half of it was never tried");
    filter().lookAtSettings();
    assertEquals("two", signedBy(get(port, "/a.txt")));
    double loaded = meters.get("dive.settings.loaded").timeGauge().value();
    assertTrue(loaded > 1e9, "seconds since 1970");
    write(text("two", "dive.hash = sha512"));
    Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
    lookTwice();
    assertEquals(1, reloads("ok"));
  }

  @Test
  void badSettings_areRefusedOnceAndThoseBeforeGoOn() throws Exception {
    write(text("one", ""));
    int port = start(FilterContainer.JETTY);
    for (String bad : List.of("dive.hash = md5", "dive.key.1.fqdn = other.test")) {
      double before = reloads("refused");
      write(text("two", bad));
      lookTwice();
      lookTwice();
      assertEquals("one", signedBy(get(port, "/a.txt")));
      assertEquals("one", signedBy(get(port, "/generated")));
      assertEquals(before + 1, reloads("refused"), "told once");
      JsonObject data = settingsHealth(port);
      assertEquals("WARNING", data.getString("severity"));
      assertEquals(
          bad.contains("hash")
              ? ErrorCode.SETTING_INVALID.token()
              : ErrorCode.SETTINGS_CONTRADICT.token(),
          data.getString("code"));
      assertFalse(data.toString().contains(directory.toString()), "no paths");
      assertEquals(200, get(port, "/health/ready").status());
      write(text("one", ""));
      lookTwice();
      assertNull(settingsHealth(port).getString("code"), "what is at work is what is in the file");
    }
  }

  @Test
  void vanishedFile_keepsTheSettings_andItsReturnIsRead() throws Exception {
    write(text("one", ""));
    int port = start(FilterContainer.JETTY);
    Files.delete(file);
    lookTwice();
    assertEquals("one", signedBy(get(port, "/a.txt")));
    assertEquals(1, reloads("refused"));
    write(text("two", "dive.hash = sha512"));
    lookTwice();
    assertEquals("two", signedBy(get(port, "/a.txt")));
  }

  /** The settings' own bytes stay the same while what they name comes into being. */
  @Test
  void refusedSettings_areTriedAgain() throws Exception {
    write(text("one", ""));
    int port = start(FilterContainer.JETTY);
    Path missing = directory.resolve("later.pem");
    write(text("two", "dive.hash = sha512").replace("two.pem", "later.pem"));
    lookTwice();
    assertEquals("one", signedBy(get(port, "/a.txt")));
    new KeyFile(missing, Optional.empty(), false).create(two);
    filter().lookAtSettings();
    assertEquals("two", signedBy(get(port, "/a.txt")));
  }

  @Test
  void replacedKeyFile_signsFromTheNextLookOn_butNotIfOthersMayReadIt() throws Exception {
    write(text("one", ""));
    int port = start(FilterContainer.JETTY);
    String before = get(port, "/a.txt").value(FieldNames.SIGNATURE);
    Path key = directory.resolve("one.pem");
    Files.copy(directory.resolve("two.pem"), key, StandardCopyOption.REPLACE_EXISTING);
    if (Files.getFileStore(key).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
      lookTwice();
      assertEquals(before, get(port, "/a.txt").value(FieldNames.SIGNATURE), "deterministic");
      assertEquals(ErrorCode.KEY_FILE_EXPOSED.token(), settingsHealth(port).getString("code"));
      Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    }
    lookTwice();
    RawAnswer answer = get(port, "/a.txt");
    MessageSignature signature =
        MessageSignature.parse(
                answer.value(FieldNames.SIGNATURE_INPUT), answer.value(FieldNames.SIGNATURE))
            .get(0);
    assertTrue(
        SignatureVerifier.verify(
            two.publicKey(),
            MessageSignature.signatureBase(
                answer.value(FieldNames.CONTENT_DIGEST), signature.signatureParams()),
            signature.signature()));
  }

  @Test
  void enforce_refusesSettingsThatDnsDoesNotConfirm_untilItDoes() throws Exception {
    try (SignedZone zone = SignedZone.serve("site.test")) {
      Path anchor = zone.writeAnchor(directory.resolve("anchor.txt"));
      String check =
          """
          dive.check = enforce
          dive.check.timeout = 60s
          dive.check.interval = 1d
          dive.dns.resolver = %s
          dive.dns.trust-anchor = %s
          """
              .formatted(zone.addressText(), anchor);
      zone.put("_dive." + HOST, "v=\"dive-draft-01\", scopes=(\"strict\")");
      zone.put("one._divekey." + HOST, record(one));
      write(text("one", "").replace("dive.check = off", check));
      int port = start(FilterContainer.JETTY);
      write(text("two", "dive.hash = sha512").replace("dive.check = off", check));
      lookTwice();
      assertEquals("one", signedBy(get(port, "/a.txt")));
      assertEquals(ErrorCode.SETTINGS_CONTRADICT.token(), settingsHealth(port).getString("code"));
      assertEquals(0, dnsErrors(), "of what is at work");
      assertEquals(200, get(port, "/health").status());
      zone.put("two._divekey." + HOST, record(two));
      filter().reload();
      assertEquals("two", signedBy(get(port, "/a.txt")));
      assertNull(settingsHealth(port).getString("code"));
      String warn = check.replace("enforce", "warn");
      write(text("one", "").replace("dive.check = off", warn));
      lookTwice();
      assertEquals("one", signedBy(get(port, "/a.txt")));
      assertEquals(200, get(port, "/health").status(), "never without a report");
    }
  }

  private double dnsErrors() {
    return meters
        .get("dive.check.findings")
        .tag("check", "dns")
        .tag("severity", "error")
        .gauge()
        .value();
  }

  private static String record(SigningKey key) {
    return new KeyRecord(key.publicKey(), Optional.empty(), 0).serialize();
  }

  @ParameterizedTest
  @EnumSource
  void requestsUnderWay_finishWithTheSettingsTheyBeganWith(FilterContainer container)
      throws Exception {
    write(text("one", ""));
    int port = start(container);
    ExecutorService client = Executors.newFixedThreadPool(2);
    try {
      Future<RawAnswer> streamed = client.submit(() -> get(port, "/generated?wait"));
      Future<RawAnswer> file = client.submit(() -> get(port, "/waiting"));
      List<AsyncContext> cycles = List.of(waiting.take(), waiting.take());
      write(text("two", "dive.hash = sha512"));
      lookTwice();
      write(text("two", "dive.hash = sha512\ndive.no-transform = false"));
      lookTwice();
      assertEquals("two", signedBy(get(port, "/a.txt")));
      assertEquals(1, settingsHealth(port).getInt("replaced-and-in-use"), "the first one");
      for (AsyncContext cycle : cycles) {
        cycle.getResponse().getOutputStream().write(new byte[] {1, 2, 3});
        cycle.complete();
      }
      assertEquals("one", signedBy(streamed.get()));
      assertEquals(200, file.get().status());
    } finally {
      client.shutdownNow();
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (settingsHealth(port).getInt("replaced-and-in-use") > 0 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertEquals(0, settingsHealth(port).getInt("replaced-and-in-use"));
  }

  @Test
  void aFileThatChangedAMomentAgo_staysUnsignedOverAReload_andDigestsAreKept() throws Exception {
    Files.writeString(files.resolve("still.txt"), "unchanged\n");
    write(text("one", ""));
    int port = start(FilterContainer.JETTY);
    assertEquals("one", signedBy(get(port, "/a.txt")));
    assertEquals("one", signedBy(get(port, "/still.txt")));
    double hashed = meters.get("dive.digested.bytes").counter().count();
    Files.writeString(files.resolve("a.txt"), "changed content\n");
    assertEquals(List.of(), get(port, "/a.txt").values(FieldNames.SIGNATURE));
    write(text("one", "dive.no-transform = false"));
    lookTwice();
    assertEquals(1, reloads("ok"));
    assertEquals(List.of(), get(port, "/a.txt").values(FieldNames.SIGNATURE));
    assertEquals("one", signedBy(get(port, "/still.txt")));
    assertEquals(hashed, meters.get("dive.digested.bytes").counter().count());
  }

  @Test
  void reloadInCode_takesOtherSettings_andStaysWithThem() throws Exception {
    write(text("one", ""));
    int port = start(FilterContainer.JETTY);
    Path other = Files.writeString(directory.resolve("other"), text("two", "dive.hash = sha512"));
    DiveSettings settings = DiveSettings.load(other);
    filter().reload(settings);
    assertEquals("two", signedBy(get(port, "/a.txt")));
    write(text("one", "dive.stale = fail"));
    lookTwice();
    assertEquals("two", signedBy(get(port, "/a.txt")));
    Files.delete(directory.resolve("two.pem"));
    DiveException refused = assertThrows(DiveException.class, () -> filter().reload());
    assertEquals(ErrorCode.KEY_FILE_UNREADABLE, refused.code());
    assertEquals("two", signedBy(get(port, "/a.txt")));
    started.remove(0).close();
    assertThrows(IllegalStateException.class, () -> filter().reload());
  }

  @Test
  void jmx_reloadsAndTellsWhy() throws Exception {
    write(text("one", ""));
    int port = start(FilterContainer.TOMCAT);
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    ObjectName name = new ObjectName("io.dive:type=Filter,context=\"/\",name=\"dive0\"");
    DiveFilterMXBean bean = JMX.newMXBeanProxy(server, name, DiveFilterMXBean.class);
    assertEquals("", bean.getLastError());
    Instant first = Instant.parse(bean.getLastReload());
    write(text("two", "dive.hash = sha512"));
    bean.reload();
    assertEquals("two", signedBy(get(port, "/a.txt")));
    assertTrue(Instant.parse(bean.getLastReload()).isAfter(first));
    write("dive.hosts = -\n");
    assertThrows(RuntimeException.class, bean::reload);
    assertTrue(bean.getLastError().contains("dive.hosts"), bean.getLastError());
    assertEquals(0, bean.getReplacedAndInUse());
    assertEquals("two", signedBy(get(port, "/a.txt")));
    started.remove(0).close();
    assertFalse(server.isRegistered(name));
  }

  @Test
  void theEndOfTheFilterEndsItsThreads_evenUnderARequest() throws Exception {
    write(text("one", "").replace("interval = off", "interval = 1h"));
    int port = start(FilterContainer.JETTY);
    ExecutorService client = Executors.newSingleThreadExecutor();
    try {
      Future<RawAnswer> pending = client.submit(() -> get(port, "/waiting"));
      AsyncContext cycle = waiting.take();
      filter().destroy();
      assertEquals(List.of(), threads());
      cycle.complete();
      assertEquals(200, pending.get().status());
    } finally {
      client.shutdownNow();
    }
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.equals("dive-freshness"))
        .toList();
  }

  @Test
  void thePollingThreadSeesAChangeByItself() throws Exception {
    write(text("one", "").replace("interval = off", "interval = 10ms"));
    int port = start(FilterContainer.JETTY);
    write(text("two", "dive.hash = sha512"));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (reloads("ok") == 0 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertEquals("two", signedBy(get(port, "/a.txt")));
  }
}
