// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.Fqdn;
import io.dive.settings.HostPattern;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to the host of a request, among the configured hosts only (decision 20): the exact
 * name, else the longest wildcard above it. Remembers nothing of what clients send. Immutable.
 */
final class HostTable<T> {
  /** A name of 253 characters with its final dot. */
  private static final int MAX_LENGTH = 254;

  private final Map<String, Optional<T>> exact = new HashMap<>();
  private final Map<String, Optional<T>> below = new HashMap<>();

  HostTable(Map<HostPattern, T> hosts) {
    hosts.forEach(
        (host, value) ->
            (host.isWildcard() ? below : exact).put(host.domain().name(), Optional.of(value)));
  }

  /**
   * Finds by what the container takes for the host; case and one final dot do not matter.
   *
   * @param serverName whatever a client may send; null where it sent nothing
   */
  Optional<T> find(@Nullable String serverName) {
    if (serverName == null) {
      return Optional.empty();
    }
    Optional<T> asSent = exact.get(serverName); // nearly all clients send it as it is configured
    return asSent != null ? asSent : findNormalized(serverName);
  }

  private Optional<T> findNormalized(String serverName) {
    if (serverName.length() > MAX_LENGTH || !isAscii(serverName)) {
      return Optional.empty();
    }
    String name = serverName.toLowerCase(Locale.ROOT);
    if (name.endsWith(".")) {
      name = name.substring(0, name.length() - 1);
    }
    Optional<T> found = exact.get(name);
    return found != null ? found : findBelow(name);
  }

  /** Before lower case: that of the Kelvin sign is the letter k. */
  private static boolean isAscii(String name) {
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  private Optional<T> findBelow(String name) {
    int dot = below.isEmpty() ? -1 : name.indexOf('.');
    while (dot >= 0) {
      Optional<T> found = below.get(name.substring(dot + 1));
      if (found != null) {
        return Fqdn.isNormalized(name) ? found : Optional.empty();
      }
      dot = name.indexOf('.', dot + 1);
    }
    return Optional.empty();
  }
}
