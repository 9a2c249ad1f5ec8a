// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static io.dive.conformance.Conformance.assertSigned;
import static io.dive.conformance.Conformance.assertUnsigned;
import static io.dive.conformance.Conformance.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.WebApplication.Descriptor;
import io.dive.key.KeyFile;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A web application, unpacked or packed as a WAR, that has the library with what it needs in {@code
 * WEB-INF/lib} and not a line of code: its class loader finds these classes there and nowhere else.
 */
@ExtendWith(CaseLog.class)
class DropInIT {
  private static final String UNPACKED_ALONE =
      "Bare Undertow knows no WARs: who embeds it unpacks them, and gives it the initializers of"
          + " WEB-INF/lib";

  /** What a Maven project gets with the library, by the beginnings of file names. */
  private static final List<String> RUNTIME =
      List.of(
          "structured-fields-",
          "nanojson-",
          "bcutil-jdk18on-",
          "bcprov-jdk18on-",
          "dnsjava-",
          "caffeine-",
          "slf4j-api-");

  private static final byte[] FILE = bytes(30_000);
  private final Path directory;
  private final Path application;
  private Descriptor descriptor = Descriptor.NONE;
  private Optional<WebApplication> running = Optional.empty();

  DropInIT(@TempDir Path given) throws Exception {
    directory = given.toRealPath();
    application = directory.resolve("application");
    Path libraries = Files.createDirectories(application.resolve("WEB-INF/lib"));
    Files.write(application.resolve("file.bin"), FILE);
    KeyFile.of(directory.resolve("key.pem")).create(Judgement.KEY);
    copy(builtJar(), libraries);
    for (String name : RUNTIME) {
      copy(onClassPath(name), libraries);
    }
  }

  private static void copy(Path jar, Path to) throws IOException {
    Files.copy(jar, to.resolve(jar.getFileName()));
  }

  static Path builtJar() throws IOException {
    try (Stream<Path> built = Files.list(Path.of("target"))) {
      return built
          .filter(
              p ->
                  p.getFileName()
                      .toString()
                      .matches("dive-servlet-filter-[0-9.]+(-SNAPSHOT)?\\.jar"))
          .findFirst()
          .orElseThrow();
    }
  }

