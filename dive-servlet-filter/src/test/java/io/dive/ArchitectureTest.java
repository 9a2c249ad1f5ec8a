// SPDX-License-Identifier: Apache-2.0
package io.dive;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The table of layers in {@code docs/design.md}, and the limit on public types. */
class ArchitectureTest {
  /** As many as there are: one more is a decision, to be made here. */
  private static final int MAX_PUBLIC_TYPES = 146;

  private static final JavaClasses LIBRARY =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.dive");

  private static final String SFV = "org.greenbytes.http.sfv..";
  private static final String JSON = "com.grack.nanojson..";
  private static final String BOUNCY_CASTLE = "org.bouncycastle..";
  private static final String CAFFEINE = "com.github.benmanes.caffeine..";
  private static final String DNSJAVA = "org.xbill..";
  private static final String SERVLET = "jakarta.servlet..";
  private static final String JETTY = "org.eclipse.jetty..";
  private static final String MICROMETER = "io.micrometer..";
  private static final String PICOCLI = "picocli..";
  private static final String SPRING = "org.springframework..";

  /** A row of the table: which of our packages and which libraries a package may use. */
  private record Layer(String name, List<String> packages, List<String> libraries) {
    String[] allowed() {
      List<String> allowed = new ArrayList<>(libraries);
      // "" is where arrays of primitives live.
      allowed.addAll(List.of("", "java..", "javax..", "org.slf4j..", "org.jspecify.."));
      Stream.concat(packages.stream(), Stream.of(name))
          .forEach(used -> allowed.add("io.dive." + used + ".."));
      return allowed.toArray(String[]::new);
    }
  }

  private static final List<String> BELOW_CHECK =
      List.of("protocol", "key", "sign", "sidecar", "dns", "zonemd", "verify");
  private static final List<String> BELOW_EDGES =
      List.of("protocol", "key", "sign", "sidecar", "dns", "zonemd", "verify", "check");

  private static final List<String> WITH_SETTINGS =
      Stream.concat(BELOW_EDGES.stream(), Stream.of("settings")).toList();

  private static final List<String> WITH_ROTATION =
      Stream.concat(WITH_SETTINGS.stream(), Stream.of("rotation")).toList();

  private static final List<Layer> TABLE =
      List.of(
          new Layer("protocol", List.of(), List.of(SFV, JSON)),
          new Layer("key", List.of("protocol"), List.of(BOUNCY_CASTLE)),
          new Layer("sign", List.of("protocol", "key"), List.of(CAFFEINE, BOUNCY_CASTLE)),
          new Layer("sidecar", List.of("protocol", "key", "sign"), List.of(JSON, CAFFEINE)),
          new Layer("dns", List.of("protocol"), List.of(DNSJAVA)),
          new Layer("zonemd", List.of("protocol", "dns"), List.of(DNSJAVA)),
          new Layer("verify", List.of("protocol", "key", "sign", "dns"), List.of()),
          new Layer("check", BELOW_CHECK, List.of()),
          new Layer("settings", BELOW_EDGES, List.of()),
          new Layer("rotation", WITH_SETTINGS, List.of(JSON)),
          new Layer("servlet", WITH_SETTINGS, List.of(SERVLET, JETTY, MICROMETER, CAFFEINE, JSON)),
          new Layer(
              "spring",
              List.of("protocol", "settings", "servlet"),
              List.of(SPRING, SERVLET, MICROMETER)),
          new Layer("cli", WITH_ROTATION, List.of(PICOCLI, JSON)));

  @TestFactory
  Stream<DynamicTest> packageUsesOnlyWhatItsRowNames() {
    return TABLE.stream()
        .map(
            layer ->
                DynamicTest.dynamicTest(
                    layer.name(),
                    () ->
                        classes()
                            .that()
                            .resideInAPackage("io.dive." + layer.name() + "..")
                            .should()
                            .onlyDependOnClassesThat()
                            .resideInAnyPackage(layer.allowed())
                            .allowEmptyShould(true)
                            .check(LIBRARY)));
  }

  /** The others run where there is no Jetty. */
  @Test
  void onlyTheFieldsOfJettyKnowJetty() {
    noClasses()
        .that()
        .haveNameNotMatching("io\\.dive\\.servlet\\.Jetty(Joining)?Fields(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(JETTY)
        .check(LIBRARY);
  }

  @Test
  void everyPackageHasARow() {
    Set<String> known = new TreeSet<>(TABLE.stream().map(row -> "io.dive." + row.name()).toList());
    Set<String> unknown = new TreeSet<>();
    for (JavaClass type : LIBRARY) {
      if (!known.contains(type.getPackageName())) {
        unknown.add(type.getPackageName());
      }
    }
    assertTrue(unknown.isEmpty(), () -> "packages without a row in docs/design.md: " + unknown);
  }

  @Test
  void packagesAreFreeOfCycles() {
    slices()
        .matching("io.dive.(*)..")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true)
        .check(LIBRARY);
  }

  @Test
  void dnsjavaStaysInDnsAndZonemd() {
    onlyIn(DNSJAVA, "io.dive.dns..", "io.dive.zonemd..");
  }

  @Test
  void servletApiStaysInServletAndSpring() {
    onlyIn(SERVLET, "io.dive.servlet..", "io.dive.spring..");
  }

  @Test
  void springStaysInSpring() {
    onlyIn(SPRING, "io.dive.spring..");
  }

  @Test
  void bouncyCastleStaysInKeyAndSign() {
    onlyIn(BOUNCY_CASTLE, "io.dive.key..", "io.dive.sign..");
  }

  private static void onlyIn(String library, String... packages) {
    noClasses()
        .that()
        .resideOutsideOfPackages(packages)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(library)
        .allowEmptyShould(true)
        .check(LIBRARY);
  }

  @Test
  void processStreamsAndExitStayInCli() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.dive.cli..")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .allowEmptyShould(true)
        .check(LIBRARY);
  }

  @Test
  void publicTypesStayFew() {
    List<String> publicTypes =
        LIBRARY.stream()
            .filter(
                type -> type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC))
            .map(JavaClass::getName)
            .sorted()
            .toList();
    assertFalse(publicTypes.isEmpty(), "the classes were not found");
    assertTrue(
        publicTypes.size() <= MAX_PUBLIC_TYPES,
        () ->
            publicTypes.size()
                + " public types, the limit is "
                + MAX_PUBLIC_TYPES
                + ":\n"
                + String.join("\n", publicTypes));
  }
}
