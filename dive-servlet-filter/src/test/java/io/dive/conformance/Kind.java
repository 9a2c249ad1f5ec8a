// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import java.util.Arrays;
import java.util.List;

/** The containers; the system property {@code conformance.container} names the one of this run. */
enum Kind {
  JETTY_EE10("jetty-ee10", "Jetty 12.1 EE 10"),
  JETTY_EE11("jetty-ee11", "Jetty 12.1 EE 11"),
  TOMCAT_10("tomcat-10.1", "Tomcat 10.1"),
  TOMCAT_11("tomcat-11", "Tomcat 11"),
  UNDERTOW("undertow", "Undertow 2.3"),
  SPRING_BOOT_3("spring-boot-3", "Spring Boot 3.5"),
  SPRING_BOOT_4("spring-boot-4", "Spring Boot 4.1");

  private static final Kind CURRENT =
      named(System.getProperty("conformance.container", "jetty-ee10"));

  private final String id;
  private final String title;

  Kind(String id, String title) {
    this.id = id;
    this.title = title;
  }

  /** The container of this run. */
  static Kind current() {
    return CURRENT;
  }

  private static Kind named(String id) {
    return Arrays.stream(values())
        .filter(kind -> kind.id.equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "conformance.container is %s, not one of %s"
                        .formatted(id, Arrays.stream(values()).map(Kind::id).toList())));
  }

  /** As in the system property, in the build and in file names. */
  String id() {
    return id;
  }

  /** As in the document. */
  String title() {
    return title;
  }

  /** The container within it, itself for most. */
  private Kind container() {
    return switch (this) {
      case SPRING_BOOT_3 -> TOMCAT_10;
      case SPRING_BOOT_4 -> TOMCAT_11;
      default -> this;
    };
  }

  /** Whether it, or the container within it, is one of them. */
  boolean isOneOf(Kind... kinds) {
    return List.of(kinds).contains(this) || List.of(kinds).contains(container());
  }

  /** Starts it; only its own classes are on the class path. */
  Container start(Deployment deployment) throws Exception {
    return switch (this) {
      case JETTY_EE10 -> new JettyEe10(deployment);
      case JETTY_EE11 -> new JettyEe11(deployment);
      case TOMCAT_10 -> new OnTomcat(deployment, "10.1");
      case TOMCAT_11 -> new OnTomcat(deployment, "11.0");
      case UNDERTOW -> new OnUndertow(deployment);
      case SPRING_BOOT_3 -> new OnSpringBoot(deployment, "3.5");
      case SPRING_BOOT_4 -> new OnSpringBoot(deployment, "4.1");
    };
  }
}
