// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.site;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Serial;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code /generated/N} with N bytes made on the fly, 0 to 2 GiB; the same N gives the same
 * bytes, so that two downloads can be compared.
 */
public final class GeneratedServlet extends HttpServlet {
  @Serial private static final long serialVersionUID = 1;

  /** Most bytes one response may have: 2 GiB. */
  public static final long MAX_BYTES = 1L << 31;

  private static final int CHUNK_BYTES = 64 * 1024;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    OptionalLong count = requestedBytes(request.getPathInfo());
    if (count.isEmpty()) {
      response.sendError(
          HttpServletResponse.SC_BAD_REQUEST,
          "Ask for /generated/N with N from 0 to " + MAX_BYTES + " bytes");
      return;
    }
    response.setContentType("application/octet-stream");
    response.setContentLengthLong(count.getAsLong());
    write(count.getAsLong(), response.getOutputStream());
  }

  private static OptionalLong requestedBytes(@Nullable String pathInfo) {
    if (pathInfo == null || !pathInfo.matches("/[0-9]{1,10}")) {
      return OptionalLong.empty();
    }
    long count = Long.parseLong(pathInfo.substring(1));
    return count <= MAX_BYTES ? OptionalLong.of(count) : OptionalLong.empty();
  }

  private static void write(long count, ServletOutputStream out) throws IOException {
    SplittableRandom random = new SplittableRandom(count);
    byte[] chunk = new byte[(int) Math.min(CHUNK_BYTES, count)];
    for (long left = count; left > 0; left -= chunk.length) {
      random.nextBytes(chunk);
      out.write(chunk, 0, (int) Math.min(chunk.length, left));
    }
  }
}
