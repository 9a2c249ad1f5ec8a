// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;

/** Has the guard decide before anything can commit the response. */
final class GuardedOutputStream extends ServletOutputStream {
  private final ServletOutputStream target;
  private final GuardedResponse guard;

  GuardedOutputStream(ServletOutputStream target, GuardedResponse guard) {
    this.target = target;
    this.guard = guard;
  }

  @Override
  public void write(int octet) throws IOException {
    guard.decide();
    target.write(octet);
  }

  @Override
  public void write(byte[] bytes, int offset, int count) throws IOException {
    guard.decide();
    target.write(bytes, offset, count);
  }

  @Override
  public void flush() throws IOException {
    guard.decide();
    target.flush();
  }

  @Override
  public void close() throws IOException {
    guard.decide();
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
