// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An unpacked web application in a container. */
interface WebApplication {
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
        List.of("jakarta.", "org.apache.catalina.", "org.apache.tomcat.", "org.eclipse.jetty.");

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
