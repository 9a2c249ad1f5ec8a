// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * A resource of this site that is fetched and verified as a client would.
 *
 * @param connect where to connect whatever the URL says, for http URLs; empty for the URL's host
 */
public record CanarySettings(URI url, Optional<InetSocketAddress> connect, Duration interval) {
  /** No component may be null. */
  public CanarySettings {
    requireNonNull(url, "url");
    requireNonNull(connect, "connect");
    requireNonNull(interval, "interval");
  }
}
