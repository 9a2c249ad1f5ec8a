// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jetty.ee.webapp.WebAppClassLoader;
import org.eclipse.jetty.ee10.webapp.WebAppContext;

/** A web application in the EE 10 environment; its classes are named nowhere else. */
final class WebApplicationOnJettyEe10 {
  private WebApplicationOnJettyEe10() {}

  static WebApplication start(Path application, Path work) throws Exception {
    WebAppContext context = new WebAppContext();
    context.setContextPath("/");
    context.setTempDirectory(Files.createDirectory(work).toFile());
    context.setWarResource(context.getResourceFactory().newResource(application));
    context.setClassLoader(new WebAppClassLoader(WebApplication.containerAlone(), context));
    return new WebApplicationOnJetty(context);
  }
}
