// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Deployment.Mapping;
import io.dive.conformance.Wire.Answer;
import io.dive.key.KeyFile;
import io.dive.key.Signer;
import io.dive.protocol.DiveException;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import io.dive.servlet.DiveFilter;
import io.dive.settings.DiveSettings;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/**
 * This run's container with the filter in it, and what every case needs: settings, applications,
 * requests, and the judgement of a client that knows the public key.
 *
 * <p>Without {@link #settings}, everything below {@code /app} is signed in mode stream, with {@link
 * #MEMORY} bytes in memory, {@link #LIMIT} bytes at most and temporary files in {@link #tempDir};
 * everything below {@code /files} in mode static, with its files in {@link #files}.
 */
@ExtendWith(CaseLog.class)
abstract class Conformance extends Judgement {
  static final int MEMORY = 20_000;
  static final int LIMIT = 300_000;

  private static final Applications APPLICATIONS = new Applications();
  private static final SimpleMeterRegistry METERS = new SimpleMeterRegistry();

  private static Path directory = Path.of("");
  private static Optional<DiveFilter> filter = Optional.empty();
  private static MeterRegistry meters = METERS;
  private static Optional<Container> container = Optional.empty();

  private Map<String, Double> countsBefore = Map.of();
  private final List<Container> others = new ArrayList<>();

  /** Temporary files of the filter. */
  Path tempDir = Path.of("");

  /** Threads of applications that answer from elsewhere. */
  final ExecutorService threads = Executors.newCachedThreadPool();

  @BeforeAll
  static void startContainer(TestInfo cases, @TempDir Path given) throws Exception {
    directory = given.toRealPath();
    Files.createDirectories(files());
    KeyFile.of(directory.resolve("key.pem")).create(KEY);
    Metrics.addRegistry(METERS);
    DiveFilter starting = new DiveFilter(load(List.of("dive.stream.temp-dir = " + directory)));
    DiveFilter second = new DiveFilter(load(List.of("dive.stream.temp-dir = " + directory)));
    Path served = directory.resolve("served");
    Path work = Files.createDirectory(directory.resolve("work"));
    Mapping mapping = Mapping.of(cases.getTestClass().orElseThrow().getAnnotation(MappedFor.class));
    Container started =
        Kind.current()
            .start(
                new Deployment(
                    served,
                    work,
                    settingsFile(),
                    starting,
                    second,
                    APPLICATIONS,
                    mapping,
                    Set.of()));
    container = Optional.of(started);
    filter = Optional.of(started.own().map(Container.Own::filter).orElse(starting));
    meters = started.own().map(Container.Own::meters).orElse(METERS);
  }

  @AfterAll
  static void stopContainer() throws Exception {
    if (container.isPresent()) {
      container.get().stop();
    }
    container = Optional.empty();
    Metrics.removeRegistry(METERS);
    METERS.clear();
  }

  @BeforeEach
  final void startFresh(@TempDir Path temporary) throws Exception {
    tempDir = temporary;
    settings();
    countsBefore = counts();
  }

  /** No file and no descriptor outlives its response. */
  @AfterEach
  final void nothingIsLeftBehind() throws Exception {
    for (Container other : others) {
      other.stop();
    }
    threads.shutdownNow();
    assertTrue(threads.awaitTermination(20, TimeUnit.SECONDS), "an application does not end");
    APPLICATIONS.clear();
    eventually(() -> openFiles(tempDir).isEmpty());
    try (Stream<Path> left = Files.list(tempDir)) {
      assertEquals(List.of(), left.toList());
    }
  }

  /**
   * The port of another container over the same files and applications, with a filter of its own,
   * that runs until the case ends.
   */
  final int another(Extra extra, String... lines) throws Exception {
    List<String> all = new ArrayList<>(List.of("dive.stream.temp-dir = " + tempDir));
    all.addAll(Arrays.asList(lines));
    Path work = Files.createTempDirectory(directory, "another");
    Container other =
        Kind.current()
            .start(
                new Deployment(
                    directory.resolve("served"),
                    work,
                    settingsFile(),
                    new DiveFilter(load(all)),
                    new DiveFilter(load(all)),
                    APPLICATIONS,
                    Mapping.of(null),
                    Set.of(extra)));
    others.add(other);
    return other.port();
  }

  // Settings.

  /**
   * Puts settings to work: those of the class comment, with lines added, replaced, or, where they
   * have no value, left out.
   */
  final void settings(String... lines) throws DiveException {
    List<String> all = new ArrayList<>(List.of("dive.stream.temp-dir = " + tempDir));
    all.addAll(Arrays.asList(lines));
    filter.orElseThrow().reload(load(all));
  }

