// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.net.URI;

/** The sandbox in its process. */
record SandboxServer(JavaProcess java, URI site) implements Server {
  static SandboxServer start(JavaProcess java) throws IOException, InterruptedException {
    boolean started = false;
    try {
      String[] ready = java.line().split(" ", -1);
      if (ready.length < 2 || !ready[0].equals("ready")) {
        throw new IOException("the sandbox says " + String.join(" ", ready));
      }
      SandboxServer server = new SandboxServer(java, URI.create(ready[1]));
      started = true;
      return server;
    } finally {
      if (!started) {
        java.close();
      }
    }
  }

  @Override
  public int port() {
    return site.getPort();
  }

  @Override
  public ProcessHandle process() {
    return java.handle();
  }

  @Override
  public String host() {
    return site.getHost();
  }

  @Override
  public void close() {
    java.close();
  }
}
