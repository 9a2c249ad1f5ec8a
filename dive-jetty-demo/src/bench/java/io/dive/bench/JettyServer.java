// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;

/** {@link BenchServer} in its process. */
record JettyServer(JavaProcess java, int port) implements Server {
  static JettyServer start(JavaProcess java) throws IOException, InterruptedException {
    boolean started = false;
    try {
      JettyServer server = new JettyServer(java, (int) java.number("port"));
      started = true;
      return server;
    } finally {
      if (!started) {
        java.close();
      }
    }
  }

  /** Bytes that its threads have allocated since their start. */
  double allocatedBytes() throws IOException, InterruptedException {
    return java.number("allocated");
  }

  /** Bytes of the heap in use after a collection. */
  double heapBytes() throws IOException, InterruptedException {
    return java.number("heap");
  }

  @Override
  public ProcessHandle process() {
    return java.handle();
  }

  @Override
  public String host() {
    return Workbench.HOST;
  }

  @Override
  public void close() {
    java.close();
  }
}