  private static Path onClassPath(String name) {
    return Stream.of(System.getProperty("java.class.path", "").split(File.pathSeparator, -1))
        .map(Path::of)
        .filter(path -> path.getFileName().toString().startsWith(name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(name + " is not on the class path"));
  }

  private void describe(Descriptor given) throws IOException {
    descriptor = given;
    Files.writeString(application.resolve("WEB-INF/web.xml"), given.xml());
  }

  private String settings() {
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

  private WebApplication start() throws Exception {
    return start(application);
  }

  private WebApplication start(Path place) throws Exception {
    Path work = directory.resolve("work");
    WebApplication started =
        switch (Kind.current()) {
          case JETTY_EE10 -> WebApplicationOnJettyEe10.start(place, work);
          case JETTY_EE11 -> WebApplicationOnJettyEe11.start(place, work);
          case UNDERTOW -> new WebApplicationOnUndertow(place, descriptor);
          default -> new WebApplicationOnTomcat(place, work);
        };
    running = Optional.of(started);
    return started;
  }

  /** As {@code mvn package} does. */
  private Path packed() throws IOException {
    Path war = directory.resolve("application.war");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(war));
        Stream<Path> files = Files.walk(application)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        zip.putNextEntry(new ZipEntry(application.relativize(file).toString()));
        Files.copy(file, zip);
        zip.closeEntry();
      }
    }
    return war;
  }

  @AfterEach
  void stop() throws Exception {
    System.clearProperty("dive.config");
    if (running.isPresent()) {
      running.get().stop();
    }
  }

  @Test
  void withoutAConfiguration_nothingIsSigned_whichIsSaid() throws Exception {
    WebApplication started = start();
    assertUnsigned(Wire.get(started.port(), "/file.bin"), 200, FILE);
    assertEquals(1, started.said("there is no /WEB-INF/dive.properties").size());
  }

  @Test
  void aFileOfTheApplication_configuresTheFilter() throws Exception {
    Files.writeString(application.resolve("WEB-INF/dive.properties"), settings());
    WebApplication started = start();
    assertSigned(Wire.get(started.port(), "/file.bin"), FILE);
    assertEquals(1, started.said("Registered the DIVE filter for all paths").size());
    assertEquals(1, started.said("WEB-INF/dive.properties)").size());
  }

  @Test
  void aContextParameter_namesTheSettings() throws Exception {
    Files.writeString(application.resolve("WEB-INF/dive.properties"), "dive.hosts = not this one");
    Path file = Files.writeString(directory.resolve("dive.properties"), settings());
    describe(Descriptor.withParameter(file));
    WebApplication started = start();
    assertSigned(Wire.get(started.port(), "/file.bin"), FILE);
    assertEquals(1, started.said("(context parameter dive.config)").size());
  }

  @Test
  void aSystemProperty_namesTheSettings() throws Exception {
    Path file = Files.writeString(directory.resolve("dive.properties"), settings());
    System.setProperty("dive.config", file.toString());
    WebApplication started = start();
    assertSigned(Wire.get(started.port(), "/file.bin"), FILE);
    assertEquals(1, started.said("(system property dive.config)").size());
  }

  @Test
  void anApplicationThatRegistersTheFilterItself_keepsItsOwn() throws Exception {
    Files.writeString(application.resolve("WEB-INF/dive.properties"), "dive.hosts = not this one");
    Path file = Files.writeString(directory.resolve("dive.properties"), settings());
    describe(Descriptor.withFilter(file));
    WebApplication started = start();
    assertSigned(Wire.get(started.port(), "/file.bin"), FILE);
    assertEquals(1, started.said("registers its DIVE filter itself").size());
  }

  @Test
  void settingsThatCannotBeUsed_keepTheApplicationFromStarting() throws Exception {
    Files.writeString(
        application.resolve("WEB-INF/dive.properties"), settings() + "dive.stale = sometimes\n");
    WebApplication started = start();
    assertTrue(!started.isAvailable());
    int status = Wire.get(started.port(), "/file.bin").status();
    assertTrue(status == 404 || status == 503, "status " + status);
  }

  @Test
  @Differs(in = Kind.UNDERTOW, because = UNPACKED_ALONE)
  void aPackedWar_withoutADescriptorHasTheFilter() throws Exception {
    Path file = Files.writeString(directory.resolve("dive.properties"), settings());
    System.setProperty("dive.config", file.toString());
    WebApplication started = start(packed());
    Wire.Answer answer = Wire.get(started.port(), "/file.bin");
    if (Kind.current() == Kind.UNDERTOW) {
      assertEquals(404, answer.status());
    } else {
      assertSigned(answer, FILE);
      assertEquals(1, started.said("(system property dive.config)").size());
    }
  }

  @Test
  @Differs(in = Kind.UNDERTOW, because = UNPACKED_ALONE)
  void aPackedWarWithoutAConfiguration_isServedAsItIs() throws Exception {
    WebApplication started = start(packed());
    Wire.Answer answer = Wire.get(started.port(), "/file.bin");
    if (Kind.current() == Kind.UNDERTOW) {
      assertEquals(404, answer.status());
    } else {
      assertUnsigned(answer, 200, FILE);
    }
  }

  @Test
  @Differs(in = Kind.UNDERTOW, because = UNPACKED_ALONE)
  @Differs(
      in = {Kind.TOMCAT_10, Kind.TOMCAT_11},
      because =
          "With unpackWARs=false Tomcat gives no file for WEB-INF/dive.properties: the start is"
              + " refused, with the advice to unpack the WAR or to name a file elsewhere")
  void aFileWithinAPackedWar_configuresTheFilter() throws Exception {
    Files.writeString(application.resolve("WEB-INF/dive.properties"), settings());
    WebApplication started = start(packed());
    Wire.Answer answer = Wire.get(started.port(), "/file.bin");
    switch (Kind.current()) {
      case UNDERTOW -> assertEquals(404, answer.status());
      case TOMCAT_10, TOMCAT_11 -> {
        assertFalse(started.isAvailable());
        assertEquals(404, answer.status());
      }
      default -> assertSigned(answer, FILE);
    }
  }

  @Test
  void theClassesComeFromTheApplicationAlone() {
    ClassLoader parent = WebApplication.containerAlone();
    assertThrows(
        ClassNotFoundException.class, () -> parent.loadClass("io.dive.servlet.DiveFilter"));
    assertThrows(ClassNotFoundException.class, () -> parent.loadClass("org.xbill.DNS.Name"));
    assertThrows(ClassNotFoundException.class, () -> parent.loadClass("org.slf4j.Logger"));
  }
}
