// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.io.IOException;
import java.time.Duration;

/** A running server in a process of its own; closing it ends that process. */
interface Server extends AutoCloseable {
  int port();

  ProcessHandle process();

  /** The host name that requests carry. */
  String host();

  /** Where to ask, without a slash at the end. */
  default String base() {
    return "http://127.0.0.1:" + port();
  }

  /** Processor time that the process has used, in all its threads. */
  default Duration cpu() throws IOException {
    return process()
        .info()
        .totalCpuDuration()
        .orElseThrow(() -> new IOException("the system does not tell processor times"));
  }

  @Override
  void close();
}
