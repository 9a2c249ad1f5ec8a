// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.Charset;

/** As {@link GuardedOutputStream}, for text. */
final class GuardedWriter extends Writer implements GuardedBody {
  private final PrintWriter target;
  private final GuardedResponse guard;
  private final Charset charset;
  private final StringBuilder held = new StringBuilder();

  GuardedWriter(PrintWriter target, GuardedResponse guard, Charset charset) {
    this.target = target;
    this.guard = guard;
    this.charset = charset;
  }

  @Override
  public void write(char[] characters, int offset, int count) throws IOException {
    String text = new String(characters, offset, count);
    guard.wrote(text.getBytes(charset).length);
    held.append(text);
    if (!guard.mayHold(held.length())) {
      pass();
    }
  }

  @Override
  public void pass() {
    guard.decide();
    if (held.length() > 0) {
      target.write(held.toString());
      drop();
    }
  }

  @Override
  public void drop() {
    held.setLength(0);
  }

  @Override
  public void flush() {
    pass();
    target.flush();
  }

  @Override
  public void close() {
    guard.ends();
    pass();
    target.close();
  }
}
