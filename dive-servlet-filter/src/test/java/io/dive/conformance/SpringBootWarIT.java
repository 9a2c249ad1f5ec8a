// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static io.dive.conformance.Conformance.ascii;
import static io.dive.conformance.Judgement.assertSigned;
import static io.dive.conformance.Judgement.assertUnsigned;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.key.KeyFile;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Spring Boot application with class paths other than that of the tests: as a WAR in a Tomcat
 * that knows nothing of Spring, and by itself with nothing but the starter for the web.
 */
@ExtendWith(CaseLog.class)
class SpringBootWarIT {
  private static final byte[] TEXT = ascii(WarSite.TEXT);

  /** What is not the application's: the container, the tests, and other containers. */
  private static final String NOT_IN_THE_WAR =
      "(tomcat-embed|jakarta.servlet-api|jetty-|undertow-|xnio-|wildfly-|jboss-|junit-|opentest4j|"
          + "jqwik|archunit|surefire|apiguardian|dive-servlet-filter).*";

  /** And Tomcat, which a process can have only once. */
  private static final String ACTUATOR_AND_MICROMETER =
      "(tomcat-embed-core|jakarta.servlet-api|spring-boot-(starter-)?actuator|spring-boot-health|spring-boot-(starter-)?micrometer|"
          + "micrometer-core|micrometer-jakarta|HdrHistogram|LatencyUtils).*";

  private final Path directory;
  private final Path application;
  private final Path log;
  private Optional<WebApplicationOnTomcat> running = Optional.empty();

  SpringBootWarIT(@TempDir Path given) throws Exception {
    directory = given.toRealPath();
    application = directory.resolve("application");
    log = directory.resolve("application.log");
    KeyFile.of(directory.resolve("key.pem")).create(Judgement.KEY);
  }

  @AfterEach
  void stop() throws Exception {
    if (running.isPresent()) {
      running.get().stop();
    }
  }

  private static List<Path> classPath(String without) {
    return Stream.of(System.getProperty("java.class.path", "").split(File.pathSeparator, -1))
        .map(Path::of)
        .filter(Files::exists)
        .filter(path -> !path.getFileName().toString().matches(without))
        .toList();
  }

  private void war(String yaml) throws IOException {
    Path libraries = Files.createDirectories(application.resolve("WEB-INF/lib"));
    for (Path jar : classPath(NOT_IN_THE_WAR)) {
      if (Files.isRegularFile(jar)) {
        // One may be there twice: the starters are resolved each by itself.
        Files.copy(jar, libraries.resolve(jar.getFileName()), REPLACE_EXISTING);
      }
    }
    Path own = DropInIT.builtJar();
    Files.copy(own, libraries.resolve(own.getFileName()));
    Path classes = Files.createDirectories(application.resolve("WEB-INF/classes"));
    Files.writeString(classes.resolve("application.yml"), yaml);
    Path inPackage = Files.createDirectories(classes.resolve("io/dive/conformance"));
    try (Stream<Path> compiled = Files.list(Path.of("target/test-classes/io/dive/conformance"))) {
      for (Path file : compiled.toList()) {
        if (file.getFileName().toString().startsWith("WarSite")) {
          Files.copy(file, inPackage.resolve(file.getFileName()));
        }
      }
    }
  }

  private String logging() {
    return """
        logging:
          file.name: "%s"
          threshold.console: off
        """
        .formatted(log);
  }

  private String dive() {
    return """
        dive:
          hosts: localhost
          check: off
          key: {1: {id: key1, file: "%s"}}
          rule: {1: {path: /**, mode: stream}}
        """
        .formatted(directory.resolve("key.pem"));
  }

  private String properties() {
    return """
        dive.hosts = localhost
        dive.check = off
        dive.key.1.id = key1
        dive.key.1.file = %s
        dive.rule.1.path = /**
        dive.rule.1.mode = stream
        """
        .formatted(directory.resolve("key.pem"));
  }

  private int deploy() throws Exception {
    WebApplicationOnTomcat started =
        new WebApplicationOnTomcat(application, directory.resolve("work"));
    running = Optional.of(started);
    assertTrue(started.isAvailable());
    return started.port();
  }

  /** Filters at work, as JMX shows them. */
  private static int filters() throws Exception {
    return ManagementFactory.getPlatformMBeanServer()
        .queryNames(new ObjectName("io.dive:type=Filter,*"), null)
        .size();
  }

  /** Written by the application alone: no failure, and that it signs once. */
  private void assertStartedOnce() throws IOException {
    String said = Files.readString(log);
    assertEquals(
        1, said.lines().filter(line -> line.contains("signing responses of")).count(), said);
    assertFalse(said.contains("\tat "), said);
    assertFalse(said.contains("Exception"), said);
    assertFalse(said.contains("ERROR"), said);
  }

  @Test
  void aWarWithSettingsOfTheApplication_isSigned() throws Exception {
    war(logging() + dive());
    int port = deploy();
    assertSigned(Wire.get(port, "/text"), TEXT);
    assertEquals(1, filters());
    assertStartedOnce();
  }

  @Test
  void aWarWithoutSettings_isServedAsItIs() throws Exception {
    war(logging());
    int port = deploy();
    assertUnsigned(Wire.get(port, "/text"), 200, TEXT);
    assertEquals(0, filters());
  }

  @Test
  void aWarWithAFileForTheDropInAlone_isSigned() throws Exception {
    war(logging());
    Files.writeString(application.resolve("WEB-INF/dive.properties"), properties());
    int port = deploy();
    assertSigned(Wire.get(port, "/text"), TEXT);
    assertEquals(1, filters());
  }

  @Test
  void aWarWithSettingsForBoth_hasOneFilterAtWork() throws Exception {
    war(logging() + dive());
    Files.writeString(application.resolve("WEB-INF/dive.properties"), properties());
    int port = deploy();
    assertSigned(Wire.get(port, "/text"), TEXT);
    assertEquals(1, filters());
    assertStartedOnce();
  }

  @Test
  void theStarterForTheWebAlone_isEnough() throws Exception {
    List<URL> urls = new ArrayList<>();
    for (Path path : classPath(ACTUATOR_AND_MICROMETER)) {
      urls.add(path.toUri().toURL());
    }
    Path yaml = Files.writeString(directory.resolve("application.yml"), logging() + dive());
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (URLClassLoader loader =
        new URLClassLoader(urls.toArray(URL[]::new), WebApplication.containerAlone())) {
      Thread.currentThread().setContextClassLoader(loader);
      for (String absent :
          List.of(
              "io.micrometer.core.instrument.MeterRegistry",
              "org.springframework.boot.actuate.health.HealthIndicator",
              "org.springframework.boot.health.contributor.HealthIndicator")) {
        assertThrows(ClassNotFoundException.class, () -> loader.loadClass(absent));
      }
      AtomicInteger port = new AtomicInteger();
      String[] arguments = {
        "--spring.config.location=" + yaml.toUri(),
        "--server.address=127.0.0.1",
        "--server.port=0",
        "--spring.main.banner-mode=off"
      };
      try (Closeable site =
          (Closeable)
              loader
                  .loadClass(WarSite.class.getName())
                  .getMethod("start", IntConsumer.class, String[].class)
                  .invoke(null, (IntConsumer) port::set, arguments)) {
        assertEquals(loader, site.getClass().getClassLoader());
        assertSigned(Wire.get(port.get(), "/text"), TEXT);
        assertEquals(1, filters());
      }
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
    assertStartedOnce();
  }
}
