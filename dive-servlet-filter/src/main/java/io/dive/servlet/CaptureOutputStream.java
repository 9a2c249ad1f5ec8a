// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.util.Objects;

/** The stream that the application writes to. */
final class CaptureOutputStream extends ServletOutputStream {
  private final Capture capture;
  private final byte[] single = new byte[1];

  CaptureOutputStream(Capture capture) {
    this.capture = capture;
  }

  @Override
  public void write(int octet) throws IOException {
    single[0] = (byte) octet;
    capture.write(single, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int count) throws IOException {
    Objects.checkFromIndexSize(offset, count, bytes.length);
    if (count > 0) {
      capture.write(bytes, offset, count);
    }
  }

  @Override
  public void flush() throws IOException {
    capture.flush();
  }

  @Override
  public void close() throws IOException {
    capture.end();
  }

  @Override
  public boolean isReady() {
    try {
      return capture.release().ready(capture.capturing());
    } catch (IOException e) {
      throw new IllegalStateException("the container has no stream for the response", e);
    }
  }

  @Override
  public void setWriteListener(WriteListener listener) {
    requireNonNull(listener, "listener");
    try {
      capture.release().setWriteListener(listener);
    } catch (IOException e) {
      throw new IllegalStateException("the container has no stream for the response", e);
    }
  }
}
