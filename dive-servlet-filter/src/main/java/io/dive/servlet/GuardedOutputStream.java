// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Holds what the guard allows, and has it decide before anything can commit the response. */
final class GuardedOutputStream extends ServletOutputStream implements GuardedBody {
  private final ServletOutputStream target;
  private final GuardedResponse guard;
  private ByteArrayOutputStream held = new ByteArrayOutputStream(0);

  GuardedOutputStream(ServletOutputStream target, GuardedResponse guard) {
    this.target = target;
    this.guard = guard;
  }

  @Override
  public void write(int octet) throws IOException {
    write(new byte[] {(byte) octet}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int count) throws IOException {
    guard.wrote(count);
    if (guard.mayHold(held.size() + count)) {
      held.write(bytes, offset, count);
    } else if (held.size() == 0) {
      guard.decide();
      target.write(bytes, offset, count);
    } else {
      // In one piece: a target that does not block takes only one before it is asked again.
      held.write(bytes, offset, count);
      pass();
    }
  }

  @Override
  public void pass() throws IOException {
    guard.decide();
    if (held.size() > 0) {
      byte[] bytes = held.toByteArray();
      drop();
      target.write(bytes, 0, bytes.length);
    }
  }

  @Override
  public void drop() {
    held = new ByteArrayOutputStream(0);
  }

  @Override
  public void flush() throws IOException {
    pass();
    target.flush();
  }

  @Override
  public void close() throws IOException {
    guard.ends();
    pass();
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
