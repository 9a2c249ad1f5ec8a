// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

/** A running container, with HTTP/1.1 and HTTP/2 (prior knowledge) on one port of loopback. */
interface Container {
  int port();

  void stop() throws Exception;
}
