// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.util.Arrays;

/** Writes a body in parts of one size whenever the container says that it may. */
final class WriteInParts implements WriteListener {
  private final AsyncContext context;
  private final ServletOutputStream out;
  private final byte[] body;
  private final int part;
  private final Runnable end;
  private byte[] before = new byte[0];
  private int from;
  private boolean ended;

  /** Completes the cycle at the end. */
  WriteInParts(AsyncContext context, byte[] body, int part) throws IOException {
    this(context, body, part, context::complete);
  }

  /** Does something at the end, which has to end the cycle. */
  WriteInParts(AsyncContext context, byte[] body, int part, Runnable end) throws IOException {
    this.context = context;
    this.out = context.getResponse().getOutputStream();
    this.body = body;
    this.part = part;
    this.end = end;
  }

  @Override
  public void onWritePossible() throws IOException {
    while (!ended && out.isReady()) {
      if (from == body.length) {
        ended = true;
        end.run();
        return;
      }
      Arrays.fill(before, (byte) 0); // Once it may write again, the array is its own again.
      before = Arrays.copyOfRange(body, from, Math.min(body.length, from + part));
      out.write(before);
      from += before.length;
    }
  }

  @Override
  public void onError(Throwable cause) {
    if (!ended) {
      ended = true;
      context.complete();
    }
  }
}
