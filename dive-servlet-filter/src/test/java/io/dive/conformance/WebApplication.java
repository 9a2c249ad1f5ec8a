// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A web application in a container. */
interface WebApplication {
  /** The WEB-INF/web.xml of an application, or what stands in for it. */
  record Descriptor(Optional<Path> configParameter, Optional<Path> ownFilter) {
    static final Descriptor NONE = new Descriptor(Optional.empty(), Optional.empty());

    /** Names a settings file in a context parameter. */
    static Descriptor withParameter(Path file) {
      return new Descriptor(Optional.of(file), Optional.empty());
    }

    /** Registers a filter with a settings file of its own. */
    static Descriptor withFilter(Path file) {
      return new Descriptor(Optional.empty(), Optional.of(file));
    }

    String xml() {
      StringBuilder xml =
          new StringBuilder(
              """
              <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
              """);
      configParameter.ifPresent(file -> xml.append(element("context-param", file)));
      ownFilter.ifPresent(
          file ->
              xml.append(
                  """
                  <filter>
                    <filter-name>own</filter-name>
                    <filter-class>io.dive.servlet.DiveFilter</filter-class>
                    %s
                  </filter>
                  <filter-mapping>
                    <filter-name>own</filter-name>
                    <url-pattern>/*</url-pattern>
                  </filter-mapping>
                  """
                      .formatted(element("init-param", file))));
      return xml.append("</web-app>\n").toString();
    }

    private static String element(String name, Path file) {
      return "<%1$s><param-name>dive.config</param-name><param-value>%2$s</param-value></%1$s>"
          .formatted(name, file);
    }
  }

  int port();

  /** Whether it has started. */
  boolean isAvailable();

  /** What the application had its container log, if it has these words. */
  List<String> said(String words);

  void stop() throws Exception;

  /** The classes of containers and of the JDK, without the rest of this test's class path. */
  static ClassLoader containerAlone() {
    return new ContainerAlone(WebApplication.class.getClassLoader());
  }

  /** Hides what a server installation would not have. */
  final class ContainerAlone extends ClassLoader {
    private static final List<String> PACKAGES =
        List.of(
            "jakarta.servlet.",
            "jakarta.annotation.",
            "jakarta.el.",
            "org.apache.catalina.",
            "org.apache.coyote.",
            "org.apache.juli.",
            "org.apache.naming.",
            "org.apache.tomcat.",
            "org.eclipse.jetty.",
            "io.undertow.",
            "org.jboss.",
            "org.xnio.");

    private final ClassLoader classPath;

    ContainerAlone(ClassLoader classPath) {
      super(ClassLoader.getPlatformClassLoader());
      this.classPath = classPath;
    }

    private static boolean isContainers(String name) {
      return PACKAGES.stream().anyMatch(name::startsWith) || name.equals("jndi.properties");
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (isContainers(name)) {
        return classPath.loadClass(name);
      }
      throw new ClassNotFoundException(name);
    }

    @Override
    protected @Nullable URL findResource(String name) {
      return isContainers(name.replace('/', '.')) ? classPath.getResource(name) : null;
    }

    @Override
    protected Enumeration<URL> findResources(String name) throws IOException {
      return isContainers(name.replace('/', '.'))
          ? classPath.getResources(name)
          : Collections.emptyEnumeration();
    }
  }
}
