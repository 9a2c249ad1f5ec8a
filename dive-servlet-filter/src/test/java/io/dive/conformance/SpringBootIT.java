// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static io.dive.conformance.Conformance.ascii;
import static io.dive.conformance.Judgement.assertFieldsOf;
import static io.dive.conformance.Judgement.assertNoFields;
import static io.dive.conformance.Judgement.assertSigned;
import static io.dive.conformance.Judgement.assertUnsigned;
import static io.dive.conformance.Judgement.bytes;
import static io.dive.conformance.Judgement.eventually;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import io.dive.key.KeyFile;
import io.dive.protocol.DiveException;
import io.dive.protocol.FieldNames;
import io.dive.servlet.DiveFilter;
import io.dive.sign.BodyDigester;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.DispatcherType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.filter.ShallowEtagHeaderFilter;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/**
 * What is particular to Spring Boot: its configuration, Actuator, and the shapes of responses that
 * Spring MVC makes. Runs once per generation, with the class path of its starters.
 */
@ExtendWith(CaseLog.class)
class SpringBootIT {
  private static final byte[] TEXT = ascii("a text that would be worth compressing. ".repeat(500));
  private static final byte[] BINARY = bytes(70_000);

  @TempDir static Path directory = Path.of("");
  private static Optional<ConfigurableApplicationContext> running = Optional.empty();

  /** An application as its authors write it; nothing in it knows of the filter. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import(Downloads.class)
  static class Site {
    @Bean
    FilterRegistrationBean<ShallowEtagHeaderFilter> etags() {
      FilterRegistrationBean<ShallowEtagHeaderFilter> filter =
          new FilterRegistrationBean<>(new ShallowEtagHeaderFilter());
      filter.addUrlPatterns("/etag");
      return filter;
    }
  }

  /** Every shape of response. */
  @RestController
  static class Downloads {
    @GetMapping({"/text", "/etag", "/off"})
    ResponseEntity<byte[]> text() {
      return ResponseEntity.ok().contentType(MediaType.TEXT_PLAIN).body(TEXT);
    }

    @GetMapping("/json")
    Map<String, String> json() {
      return Map.of("name", "value");
    }

    @GetMapping("/streaming")
    ResponseEntity<StreamingResponseBody> streaming() {
      return ResponseEntity.ok()
          .contentType(MediaType.APPLICATION_OCTET_STREAM)
          .body(
              out -> {
                out.write(BINARY, 0, 30_000);
                out.flush();
                out.write(BINARY, 30_000, 40_000);
              });
    }

    @GetMapping("/streaming-fails")
    StreamingResponseBody streamingFails() {
      return out -> {
        out.write(BINARY, 0, 30_000);
        out.flush();
        throw new IOException("planned");
      };
    }

