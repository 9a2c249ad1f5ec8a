// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Serial;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bodies made by an application: {@code /fresh} 1 KiB, never the same twice; {@code /same} always
 * the same 1 KiB; {@code /etag} that with a strong ETag; {@code /large/N} N bytes.
 */
final class DynamicServlet extends HttpServlet {
  @Serial private static final long serialVersionUID = 1;

  static final int SMALL_BYTES = 1024;
  private static final int CHUNK_BYTES = 64 * 1024;
  private static final String LARGE = "/large/";

  private final byte[] content = new byte[CHUNK_BYTES];
  private final AtomicLong count = new AtomicLong();

  DynamicServlet() {
    new SplittableRandom(1).nextBytes(content);
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String what = request.getPathInfo();
    response.setContentType("application/octet-stream");
    switch (what) {
      case "/fresh" -> {
        byte[] body = java.util.Arrays.copyOf(content, SMALL_BYTES);
        ByteBuffer.wrap(body).putLong(count.incrementAndGet());
        response.setContentLength(SMALL_BYTES);
        response.getOutputStream().write(body);
      }
      case "/same" -> small(response);
      case "/etag" -> {
        response.setHeader("ETag", "\"1\"");
        small(response);
      }
      default -> {
        if (what.startsWith(LARGE)) {
          large(Long.parseLong(what.substring(LARGE.length())), response);
        } else {
          response.sendError(HttpServletResponse.SC_NOT_FOUND);
        }
      }
    }
  }

  private void small(HttpServletResponse response) throws IOException {
    response.setContentLength(SMALL_BYTES);
    response.getOutputStream().write(content, 0, SMALL_BYTES);
  }

  private void large(long bytes, HttpServletResponse response) throws IOException {
    response.setContentLengthLong(bytes);
    for (long left = bytes; left > 0; left -= CHUNK_BYTES) {
      response.getOutputStream().write(content, 0, (int) Math.min(CHUNK_BYTES, left));
    }
  }
}
