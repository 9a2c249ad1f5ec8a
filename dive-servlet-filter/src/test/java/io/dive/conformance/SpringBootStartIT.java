// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import static io.dive.conformance.Conformance.ascii;
import static io.dive.conformance.Judgement.assertNoFields;
import static io.dive.conformance.Judgement.assertSigned;
import static io.dive.conformance.Judgement.assertUnsigned;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dive.conformance.Wire.Answer;
import io.dive.key.KeyFile;
import io.dive.servlet.DiveFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** How an application of Spring Boot starts: what is logged, and who registers the filter. */
@ExtendWith(CaseLog.class)
class SpringBootStartIT {
  private static final byte[] TEXT = ascii(WarSite.TEXT);
  private static final CountDownLatch RECEIVED = new CountDownLatch(1);

  private final Path directory;

  /** An application that says itself which paths the filter is for. */
  @Configuration(proxyBeanMethods = false)
  @Import(WarSite.Site.class)
  static class RegistersItself {
    @Bean
    FilterRegistrationBean<DiveFilter> own(DiveFilter filter) {
      FilterRegistrationBean<DiveFilter> registration = new FilterRegistrationBean<>(filter);
      registration.addUrlPatterns("/elsewhere/*");
      return registration;
    }
  }

  /** An application that tells what happens as it happens. */
  @Configuration(proxyBeanMethods = false)
  @Import({WarSite.Site.class, Happenings.class})
  static class TellsEvents {}

  /** Two events. */
  @RestController
  static class Happenings {
    @GetMapping("/events")
    SseEmitter events() {
      SseEmitter emitter = new SseEmitter();
      Thread sender =
          new Thread(
              () -> {
                try {
                  emitter.send("first");
                  Conformance.await(RECEIVED);
                  emitter.send("second");
                  emitter.complete();
                } catch (IOException e) {
                  emitter.completeWithError(e);
                }
              });
      sender.start();
      return emitter;
    }
  }

  SpringBootStartIT(@TempDir Path given) throws Exception {
    directory = given.toRealPath();
    KeyFile.of(directory.resolve("key.pem")).create(Judgement.KEY);
  }

  private ConfigurableApplicationContext start(Class<?> site, String... more) {
    SpringApplication application = new SpringApplication(site);
    application.setRegisterShutdownHook(false);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--server.address=127.0.0.1",
                "--server.port=0",
                "--spring.main.banner-mode=off",
                "--logging.threshold.console=off",
                "--dive.hosts=localhost",
                "--dive.check=off",
                "--dive.key.1.id=key1",
                "--dive.key.1.file=" + directory.resolve("key.pem"),
                "--dive.rule.1.path=/**",
                "--dive.rule.1.mode=stream"));
    arguments.addAll(List.of(more));
    return application.run(arguments.toArray(String[]::new));
  }

  private static int port(ConfigurableApplicationContext context) {
    return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
  }

  @Test
  void theLogOfAStart_saysWhatIsSignedAndNothingElse() throws Exception {
    Path log = directory.resolve("start.log");
    try (ConfigurableApplicationContext context =
        start(WarSite.Site.class, "--logging.file.name=" + log)) {
      assertSigned(Wire.get(port(context), "/text"), TEXT);
    }
    List<String> said = Files.readAllLines(log);
    assertTrue(said.stream().anyMatch(line -> line.contains("Started ")), said::toString);
    List<String> ours = said.stream().filter(line -> line.contains(" io.dive.")).toList();
    assertEquals(1, ours.size(), said::toString);
    assertTrue(ours.get(0).contains(" INFO "), said::toString);
    assertTrue(ours.get(0).contains("signing responses of [localhost] under 1 rule"), ours.get(0));
    for (String unwanted : List.of("\tat ", "Exception", " WARN ", " ERROR ")) {
      assertFalse(said.stream().anyMatch(line -> line.contains(unwanted)), said::toString);
    }
  }

  @Test
  void anApplicationThatRegistersTheFilterItself_keepsItsOwnRegistration() throws Exception {
    try (ConfigurableApplicationContext context = start(RegistersItself.class)) {
      assertUnsigned(Wire.get(port(context), "/text"), 200, TEXT);
      assertEquals(1, context.getBeanNamesForType(DiveFilter.class).length);
      assertFalse(context.containsBean("diveFilterRegistration"));
    }
  }

  @Test
  void anEventOfAnSseEmitter_isSentBeforeTheNextOneHappens() throws Exception {
    try (ConfigurableApplicationContext context = start(TellsEvents.class);
        Wire wire = new Wire(port(context))) {
      wire.send("GET /events HTTP/1.1", "Accept: text/event-stream\r\nConnection: close\r\n");
      wire.peekUntil("first"); // Spring sends it in several chunks.
      RECEIVED.countDown();
      Answer answer = wire.receive(false);
      assertTrue(answer.complete());
      assertTrue(answer.text().contains("data:second"), answer.text());
      assertNoFields(answer);
    }
  }
}
