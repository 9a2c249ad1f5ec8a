// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.SignatureVerifier;
import io.dive.protocol.DiveException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.FieldNames;
import io.dive.protocol.MessageSignature;
import io.dive.settings.DiveSettings;
import jakarta.servlet.AsyncContext;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Settings that change under a running server: real containers, files and sockets. */
class ReloadTest extends ReloadSuite {
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
    filter.lookAtSettings();
    write(text("two", "dive.hash = sha512"));
    filter.lookAtSettings();
    assertEquals("one", signedBy(get(port, "/a.txt")));
    assertEquals(0, reloads("refused"), "half of it was never tried");
    filter.lookAtSettings();
    assertEquals("two", signedBy(get(port, "/a.txt")));
    double loaded = meters.get("dive.settings.loaded").timeGauge().value();
    assertTrue(loaded > 1e9, "seconds since 1970");
    write(text("two", "dive.hash = sha512"));
    Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
    lookTwice();
    assertEquals(1, reloads("ok"));
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
    filter.reload(settings);
    assertEquals("two", signedBy(get(port, "/a.txt")));
    write(text("one", "dive.stale = fail"));
    lookTwice();
    assertEquals("two", signedBy(get(port, "/a.txt")));
    Files.delete(directory.resolve("two.pem"));
    DiveException refused = assertThrows(DiveException.class, () -> filter.reload());
    assertEquals(ErrorCode.KEY_FILE_UNREADABLE, refused.code());
    assertEquals("two", signedBy(get(port, "/a.txt")));
    started.remove(0).close();
    assertThrows(IllegalStateException.class, () -> filter.reload());
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
      filter.destroy();
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