  private static DiveSettings load(List<String> lines) throws DiveException {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("dive.hosts", "localhost");
    all.put("dive.check", "off");
    all.put("dive.key.1.id", "key1");
    all.put("dive.key.1.file", directory.resolve("key.pem").toString());
    all.put("dive.rule.10.path", Applications.PREFIX + "/**");
    all.put("dive.rule.10.mode", "stream");
    all.put("dive.rule.20.path", "/files/**");
    all.put("dive.rule.20.mode", "static");
    all.put("dive.rule.20.root", files().toString());
    all.put("dive.stream.memory", MEMORY + "B");
    all.put("dive.stream.limit", LIMIT + "B");
    for (String line : lines) {
      String[] parts = line.split("=", 2);
      all.put(parts[0].strip(), parts[1].strip());
      all.values().remove("");
    }
    Path file = settingsFile();
    try {
      Files.writeString(
          file,
          all.entrySet().stream()
              .map(setting -> setting.getKey() + " = " + setting.getValue() + "\n")
              .reduce("", String::concat));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return DiveSettings.load(file);
  }

  private static Path settingsFile() {
    return directory.resolve("dive.properties");
  }

  /** What is served below {@code /files}. */
  static Path files() {
    return directory.resolve("served").resolve("files");
  }

  /** The public key that cases judge by. */
  static RawPublicKey publicKey() {
    return KEY.publicKey();
  }

  /** Signs as {@code dive sign} would, beforehand. */
  static Signer signer() {
    return KEY.signer(KeyReference.of(new KeyId("key1")));
  }

  // The application.

  /** Sets what the servlet at a path like {@code /app/x} does. */
  static void application(String path, Application application) {
    APPLICATIONS.put(path, application);
  }

  /** Work of an application in a thread of its own. */
  interface Work {
    void run() throws IOException;
  }

  final void elsewhere(Work work) {
    threads.execute(
        () -> {
          try {
            work.run();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(60, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  static void writeInParts(HttpServletResponse response, byte[] body) throws IOException {
    ServletOutputStream out = response.getOutputStream();
    for (int from = 0; from < body.length; from += 7_001) {
      out.write(body, from, Math.min(7_001, body.length - from));
    }
  }

  // Requests.

  static int port() {
    return container.orElseThrow().port();
  }

  static Answer get(String path, String... fields) throws IOException {
    return request("GET " + path + " HTTP/1.1", fields);
  }

  /** One request on a connection of its own. */
  static Answer request(String line, String... fields) throws IOException {
    return Wire.once(
        port(), line, Stream.of(fields).map(field -> field + "\r\n").reduce("", String::concat));
  }

  /** One request on a connection that may be kept, so that it does not end the body. */
  static Answer getOnKeptConnection(String path) throws IOException {
    try (Wire wire = new Wire(port())) {
      wire.send("GET " + path + " HTTP/1.1", "");
      return wire.receive(false);
    }
  }

  /** Whether the container of this run is one that {@link Differs} names for the running case. */
  static boolean differs(Kind... kinds) {
    return Kind.current().isOneOf(kinds);
  }

  // Counts and logs.

  /**
   * Responses since the case began, by {@code mode/outcome} as in the meter {@code dive.responses};
   * counted a moment after the last byte, so ask with {@link #eventually}.
   */
  final Map<String, Integer> counted() {
    Map<String, Integer> since = new LinkedHashMap<>();
    counts()
        .forEach(
            (name, count) -> {
              int more = (int) (count - countsBefore.getOrDefault(name, 0.0));
              if (more > 0) {
                since.put(name, more);
              }
            });
    return since;
  }

  private static Map<String, Double> counts() {
    Map<String, Double> counts = new LinkedHashMap<>();
    for (Counter counter : meters.find("dive.responses").counters()) {
      counts.put(
          requireNonNull(counter.getId().getTag("mode"))
              + "/"
              + requireNonNull(counter.getId().getTag("outcome")),
          counter.count());
    }
    return counts;
  }

  /** A warning with that word; the log of Spring Boot goes past this JVM's standard error. */
  static void assertWarned(String log, String word) {
    if (!differs(Kind.SPRING_BOOT_3, Kind.SPRING_BOOT_4)) {
      assertTrue(log.contains("WARN"), log);
      assertTrue(log.contains(word), log);
    }
  }

  /** What is logged while that lasts. */
  static String logOf(Executable lasting) throws Throwable {
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try {
      lasting.execute();
    } finally {
      System.setErr(before);
    }
    return log.toString(StandardCharsets.UTF_8);
  }
}
