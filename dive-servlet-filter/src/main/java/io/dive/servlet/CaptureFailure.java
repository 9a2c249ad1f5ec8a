// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the client gets of a response that cannot go out as the application made it: our answer
 * while nothing is committed, and later the end of the connection.
 */
final class CaptureFailure {
  private static final Logger LOG = LoggerFactory.getLogger(CaptureFailure.class);

  private final HttpServletResponse target;
  private volatile boolean cutOff;

  CaptureFailure(HttpServletResponse target) {
    this.target = target;
  }

  /** Our answer instead of the application's. */
  void refuse() throws IOException {
    if (!target.isCommitted()) {
      byte[] message = "The response could not be signed.\n".getBytes(StandardCharsets.US_ASCII);
      target.reset();
      target.setStatus(HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
      target.setContentType("text/plain;charset=us-ascii");
      target.setContentLength(message.length);
      target.getOutputStream().write(message);
    }
  }

  /**
   * Lets nothing follow: Tomcat would fill up the promised length with an error page. Where none is
   * promised, the end of the stream would look like that of the body.
   */
  void cutOff(boolean lengthPromised) {
    cutOff = true;
    if (!lengthPromised) {
      return;
    }
    try {
      target.getOutputStream().close();
    } catch (IOException | IllegalStateException e) {
      LOG.debug(
          "The container refuses to end a body early, and ends the connection: {}", e.toString());
    }
  }

  boolean isCutOff() {
    return cutOff;
  }

  /** For the container, which ends the connection. */
  static IOException brokenOff() {
    return new IOException("the response ended before its body did");
  }

  /**
   * Whether the container was made to end the connection of an asynchronous cycle whose body was
   * cut off. Then the cycle ends with it, and otherwise as ever.
   */
  boolean breaksConnection(CaptureRelease release) {
    try {
      return cutOff && ContainerQuirks.keepsBrokenConnection(target) && release.breakConnection();
    } catch (IOException | IllegalStateException e) {
      LOG.debug("The container refuses to tell when a body can be written: {}", e.toString());
      return false;
    }
  }
}
