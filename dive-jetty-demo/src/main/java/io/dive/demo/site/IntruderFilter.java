// SPDX-License-Identifier: Apache-2.0
package io.dive.demo.site;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * Plays the intruder who has taken over the server but not the signing key: stands between the DIVE
 * filter and the network and changes the first byte of every body, leaving length and signatures as
 * they are. A DIVE client must refuse what comes out.
 */
public final class IntruderFilter extends HttpFilter {
  @Serial private static final long serialVersionUID = 1;

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    chain.doFilter(request, new TamperedResponse(response));
  }

  private static final class TamperedResponse extends HttpServletResponseWrapper {
    private @Nullable ServletOutputStream stream;

    TamperedResponse(HttpServletResponse response) {
      super(response);
    }

    @Override
    public ServletOutputStream getOutputStream() throws IOException {
      if (stream == null) {
        stream = new TamperingStream(super.getOutputStream());
      }
      return stream;
    }
  }

  private static final class TamperingStream extends ServletOutputStream {
    private final ServletOutputStream target;
    private boolean tampered;

    TamperingStream(ServletOutputStream target) {
      this.target = target;
    }

    @Override
    public void write(int octet) throws IOException {
      target.write(tampered ? octet : octet ^ 1);
      tampered = true;
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      if (count > 0) {
        write(bytes[offset]);
        target.write(bytes, offset + 1, count - 1);
      }
    }

    @Override
    public void flush() throws IOException {
      target.flush();
    }

    @Override
    public void close() throws IOException {
      target.close();
    }

    @Override
    public boolean isReady() {
      return target.isReady();
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      target.setWriteListener(listener);
    }
  }
}