    @GetMapping("/emitter")
    ResponseBodyEmitter emitter() {
      ResponseBodyEmitter emitter = new ResponseBodyEmitter();
      Thread sender =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < 100; i++) {
                    emitter.send("line " + i + "\n", MediaType.TEXT_PLAIN);
                  }
                  emitter.complete();
                } catch (IOException e) {
                  emitter.completeWithError(e);
                }
              });
      sender.start();
      return emitter;
    }

    @GetMapping("/resource")
    ResponseEntity<Resource> resource() {
      return ResponseEntity.ok()
          .contentType(MediaType.APPLICATION_OCTET_STREAM)
          .eTag("\"one\"")
          .body(new ByteArrayResource(BINARY));
    }
  }

  @BeforeAll
  static void startApplication() throws Exception {
    directory = directory.toRealPath();
    KeyFile.of(directory.resolve("key.pem")).create(Judgement.KEY);
    running = Optional.of(start(yaml("", "  check: off\n")));
  }

  @AfterAll
  static void stopApplication() {
    running.ifPresent(ConfigurableApplicationContext::close);
    running = Optional.empty();
  }

  /** The application's settings, nested as YAML allows. */
  private static String yaml(String top, String more) {
    return """
        server:
          compression:
            enabled: true
            min-response-size: 100B
        management:
          endpoints.web.exposure.include: health,metrics
          endpoint.health.show-details: always
        %sdive:
          hosts:
            - localhost
            - www.example.com
          stream: {memory: 20000B, limit: 300000B, temp_dir: "%s"}
          key:
            1:
              id: key1
              file: "%s"
          rule:
            10: {path: /actuator/**, mode: off}
            11: {path: "/off", mode: off}
            20: {path: /**, mode: stream}
        %s"""
        .formatted(top, directory, directory.resolve("key.pem"), more);
  }

  private static ConfigurableApplicationContext start(String yaml, String... arguments)
      throws IOException {
    Path file = Files.writeString(directory.resolve("application.yml"), yaml);
    SpringApplication application = new SpringApplication(Site.class);
    application.setRegisterShutdownHook(false);
    return application.run(
        Stream.concat(
                Stream.of(
                    "--spring.config.location=" + file.toUri(),
                    "--server.address=127.0.0.1",
                    "--server.port=0",
                    "--spring.main.banner-mode=off",
                    "--logging.level.root=off"),
                Arrays.stream(arguments))
            .toArray(String[]::new));
  }

  private static int port(ConfigurableApplicationContext context) {
    return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
  }

  private static Answer get(String path, String... fields) throws IOException {
    return Wire.once(
        port(running.orElseThrow()),
        "GET " + path + " HTTP/1.1",
        Stream.of(fields).map(field -> field + "\r\n").reduce("", String::concat));
  }

  // Responses of Spring MVC.

  @Test
  void aBodyByAConverter_isSigned() throws Exception {
    assertSigned(get("/text"), TEXT);
    assertSigned(get("/json"), ascii("{\"name\":\"value\"}"));
  }

  @Test
  void aStreamingResponseBody_isSigned() throws Exception {
    assertSigned(get("/streaming"), BINARY);
  }

  @Test
  void aStreamingResponseBodyThatFails_isNeverSigned() throws Exception {
    Answer answer = get("/streaming-fails");
    assertNoFields(answer);
    assertTrue(answer.status() == 500 || !answer.complete(), "status " + answer.status());
  }

  @Test
  void aResponseBodyEmitter_isSigned() throws Exception {
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      expected.append("line ").append(i).append('\n');
    }
    assertSigned(get("/emitter"), ascii(expected.toString()));
  }

  @Test
  void aResource_isSignedAndItsRangesCarryItsDigest() throws Exception {
    assertSigned(get("/resource"), BINARY);
    Answer part = get("/resource", "Range: bytes=100-199");
    assertUnsigned(part, 206, Arrays.copyOfRange(BINARY, 100, 200));
    assertEquals(
        Optional.of(BodyDigester.digest(Judgement.HASH, BINARY).contentDigest()),
        part.field(FieldNames.REPR_DIGEST));
    assertUnsigned(get("/resource", "If-None-Match: \"one\""), 304, new byte[0]);
    assertEquals(206, get("/resource", "Range: bytes=0-1,5-6").status());
  }

  @Test
  void aShallowEtagBehindTheFilter_isKept() throws Exception {
    Answer answer = get("/etag");
    assertSigned(answer, TEXT);
    String etag = answer.field("ETag").orElseThrow();
    assertUnsigned(get("/etag", "If-None-Match: " + etag), 304, new byte[0]);
  }

  /** Tomcat's connector compresses behind every filter, whatever Cache-Control says. */
  @Test
  void compressionOfTheServer_leavesFieldsThatAreTrueOnceDecoded() throws Exception {
    Answer answer = get("/text", "Accept-Encoding: gzip");
    assertEquals(Optional.of("gzip"), answer.field("Content-Encoding"));
    byte[] decoded = new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes();
    assertArrayEquals(TEXT, decoded);
    assertFieldsOf(answer::field, decoded);
    assertSigned(get("/text"), TEXT);
  }

  // Actuator.

  @Test
  void healthIsOneOfActuatorsComponents() throws Exception {
    Answer answer = get("/actuator/health");
    assertEquals(200, answer.status());
    assertTrue(answer.text().contains("\"dive\":{"), answer.text());
    assertTrue(answer.text().contains("\"dive-settings\":[{\"status\":\"UP\""), answer.text());
  }

  @Test
  void healthIsDownWhileDnsDoesNotAgree_unlessItIsSwitchedOff() throws Exception {
    String[] unanswered = {
      "--dive.check=warn", "--dive.dns.resolver=127.0.0.1:1", "--dive.check.timeout=100ms"
    };
    try (ConfigurableApplicationContext other = start(yaml("", ""), unanswered)) {
      Answer answer = Wire.get(port(other), "/actuator/health");
      assertEquals(503, answer.status());
      assertTrue(answer.text().contains("\"dive-dns\":[{\"status\":\"DOWN\""), answer.text());
    }
    String[] off = Arrays.copyOf(unanswered, 4);
    off[3] = "--management.health.dive.enabled=false";
    try (ConfigurableApplicationContext other = start(yaml("", ""), off)) {
      assertEquals(200, Wire.get(port(other), "/actuator/health").status());
    }
  }

  @Test
  void metersAreInTheApplicationsRegistry() throws Exception {
    var signed =
        running
            .orElseThrow()
            .getBean(MeterRegistry.class)
            .get("dive.responses")
            .tags("mode", "stream", "outcome", "signed")
            .counter();
    double before = signed.count();
    assertSigned(get("/text"), TEXT);
    eventually(() -> signed.count() == before + 1);
    Answer answer = get("/actuator/metrics/dive.responses");
    assertEquals(200, answer.status());
    assertTrue(answer.text().contains("\"dive.responses\""), answer.text());
  }

  // Configuration.

  @Test
  void theFilterStandsBeforeAllThatAnswer_forAllDispatches() {
    ConfigurableApplicationContext context = running.orElseThrow();
    var registration = (FilterRegistrationBean<?>) context.getBean("diveFilterRegistration");
    assertEquals(EnumSet.allOf(DispatcherType.class), registration.determineDispatcherTypes());
    assertTrue(
        registration.getOrder()
            < context.getBean("etags", FilterRegistrationBean.class).getOrder());
    assertEquals(1, context.getBeansOfType(DiveFilter.class).size());
  }

  @Test
  void withoutHostsOrSwitchedOff_thereIsNoFilter() throws Exception {
    for (String yaml : List.of("", yaml("", "  check: off\n  enabled: false\n"))) {
      try (ConfigurableApplicationContext other = start(yaml)) {
        assertEquals(0, other.getBeanNamesForType(DiveFilter.class).length);
        assertUnsigned(Wire.get(port(other), "/text"), 200, TEXT);
      }
    }
  }

  @Test
  void aSettingsFile_isReadBesideTheApplicationsOwnSettings() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("dive.properties"),
            """
            dive.hosts = localhost
            dive.check = off
            dive.key.1.id = key1
            dive.key.1.file = key.pem
            dive.rule.1.path = /text
            dive.rule.1.mode = stream
            """);
    try (ConfigurableApplicationContext other =
        start("", "--dive.config=" + file, "--dive.rule.1.path=/json")) {
      assertUnsigned(Wire.get(port(other), "/text"), 200, TEXT);
      assertSigned(Wire.get(port(other), "/json"), ascii("{\"name\":\"value\"}"));
    }
  }

  private static String diveMessage(Throwable failure) {
    return Stream.<@Nullable Throwable>iterate(
            failure, Objects::nonNull, thrown -> Objects.requireNonNull(thrown).getCause())
        .filter(DiveException.class::isInstance)
        .map(String::valueOf)
        .findFirst()
        .orElse("no DiveException");
  }

  @Test
  void settingsThatCannotBeUsed_failTheStartWithTheirPlace() throws Exception {
    Path log = directory.resolve("start.log");
    Exception failure =
        assertThrows(
            Exception.class,
            () ->
                start(
                        yaml("", "  check: off\n  stale: sometimes\n  strem.limit: 1B\n"),
                        "--logging.file.name=" + log,
                        "--logging.level.org.springframework.boot.diagnostics=error")
                    .close());
    String message = diveMessage(failure);
    assertTrue(message.contains("application.yml"), message);
    assertTrue(message.contains("dive.stale: found \"sometimes\""), message);
    assertTrue(message.contains("dive.strem.limit: found a setting of an unknown name"), message);
    String told = Files.readString(log);
    assertTrue(told.contains("DIVE cannot start: the settings cannot be used:"), told);
    assertTrue(told.contains("dive.enabled=false"), told);
  }

  @Test
  void aKeyThatCannotBeUsed_failsTheStart() throws Exception {
    Path file = Files.writeString(directory.resolve("broken.pem"), "no key");
    Exception failure =
        assertThrows(
            Exception.class,
            () -> start(yaml("", "  check: off\n"), "--dive.key.1.file=" + file).close());
    assertTrue(diveMessage(failure).contains("broken.pem"), diveMessage(failure));
  }
}
